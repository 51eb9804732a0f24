package io.gantry.cri.config;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the daemon, checked.
 *
 * @param root directory of what is kept: images, containers, the database
 * @param state directory of what a reboot clears: sockets, pins, exit records
 * @param socket where the daemon listens
 * @param registry where registries are described
 * @param image what becomes of images
 * @param cni the pod network
 * @param log what is logged, and how
 * @param runtime how containers run
 * @param streaming how exec, attach and port-forward are served
 * @param metrics where the daemon tells how it is
 * @param build what builds keep
 * @param cadvisor who labels what it measures of pods
 * @param handlers OCI runtimes that pods may ask for
 */
public record CriServerConfig(
        Path root,
        Path state,
        Path socket,
        Registry registry,
        Image image,
        CniConfig cni,
        Log log,
        ContainerRuntime runtime,
        Streaming streaming,
        Metrics metrics,
        Build build,
        Cadvisor cadvisor,
        List<Handler> handlers) {

    /** The file that is read when none is named; it may be missing. */
    public static final Path DEFAULT_FILE = Path.of("/etc/gantry/config.toml");

    private static final String SOCKET_NAME = "gantry.sock";
    private static final int MAX_PORT = 65535;

    public CriServerConfig {
        PathRules.checkRoot(root);
        PathRules.checkState(state);
        PathRules.checkSocket("socket", socket);
        if (socket.equals(cadvisor.socket())) {
            throw new ConfigException(
                    "socket and cadvisor.socket are both " + socket + ": they must differ");
        }
        if (root.equals(state)) {
            throw new ConfigException("root and state are both " + root + ": they must differ");
        }
        handlers = List.copyOf(handlers);
    }

    /** What holds where nothing is said. */
    public static CriServerConfig defaults() {
        Path state = Path.of("/run/gantry");
        return new CriServerConfig(
                Path.of("/var/lib/gantry"),
                state,
                defaultSocket(state),
                Registry.defaults(),
                Image.defaults(),
                CniConfig.defaults(),
                Log.defaults(),
                ContainerRuntime.defaults(),
                Streaming.defaults(),
                Metrics.defaults(),
                Build.defaults(),
                Cadvisor.defaults(),
                List.of());
    }

    /**
     * An OCI runtime, as runc or crun. It need not be there until a pod asks for it.
     *
     * @param name of the runtime handler, as in a RuntimeClass
     * @param path of its binary
     * @param root directory that it keeps the state of containers in
     */
    public record Handler(String name, Path path, Path root) {

        private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

        public Handler {
            if (!NAME.matcher(name).matches()) {
                throw new ConfigException(
                        "handlers has \""
                                + name
                                + "\": a handler's name has small letters, digits and hyphens, 63"
                                + " at most");
            }
            if (path.toString().isEmpty()) {
                throw new ConfigException(
                        "handlers." + name + " has no path: name the runtime's binary");
            }
            PathRules.checkAbsolute("handlers." + name + ".path", path);
            PathRules.checkAbsolute("handlers." + name + ".root", root);
        }
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
     * @param credentialsFile of the node, in the manner of Docker's config.json; null: none
     * @param auth credentials of the node by host, or host and path
     * @param signaturePolicy file that says which images may come; null: all
     * @param transfers how much is received at once
     */
    public record Registry(
            List<Path> configPath,
            @Nullable Path credentialsFile,
            Map<String, RegistryAuth> auth,
            @Nullable Path signaturePolicy,
            Transfers transfers) {
        public Registry {
            configPath = PathRules.allAbsolute("registry.config_path", configPath);
            if (credentialsFile != null) {
                PathRules.checkAbsolute("registry.credentials_file", credentialsFile);
            }
            if (signaturePolicy != null) {
                PathRules.checkAbsolute("registry.signature_policy", signaturePolicy);
            }
            auth = Collections.unmodifiableMap(new LinkedHashMap<>(auth));
        }

        static Registry defaults() {
            return new Registry(
                    List.of(
                            Path.of("/etc/gantry/certs.d"),
                            Path.of("/etc/containerd/certs.d"),
                            Path.of("/etc/docker/certs.d")),
                    null,
                    Map.of(),
                    null,
                    Transfers.defaults());
        }
    }

    /**
     * How the node proves itself to a registry; what is empty is absent.
     *
     * @param auth user and password as base64 of {@code user:password}, in place of the two
     */
    public record RegistryAuth(
            String username,
            String password,
            String auth,
            String identityToken,
            String registryToken) {
        public RegistryAuth {
            if (!auth.isEmpty() && !isUserAndPassword(auth)) {
                throw new ConfigException("registry.auth: auth is not user:password in base64");
            }
        }

        private static boolean isUserAndPassword(String auth) {
            try {
                byte[] decoded = Base64.getDecoder().decode(auth);
                return new String(decoded, StandardCharsets.UTF_8).indexOf(':') >= 0;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        /** Says nothing of what it is. */
        @Override
        public String toString() {
            return "RegistryAuth";
        }
    }

    /**
     * Limits of what is received at once.
     *
     * @param connectionsPerHost blobs, or ranges of blobs, from one host
     * @param rangesPerBlob ranges of one blob ahead of its reader; 0: blobs come in one piece
     * @param rangeThresholdMib size from which on a blob is received in ranges, in MiB
     */
    public record Transfers(int connectionsPerHost, int rangesPerBlob, int rangeThresholdMib) {
        static Transfers defaults() {
            return new Transfers(6, 3, 64);
        }
    }

    /**
     * Images.
     *
     * @param pinned names that stay until somebody removes them: globs over whole names, as {@code
     *     registry.k8s.io/pause*}
     */
    public record Image(List<String> pinned) {
        public Image {
            pinned = List.copyOf(pinned);
            for (String glob : pinned) {
                if (glob.isBlank() || glob.chars().anyMatch(Character::isWhitespace)) {
                    throw new ConfigException(
                            "image.pinned has \""
                                    + glob
                                    + "\", which is no name of an image: it is empty or has a"
                                    + " space");
                }
            }
        }

        static Image defaults() {
            return new Image(List.of());
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
     * @param cgroupDriver who makes cgroups
     * @param cdiSpecDirs where vendors describe devices; later ones take precedence
     * @param enableSelinux whether pods have labels of SELinux
     */
    public record ContainerRuntime(
            CgroupDriver cgroupDriver, List<Path> cdiSpecDirs, boolean enableSelinux) {
        public ContainerRuntime {
            cdiSpecDirs = PathRules.allAbsolute("runtime.cdi_spec_dirs", cdiSpecDirs);
        }

        static ContainerRuntime defaults() {
            return new ContainerRuntime(
                    CgroupDriver.AUTO,
                    List.of(Path.of("/etc/cdi"), Path.of("/var/run/cdi")),
                    false);
        }
    }

    /**
     * The server of exec, attach and port-forward.
     *
     * @param address a literal IP address to listen at
     * @param port 0: any free one
     * @param tlsCertFile in PEM; null: unencrypted
     * @param tlsKeyFile in PEM; null: unencrypted
     * @param timeouts in seconds
     */
    public record Streaming(
            String address,
            int port,
            @Nullable Path tlsCertFile,
            @Nullable Path tlsKeyFile,
            StreamingTimeouts timeouts) {

        public Streaming {
            checkAddress("streaming", address, port);
            if ((tlsCertFile == null) != (tlsKeyFile == null)) {
                throw new ConfigException(
                        "streaming.tls_cert_file and streaming.tls_key_file go together: one is"
                                + " missing");
            }
            if (tlsCertFile != null && tlsKeyFile != null) {
                PathRules.checkAbsolute("streaming.tls_cert_file", tlsCertFile);
                PathRules.checkAbsolute("streaming.tls_key_file", tlsKeyFile);
            }
        }

        static Streaming defaults() {
            return new Streaming(
                    "127.0.0.1", 0, null, null, new StreamingTimeouts(4 * 60 * 60, 30));
        }
    }

    /**
     * What builds keep for later ones.
     *
     * @param keepMib in MiB, of what was used last; 0: whatever it takes
     * @param keepDays since it was used; 0: for ever
     */
    public record Build(int keepMib, int keepDays) {

        static Build defaults() {
            return new Build(0, 0);
        }
    }

    /**
     * The daemon's own metrics, over HTTP.
     *
     * @param address a literal IP address to listen at
     * @param port 0: nowhere
     */
    public record Metrics(String address, int port) {
        public Metrics {
            checkAddress("metrics", address, port);
        }

        static Metrics defaults() {
            return new Metrics("127.0.0.1", 0);
        }
    }

    /**
     * Lookups that cAdvisor, which is in every kubelet, makes at a containerd.
     *
     * @param socket where they are answered; null: nowhere
     */
    public record Cadvisor(@Nullable Path socket) {
        public Cadvisor {
            if (socket != null) {
                PathRules.checkSocket("cadvisor.socket", socket);
            }
        }

        static Cadvisor defaults() {
            return new Cadvisor(null);
        }
    }

    private static void checkAddress(String table, String address, int port) {
        try {
            InetAddress _ = InetAddress.ofLiteral(address);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    table + ".address is \"" + address + "\", which is no IP address", e);
        }
        if (port > MAX_PORT) {
            throw new ConfigException(table + ".port is " + port + ": the last is " + MAX_PORT);
        }
    }

    /**
     * How patient the server is.
     *
     * @param idleSeconds after which silence a connection is closed
     * @param creationSeconds how long a client may take to open its streams
     */
    public record StreamingTimeouts(int idleSeconds, int creationSeconds) {}

    /**
     * Who makes cgroups: Gantry itself, or systemd for it. Automatically systemd does where it is
     * the init of a machine with cgroup v2, as kubelets expect there.
     */
    public enum CgroupDriver {
        AUTO,
        CGROUPFS,
        SYSTEMD
    }
}
