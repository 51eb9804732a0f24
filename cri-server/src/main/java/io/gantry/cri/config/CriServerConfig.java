package io.gantry.cri.config;

import java.nio.file.Path;
import java.util.List;

/**
 * Configuration of the daemon, checked.
 *
 * @param root directory of what is kept: images, containers, the database
 * @param state directory of what a reboot clears: sockets, pins, exit records
 * @param socket where the daemon listens
 * @param registry where registries are described
 * @param cni the pod network
 * @param log what is logged, and how
 * @param runtime how containers run
 */
public record CriServerConfig(
        Path root,
        Path state,
        Path socket,
        Registry registry,
        Cni cni,
        Log log,
        ContainerRuntime runtime) {

    /** The file that is read when none is named; it may be missing. */
    public static final Path DEFAULT_FILE = Path.of("/etc/gantry/config.toml");

    private static final String SOCKET_NAME = "gantry.sock";

    public CriServerConfig {
        PathRules.checkRoot(root);
        PathRules.checkState(state);
        PathRules.checkSocket(socket);
        if (root.equals(state)) {
            throw new ConfigException("root and state are both " + root + ": they must differ");
        }
    }

    /** What holds where nothing is said. */
    public static CriServerConfig defaults() {
        Path state = Path.of("/run/gantry");
        return new CriServerConfig(
                Path.of("/var/lib/gantry"),
                state,
                defaultSocket(state),
                Registry.defaults(),
                Cni.defaults(),
                Log.defaults(),
                ContainerRuntime.defaults());
    }

    /** The socket of a daemon that is told its state directory only. */
    static Path defaultSocket(Path state) {
        return state.resolve(SOCKET_NAME);
    }

    /**
     * Registries.
     *
     * @param configPath directories with HOST/hosts.toml, the first that knows a host decides; read
     *     at each pull
     */
    public record Registry(List<Path> configPath) {
        public Registry {
            configPath = PathRules.allAbsolute("registry.config_path", configPath);
        }

        static Registry defaults() {
            return new Registry(
                    List.of(
                            Path.of("/etc/gantry/certs.d"),
                            Path.of("/etc/containerd/certs.d"),
                            Path.of("/etc/docker/certs.d")));
        }
    }

    /**
     * Container Network Interface.
     *
     * @param binDirs where plug-ins are looked for, in order
     * @param confDir the first network list in it, by name, is the pod network
     */
    public record Cni(List<Path> binDirs, Path confDir) {
        public Cni {
            binDirs = PathRules.allAbsolute("cni.bin_dirs", binDirs);
            PathRules.checkAbsolute("cni.conf_dir", confDir);
            if (binDirs.isEmpty()) {
                throw new ConfigException("cni.bin_dirs is empty: name at least one directory");
            }
        }

        static Cni defaults() {
            return new Cni(
                    List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
                    Path.of("/etc/cni/net.d"));
        }
    }

    /** Logging, to standard error. */
    public record Log(LogLevel level, LogFormat format) {
        static Log defaults() {
            return new Log(LogLevel.INFO, LogFormat.TEXT);
        }

        Log withLevel(LogLevel other) {
            return new Log(other, format);
        }
    }

    /** From most to least. */
    public enum LogLevel {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR
    }

    /** Text for people, JSON for collectors; one line an event in both. */
    public enum LogFormat {
        TEXT,
        JSON
    }

    /**
     * Containers.
     *
     * @param cgroupDriver who writes cgroups
     */
    public record ContainerRuntime(CgroupDriver cgroupDriver) {
        public ContainerRuntime {
            if (cgroupDriver == CgroupDriver.SYSTEMD) {
                throw new ConfigException(
                        "runtime.cgroup_driver = \"systemd\" is not supported yet: use"
                                + " \"cgroupfs\", and cgroupDriver: cgroupfs in the kubelet's"
                                + " configuration");
            }
        }

        static ContainerRuntime defaults() {
            return new ContainerRuntime(CgroupDriver.CGROUPFS);
        }
    }

    /** Who writes cgroups: Gantry itself, or systemd for it. */
    public enum CgroupDriver {
        CGROUPFS,
        SYSTEMD
    }
}
