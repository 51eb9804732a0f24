package io.gantry.runtime.bundle;

import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.pod.PodSandboxId;
import java.nio.file.Path;

/**
 * Where everything of sandboxes and containers lies.
 *
 * @param root directory that survives a reboot
 * @param state directory that need not
 */
public record Layout(Path root, Path state) {

    /** Enough of an id to tell pods apart; sun_path of a Unix socket takes 107 bytes in all. */
    private static final int SOCKET_ID_DIGITS = 16;

    /** The database. */
    public Path database() {
        return root.resolve("gantry.db");
    }

    /** Directory of all sandboxes. */
    public Path sandboxes() {
        return state.resolve("sandboxes");
    }

    /** Directory of all sockets of shims. */
    public Path shims() {
        return state.resolve("shim");
    }

    /** Directory of what containers keep while they run. */
    public Path containerStates() {
        return state.resolve("containers");
    }

    /** Directory of what containers keep until they are removed. */
    public Path containers() {
        return root.resolve("containers");
    }

    /** Files of one sandbox. */
    public Sandbox sandbox(PodSandboxId id) {
        return new Sandbox(sandboxes().resolve(id.value()), shims().resolve(socketName(id)));
    }

    /** Files of one container. */
    public ContainerFiles container(ContainerId id) {
        return new ContainerFiles(
                containers().resolve(id.value()), containerStates().resolve(id.value()));
    }

    /**
     * Where an OCI runtime hands over the terminal of a process, by the id that a shim has it by.
     */
    public Path console(String id) {
        return shims().resolve(id.substring(0, SOCKET_ID_DIGITS) + ".tty");
    }

    /** Name of the socket of a sandbox's shim. */
    public static String socketName(PodSandboxId id) {
        return id.value().substring(0, SOCKET_ID_DIGITS) + ".sock";
    }

    /**
     * Files of a sandbox.
     *
     * @param socket of its shim
     */
    public record Sandbox(Path directory, Path socket) {

        /** Directory of the files at which namespaces are pinned. */
        public Path namespaces() {
            return directory.resolve("ns");
        }

        public Path netns() {
            return namespaces().resolve("net");
        }

        public Path ipcns() {
            return namespaces().resolve("ipc");
        }

        public Path utsns() {
            return namespaces().resolve("uts");
        }

        public Path userns() {
            return namespaces().resolve("user");
        }

        public Path hostname() {
            return directory.resolve("hostname");
        }

        public Path hosts() {
            return directory.resolve("hosts");
        }

        public Path resolvConf() {
            return directory.resolve("resolv.conf");
        }

        /** Mount point of the pod's shared memory. */
        public Path shm() {
            return directory.resolve("shm");
        }

        /** The OCI runtime of its handler; not there when that is the default. */
        public Path handler() {
            return directory.resolve("runtime.json");
        }

        /** What the shim has to say. */
        public Path diagnostics() {
            return directory.resolve("diagnostics");
        }
    }

    /**
     * Files of a container.
     *
     * @param directory survives a reboot
     * @param stateDirectory need not
     */
    public record ContainerFiles(Path directory, Path stateDirectory) {

        /** Its OCI runtime specification. */
        public Path spec() {
            return directory.resolve("spec.json");
        }

        /** Where the shim records how it ended. */
        public Path exitRecord() {
            return stateDirectory.resolve("exit");
        }

        /** The OCI runtime that may know it; not there when none does. */
        public Path handler() {
            return stateDirectory.resolve("runtime.json");
        }

        /** What an OCI runtime makes it from. */
        public Path config() {
            return stateDirectory.resolve("config.json");
        }

        /** Directory of the mount points of volumes that an OCI runtime is given. */
        public Path volumes() {
            return stateDirectory.resolve("volumes");
        }

        /**
         * Mount point of its root file system, inside its own mount namespace, or on the host where
         * an OCI runtime is given it.
         */
        public Path rootfs() {
            return stateDirectory.resolve("rootfs");
        }
    }
}
