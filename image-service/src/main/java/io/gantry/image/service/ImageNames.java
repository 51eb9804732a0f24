package io.gantry.image.service;

import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import java.util.List;

/** The names of images, given and taken in Docker's manner. Thread-safe. */
public interface ImageNames {

    /**
     * What a removal did.
     *
     * @param untagged names that led to the image and do no more
     * @param deleted id of the image, then chain ids of the layers that went with it; nothing when
     *     it has other names left
     * @param freedBytes space on disk that became free
     */
    record Removed(List<String> untagged, List<Digest> deleted, long freedBytes) {
        public Removed {
            untagged = List.copyOf(untagged);
            deleted = List.copyOf(deleted);
        }
    }

    /**
     * Gives an image further names, all or none. An image that had one of them before loses it, and
     * stays without a name when that was its last one.
     *
     * @param nameOrId image as {@link ImageManager#find} takes it
     * @param names with a tag each
     * @return the image with its new names
     * @throws io.gantry.base.error.NotFoundException when there is no such image
     * @throws io.gantry.base.error.InvalidArgumentException when a name has a digest, which nobody
     *     can choose, or a prefix fits several images
     */
    Image tag(String nameOrId, List<ImageReference> names);

    /**
     * Takes a name off an image, and removes the image with its last tag: a repository's digests go
     * with its last tag. Named by id, it loses all its names. It is invisible when the call
     * returns; containers keep what they need of it.
     *
     * @param nameOrId image as {@link ImageManager#find} takes it
     * @param force also when containers use the image, or an id stands for several repositories
     * @throws io.gantry.base.error.NotFoundException when there is no such image
     * @throws io.gantry.base.error.FailedPreconditionException naming the containers, or the
     *     repositories
     * @throws io.gantry.base.error.InvalidArgumentException when a prefix fits several images
     */
    Removed remove(String nameOrId, boolean force);
}
