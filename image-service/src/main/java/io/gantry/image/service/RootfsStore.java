package io.gantry.image.service;

import io.gantry.linux.spec.SpecMount;
import java.nio.file.Path;
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
     * @throws io.gantry.base.error.FailedPreconditionException when it is an artifact
     * @throws io.gantry.base.error.AlreadyExistsException when the container has one
     */
    List<SpecMount> prepare(String containerId, String nameOrId);

    /**
     * Shows an image to a container, which cannot write to it. The image's layers stay until the
     * container's root file system is removed. Nothing is mounted.
     *
     * @param nameOrId image as {@link ImageManager#find} takes it
     * @param directory of the image, symbolic links followed inside the image only; empty: all of
     *     it
     * @return one overlay on {@code /}, of that directory by an option {@code X-mount.subdir} as
     *     mount(8) has it
     * @throws io.gantry.base.error.NotFoundException when there is no such image, or no such
     *     directory in it
     * @throws io.gantry.base.error.InvalidArgumentException when the directory's path leads upwards
     * @throws io.gantry.base.error.FailedPreconditionException when it is no directory
     */
    SpecMount view(String containerId, String nameOrId, String directory);

    /**
     * Makes a directory that a container may write to, with a copy of what its image has at a path;
     * gone with the container's root file system.
     *
     * @param path absolute; symbolic links are followed inside the image only
     * @throws io.gantry.base.error.NotFoundException when the container has no root file system
     * @throws io.gantry.base.error.FailedPreconditionException when the image has something else
     *     than a directory there
     */
    Path volume(String containerId, String path);

    /**
     * Removes it with everything written to it and to its volumes, and lets go of the images that
     * the container sees; one that is not there is no error.
     */
    void remove(String containerId);

    /** What a container has written; empty when it has no root file system. */
    Optional<FsUsage> usage(String containerId);

    /** The containers that have one, or see images. */
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
