package io.gantry.image.build.api;

import io.gantry.linux.spec.SpecMount;
import java.nio.file.Path;
import java.util.List;

/**
 * A mount of a step beside those that every container has. The target is absolute, without links,
 * and there already, a directory or file as its source is.
 */
public sealed interface StepMount {

    /** Where it is in the step's root file system. */
    String target();

    /**
     * A part of a file tree.
     *
     * @param tree what to mount to see all of it: as of {@link Step#rootfs}, or one bind mount
     * @param source path in the tree, absolute there: never followed out of the tree; {@code /}:
     *     all
     * @param readOnly recursively; else writes go where the tree takes them
     */
    record Tree(List<SpecMount> tree, String source, String target, boolean readOnly)
            implements StepMount {
        public Tree {
            tree = List.copyOf(tree);
        }
    }

    /**
     * A directory of this node: that of a cache.
     *
     * @param directory made by the builder, with its owner and mode
     */
    record Directory(Path directory, String target, boolean readOnly) implements StepMount {}

    /**
     * Memory, with mode 1777.
     *
     * @param size in bytes at most; 0: no limit of its own
     */
    record Tmpfs(String target, long size) implements StepMount {}

    /**
     * A file in memory that never reaches a disk; read-only.
     *
     * @param content not to be kept or logged
     * @param mode permissions
     */
    record Secret(Content content, String target, int mode, long uid, long gid)
            implements StepMount {}

    /**
     * A socket of this node, as a file of that owner and mode.
     *
     * @param socket that somebody listens on
     */
    record Socket(Path socket, String target, int mode, long uid, long gid) implements StepMount {}

    /**
     * A file with a script, read-only, executable by all, mode 0755 of root.
     *
     * @param content of a heredoc
     */
    record Script(Content content, String target) implements StepMount {}
}
