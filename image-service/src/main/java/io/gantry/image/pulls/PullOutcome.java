package io.gantry.image.pulls;

import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.Image;

/**
 * What a pull came to.
 *
 * @param reference that was pulled
 * @param digest of what it names: an index or a manifest
 * @param upToDate whether it named this image before
 */
public record PullOutcome(ImageReference reference, Image image, Digest digest, boolean upToDate) {}
