package io.gantry.linux.launch;

import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a shim makes of itself.
 *
 * @param users whose namespaces those created are; empty: the host's, and the shim makes them
 * @param created namespaces that are new: of NETWORK, IPC and UTS
 * @param joined namespaces to enter, by path of one of them
 * @param pins existing files on which the namespaces in use are bound
 * @param hostname of a new UTS namespace; empty: leave
 * @param sysctls of the namespaces, as net.ipv4.ip_forward
 * @param shm the pod's /dev/shm
 * @param cgroup where the shim puts itself
 * @param oomScoreAdj −1000 to 1000; where the daemon may not lower its own, it stays
 */
public record SandboxSetup(
        Optional<Users> users,
        Set<NamespaceType> created,
        Map<NamespaceType, String> joined,
        Map<NamespaceType, String> pins,
        String hostname,
        Map<String, String> sysctls,
        Optional<Shm> shm,
        CgroupJoin cgroup,
        int oomScoreAdj) {

    public SandboxSetup {
        created = Set.copyOf(created);
        joined = new TreeMap<>(joined);
        pins = new TreeMap<>(pins);
        sysctls = new TreeMap<>(sysctls);
    }

    /** The same where the namespaces are those of a user namespace. */
    public SandboxSetup in(Users owner) {
        return new SandboxSetup(
                Optional.of(owner),
                created,
                joined,
                pins,
                hostname,
                sysctls,
                shm,
                cgroup,
                oomScoreAdj);
    }

    /** Of the same only what concerns the process and not what it is in. */
    public SandboxSetup placement() {
        return new SandboxSetup(
                Optional.empty(),
                Set.of(),
                Map.of(),
                Map.of(),
                "",
                Map.of(),
                Optional.empty(),
                cgroup,
                oomScoreAdj);
    }

    /**
     * A user namespace with the others that belong to it, kept by a process of {@link
     * LaunchCompiler#namespaces} meanwhile.
     *
     * @param process its pid
     * @param mappings of the namespace
     */
    public record Users(int process, IdMappings mappings) {

        /** The file of one of its namespaces. */
        String namespace(NamespaceType type) {
            return "/proc/" + process + "/ns/" + Namespaces.file(type);
        }
    }

    /**
     * A tmpfs.
     *
     * @param path existing directory on the host
     * @param bytes its size
     * @param label SELinux label of its files; empty: none
     */
    public record Shm(String path, long bytes, String label) {}
}
