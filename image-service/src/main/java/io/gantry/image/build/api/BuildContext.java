package io.gantry.image.build.api;

import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.FileStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The files of a build as the client sent them: a directory of the daemon's own, which nobody
 * changes while a build has it, and what is known of each file in it. Hence an unchanged context of
 * many files need not be read again to know that it is unchanged. Thread-safe.
 *
 * <p>What an ignore file leaves out is not there. Names are UTF-8: a client refuses others.
 */
public interface BuildContext {

    /**
     * Where the files are. Owners on disk mean nothing: files of a context belong to root in
     * images. Modes, times and the targets of symbolic links are those of {@link #entries}; links
     * may lead anywhere and are never followed out of the directory. What has become a file of a
     * layer may be there or not.
     */
    Path directory();

    /** What has become files of layers; empty where nothing may. */
    default Optional<ContextMoves> moves() {
        return Optional.empty();
    }

    /**
     * Everything below the directory by its path: relative, separated by slashes, clean, no empty
     * path for the directory itself. A path's directories are there too. Not to be changed.
     */
    SortedMap<String, Entry> entries();

    /**
     * Has the content of every file come, where a client has sent only what seemed to be needed;
     * from then on {@link #entries} tells it.
     *
     * @throws io.gantry.base.error.UnavailableException when the client does not send it
     * @throws io.gantry.base.error.CancelledException when the thread is interrupted
     */
    default void complete() throws IOException {}

    /**
     * A file, directory or link.
     *
     * @param mode type and permissions, as st_mode
     * @param size bytes of a regular file
     * @param modifiedNanos time of its last change, in nanoseconds since the epoch; no part of what
     *     makes two files alike
     * @param link target of a symbolic link
     * @param rdev device that a node stands for, as st_rdev
     * @param content SHA-256 of what a regular file holds; empty for one that did not come yet
     */
    record Entry(
            int mode,
            long size,
            long modifiedNanos,
            Optional<String> link,
            long rdev,
            Optional<Digest> content) {

        /** Whether it has content. */
        public boolean isFile() {
            return (mode & FileStatus.S_IFMT) == FileStatus.S_IFREG;
        }
    }
}
