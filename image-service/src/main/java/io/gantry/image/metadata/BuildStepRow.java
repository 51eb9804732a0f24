package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.time.Instant;

/**
 * The result of a build's step.
 *
 * @param layer that the step wrote, by the name that it has in the snapshotter
 * @param description the instruction
 * @param bytes that its files take
 * @param used last
 * @param uses by builds after the one that made it
 */
public record BuildStepRow(
        Digest layer, String description, long bytes, Instant created, Instant used, long uses) {}
