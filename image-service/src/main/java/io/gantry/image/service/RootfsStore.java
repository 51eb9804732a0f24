package io.gantry.image.service;

import io.gantry.linux.spec.SpecMount;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Root file systems of containers, made from images. Thread-safe. */
public interface RootfsStore {

    /**
     * Makes the writable root file system of a container. Nothing is mounted: the caller does that
     * where the container lives. The image's layers stay as long as it does.
     *
     * @param containerId letters, digits, underscore, dot and hyphen
     * @param nameOrId image as {@link ImageManager#find} takes it
     * @return one overlay on {@code /}
     * @throws io.gantry.base.error.NotFoundException when there is no such image
     * @throws io.gantry.base.error.AlreadyExistsException when the container has one
     */
    List<SpecMount> prepare(String containerId, String nameOrId);

    /** Removes it with everything written to it; one that is not there is no error. */
    void remove(String containerId);

    /** What a container has written; empty when it has no root file system. */
    Optional<FsUsage> usage(String containerId);

    /** The containers that have one. */
    Set<String> list();

    /**
     * Content of a small file of an image, as a container would see it; symbolic links are followed
     * inside the image only.
     *
     * @param nameOrId image as {@link ImageManager#find} takes it
     * @param path absolute
     * @return empty when there is no such file
     * @throws io.gantry.base.error.NotFoundException when there is no such image
     * @throws io.gantry.base.error.FailedPreconditionException when it is no regular file or larger
     *     than 1 MiB
     */
    Optional<byte[]> readFile(String nameOrId, String path);
}
