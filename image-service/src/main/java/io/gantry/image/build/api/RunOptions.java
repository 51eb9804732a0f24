package io.gantry.image.build.api;

import io.gantry.image.build.dockerfile.Instruction.Network;
import io.gantry.linux.spec.Process.Rlimit;
import io.gantry.linux.spec.Resources;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the commands of a build are executed.
 *
 * @param network of those that do not say themselves
 * @param hosts further names in {@code /etc/hosts}, and their addresses
 * @param hostname empty: {@code buildkitsandbox}, which is what images have seen elsewhere
 * @param sharedMemoryBytes size of {@code /dev/shm}; 0: 64 MiB
 * @param rlimits as RLIMIT_NOFILE
 * @param resources limits of the cgroup of each command
 * @param cgroupParent empty: where the runtime puts builds
 * @param entitlements what commands may ask for beyond the ordinary
 */
public record RunOptions(
        Network network,
        Map<String, String> hosts,
        String hostname,
        long sharedMemoryBytes,
        List<Rlimit> rlimits,
        Resources resources,
        String cgroupParent,
        Set<Entitlement> entitlements) {

    /** What a Dockerfile may ask for only when whoever builds it agrees. */
    public enum Entitlement {
        /** {@code RUN --network=host}. */
        NETWORK_HOST,
        /** {@code RUN --security=insecure}. */
        SECURITY_INSECURE,
        /** {@code RUN --device=…}. */
        DEVICE
    }

    public RunOptions {
        hosts = Collections.unmodifiableMap(new LinkedHashMap<>(hosts));
        rlimits = List.copyOf(rlimits);
        entitlements = Set.copyOf(entitlements);
    }

    /** A network and no limits. */
    public static RunOptions defaults() {
        return new RunOptions(
                Network.DEFAULT, Map.of(), "", 0, List.of(), Resources.none(), "", Set.of());
    }
}
