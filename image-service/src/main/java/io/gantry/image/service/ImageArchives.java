package io.gantry.image.service;

import io.gantry.base.Deadline;
import io.gantry.image.reference.ImageReference;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/**
 * Images in archives: {@code docker save}'s ({@code manifest.json}) and OCI image layouts in a tar.
 * Thread-safe; both directions are streams, of which no copy is made.
 */
public interface ImageArchives {

    /** What an archive is made as. Both are read without being told. */
    enum Format {
        /** {@code manifest.json}, {@code repositories} and plain layers: any engine reads it. */
        DOCKER,
        /** An OCI image layout: blobs as they are stored, so that all digests stay. */
        OCI
    }

    /**
     * What to save.
     *
     * @param images as {@link ImageManager#find} takes them. A reference is in the archive with
     *     that name, an id without any
     */
    record SaveOrder(List<String> images, Format format) {
        public SaveOrder {
            images = List.copyOf(images);
        }
    }

    /**
     * How to load.
     *
     * @param name of the image, in place of what the archive says; only for an archive of one
     */
    record LoadOrder(Optional<ImageReference> name) {

        /** By the names in the archive. */
        public static LoadOrder asNamed() {
            return new LoadOrder(Optional.empty());
        }
    }

    /**
     * An image that came out of an archive.
     *
     * @param names that the archive gave it, in full; none: it came without
     */
    record Loaded(Image image, List<String> names) {
        public Loaded {
            names = List.copyOf(names);
        }
    }

    /** Told how it goes; layers are told when they are unpacked. Must not block. */
    interface Listener extends PullListener {

        /** Tells nobody. */
        Listener NONE = new Listener() {};

        /**
         * Bytes of the archive, as it is packed, have been read or written.
         *
         * @param bytes in all so far
         */
        default void transferred(long bytes) {}

        /** An image has come. */
        default void loaded(Loaded image) {}
    }

    /**
     * Writes an archive. The same images make the same bytes.
     *
     * @param out not closed; what was written to it after a failure is no archive
     * @throws io.gantry.base.error.InvalidArgumentException when no image is named
     * @throws io.gantry.base.error.NotFoundException naming the image that is not here, before
     *     anything is written
     * @throws io.gantry.base.error.DataLossException when a stored blob is damaged
     * @throws io.gantry.base.error.UnavailableException when {@code out} fails
     */
    void save(SaveOrder order, OutputStream out, Listener listener, Deadline deadline);

    /**
     * Takes in an archive, packed by gzip or zstd or not at all. An image that is here already gets
     * the names and stays as it is. After a failure no image of the archive has come, and nothing
     * of it is left.
     *
     * @param in read to the archive's end, not closed
     * @return the images in the archive's order
     * @throws io.gantry.base.error.InvalidArgumentException when it is no archive of images
     * @throws io.gantry.base.error.DataLossException naming the entry, when it is damaged or
     *     hostile: a blob that is missing or is not what its name says, a doubled entry, a path or
     *     link that leads out of the archive
     * @throws io.gantry.base.error.NotFoundException when it has no image for this platform
     * @throws io.gantry.base.error.ResourceExhaustedException when the disk is full
     */
    List<Loaded> load(LoadOrder order, InputStream in, Listener listener, Deadline deadline);
}
