package io.gantry.runtime.stats;

import io.gantry.linux.cgroup.CgroupAccounts;
import java.util.Map;
import java.util.Optional;

/**
 * What a running container uses, as closely as can be told.
 *
 * @param group the same as in {@code use}
 * @param space of the file system that it writes to; empty while nobody has measured
 * @param blockDevices names by numbers, as 8:0 and sda
 */
public record ContainerDetails(
        ContainerUse use,
        GroupUse group,
        CgroupAccounts accounts,
        ProcessFacts processes,
        Optional<FileSystemSpace> space,
        Map<String, String> blockDevices) {

    public ContainerDetails {
        blockDevices = Map.copyOf(blockDevices);
    }
}
