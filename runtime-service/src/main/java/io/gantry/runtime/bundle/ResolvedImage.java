package io.gantry.runtime.bundle;

/**
 * An image that is here.
 *
 * @param imageId digest of its configuration
 * @param imageRef a repository digest, or the id when there is none
 */
public record ResolvedImage(String imageId, String imageRef, ImageConfig config) {}
