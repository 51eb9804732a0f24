package io.gantry.runtime.spec;

import io.gantry.runtime.bundle.ImageConfig;

/**
 * What a container has of images.
 *
 * @param config what its own image says of its containers
 * @param accounts of its own image, to resolve users with
 * @param volumes besides its root
 */
public record ContainerImage(ImageConfig config, Accounts accounts, ImageVolumes volumes) {}
