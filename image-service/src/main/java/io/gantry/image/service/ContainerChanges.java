package io.gantry.image.service;

import io.gantry.image.diff.Change;
import java.util.List;

/** What was changed in a file tree. Thread-safe; nothing is mounted for it. */
public interface ContainerChanges {

    /**
     * What a container has changed in its root file system, by path.
     *
     * @throws io.gantry.base.error.NotFoundException when the container has no root file system
     */
    List<Change> of(String containerId);

    /**
     * What is different in {@code to}, by path. Files are compared by type, owner, permissions,
     * size and time, not by content.
     *
     * @param from image as {@link ImageManager#find} takes it
     * @param to likewise
     * @throws io.gantry.base.error.NotFoundException when there is no such image
     */
    List<Change> between(String from, String to);
}
