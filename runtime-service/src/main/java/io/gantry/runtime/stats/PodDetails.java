package io.gantry.runtime.stats;

import java.util.List;

/**
 * What a ready pod uses, as closely as can be told.
 *
 * @param containers those that run, oldest first
 */
public record PodDetails(PodUse use, List<ContainerDetails> containers) {

    public PodDetails {
        containers = List.copyOf(containers);
    }
}
