package io.gantry.runtime.bundle;

import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.container.ContainerId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Gives containers a writable root file system made from an image. Thread-safe. */
public interface RootfsProvider {

    /**
     * Makes the root file system of a container; nothing is mounted yet.
     *
     * @return the mounts that make it up, in order, each with the destination {@code /}: an
     *     overlay, or a bind of a directory
     * @throws IOException when it cannot be made; nothing is left then
     */
    List<Mount> prepare(ContainerId container, String imageId) throws IOException;

    /**
     * Shows an image to a container, which keeps it from being removed until {@link #remove}.
     *
     * @param directory of the image; empty: all of it
     * @return what to mount to see it, which cannot be written to; its destination is {@code /}
     * @throws io.gantry.base.error.ServiceException when there is no such image or directory
     * @throws IOException when it cannot be shown
     */
    SpecMount view(ContainerId container, String imageId, String directory) throws IOException;

    /**
     * Makes a directory for a container to write to, which has a copy of what its image has at
     * {@code path} and stays until {@link #remove}.
     *
     * @param path absolute, in the container's image
     * @throws io.gantry.base.error.ServiceException when the image has something else there
     * @throws IOException when it cannot be made
     */
    Path volume(ContainerId container, String path) throws IOException;

    /** Removes it with everything written to it; one that is not there is no error. */
    void remove(ContainerId container) throws IOException;

    /**
     * What a container has written to it: a walk over all of that.
     *
     * @return empty when it has none
     */
    Optional<LayerUsage> usage(ContainerId container) throws IOException;

    /** The containers that have one. */
    Set<ContainerId> list() throws IOException;
}
