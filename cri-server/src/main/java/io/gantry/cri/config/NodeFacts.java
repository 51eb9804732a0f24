package io.gantry.cri.config;

import java.util.List;

/**
 * What this version runs on and what it can do there; found out once at start.
 *
 * @param version of Gantry, as 0.1.0
 * @param kernel release
 * @param architecture as OCI calls it: amd64, arm64
 * @param operatingSystem for people
 * @param cgroups control groups
 * @param startedAtNanos when the daemon started, Unix nanoseconds
 * @param cri what the CRI is told
 * @param features for people
 */
public record NodeFacts(
        String version,
        String javaVersion,
        String kernel,
        String architecture,
        String operatingSystem,
        int cpus,
        long memoryBytes,
        ControlGroups cgroups,
        long startedAtNanos,
        CriFeatures cri,
        List<Feature> features) {

    public NodeFacts {
        features = List.copyOf(features);
    }

    /**
     * Control groups.
     *
     * @param version v1 or v2
     * @param driver who makes those of pods: cgroupfs or systemd
     */
    public record ControlGroups(String version, String driver) {}

    /**
     * Features that the CRI asks about.
     *
     * @param recursiveReadOnlyMounts whether a mount can be read-only with all below it
     * @param userNamespaces whether pods can have one
     * @param mountOptions whether volumes can be noexec, nodev and nosuid
     */
    public record CriFeatures(
            boolean recursiveReadOnlyMounts, boolean userNamespaces, boolean mountOptions) {}

    /**
     * A feature.
     *
     * @param note why it is not available, or a detail
     */
    public record Feature(String name, boolean available, String note) {}
}
