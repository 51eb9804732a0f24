package io.gantry.runtime.bundle;

import io.gantry.linux.mount.Mount;
import io.gantry.runtime.container.ContainerId;
import java.io.IOException;
import java.util.List;
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

    /** Removes it with everything written to it; one that is not there is no error. */
    void remove(ContainerId container) throws IOException;

    /** The containers that have one. */
    Set<ContainerId> list() throws IOException;
}
