package io.gantry.runtime.stats;

import io.gantry.linux.procfs.NetworkDevice;
import io.gantry.runtime.pod.PodSandbox;
import java.util.List;

/**
 * What a pod uses.
 *
 * @param group all of it together
 * @param devices of its own network namespace, loopback apart; none in the host's
 * @param containers those that run, oldest first
 */
public record PodUse(
        PodSandbox pod,
        GroupUse group,
        List<NetworkDevice> devices,
        List<ContainerUse> containers) {

    public PodUse {
        devices = List.copyOf(devices);
        containers = List.copyOf(containers);
    }
}
