package io.gantry.linux.launch;

import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a shim makes of itself.
 *
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

    /**
     * A tmpfs.
     *
     * @param path existing directory on the host
     * @param bytes its size
     */
    public record Shm(String path, long bytes) {}
}
