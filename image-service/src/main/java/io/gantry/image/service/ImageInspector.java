package io.gantry.image.service;

/** Says everything that is known of an image. Thread-safe. */
public interface ImageInspector {

    /**
     * Everything known of one image, its history included.
     *
     * @param nameOrId image as {@link ImageManager#find} takes it
     * @throws io.gantry.base.error.NotFoundException when there is no such image
     * @throws io.gantry.base.error.InvalidArgumentException when a prefix fits several images
     */
    ImageDetails inspect(String nameOrId);
}
