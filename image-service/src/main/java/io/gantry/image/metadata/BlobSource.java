package io.gantry.image.metadata;

/**
 * A repository that had a blob when it was last pulled from or pushed to.
 *
 * @param registry as in image references
 * @param repository below it
 */
public record BlobSource(String registry, String repository) {}
