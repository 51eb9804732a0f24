package io.gantry.runtime.stats;

import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.container.Container;
import java.util.Optional;

/**
 * What a container uses.
 *
 * @param group empty unless it runs
 * @param layer empty while nobody has measured it yet
 */
public record ContainerUse(
        Container container, Optional<GroupUse> group, Optional<LayerUsage> layer) {}
