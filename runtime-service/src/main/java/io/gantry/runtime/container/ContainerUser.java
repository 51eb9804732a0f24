package io.gantry.runtime.container;

import java.util.List;

/** Ids with which the first process of a container started. */
public record ContainerUser(long uid, long gid, List<Long> supplementalGroups) {
    public ContainerUser {
        supplementalGroups = List.copyOf(supplementalGroups);
    }
}
