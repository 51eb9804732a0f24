package io.gantry.image.build.tree;

import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Gives a layer files of a context themselves, with the owner and the permissions that it wants:
 * they need not be written again, nor kept twice. A file goes to one layer at most, so that in
 * images it has one name as its copy would have. Used by one thread.
 */
public final class Handover {

    private static final CString ITSELF = CString.of("");

    private final Syscalls kernel;
    private final SourceTree context;
    private final ContextMoves moves;
    private final Map<String, String> given = new HashMap<>();
    private boolean possible = true;

    /**
     * Of a context.
     *
     * @param context its tree, not closed here
     */
    public Handover(Syscalls kernel, SourceTree context, ContextMoves moves) {
        this.kernel = kernel;
        this.context = context;
        this.moves = moves;
    }

    /** Whether it is worth to try. */
    boolean isPossible(Node file) {
        return possible && moves.find(Paths.text(file.path())).isEmpty();
    }

    /**
     * Links a file into a directory of a layer.
     *
     * @param like what it must be there
     * @param place its path in the layer, whose last component is free in the directory
     * @return false when there must be a copy; the name is free then
     */
    boolean give(Node file, Node like, int directory, String place) throws IOException {
        String name = Paths.text(file.path());
        int fd = context.open(file);
        try {
            boolean given =
                    isLike(file, like)
                            ? link(fd, file, directory, place)
                            : moves.alter(
                                    name,
                                    () -> link(fd, file, directory, place) && alter(fd, like));
            if (given) {
                this.given.put(name, place);
            }
            return given;
        } finally {
            kernel.close(fd);
        }
    }

    private static boolean isLike(Node file, Node like) {
        return like.mode() == file.mode() && like.uid() == file.uid() && like.gid() == file.gid();
    }

    private boolean link(int fd, Node file, int directory, String place) throws IOException {
        CString target = Paths.cstring(Paths.name(place));
        try {
            kernel.linkat(fd, ITSELF, directory, target, OpenFlags.AT_EMPTY_PATH);
        } catch (ErrnoException e) {
            // Another file system, or one without links; or too many of them.
            if (e.is(Errno.EXDEV) || e.is(Errno.EPERM) || e.is(Errno.EMLINK)) {
                possible = false;
                return false;
            }
            // Another one has its name meanwhile.
            if (e.is(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
        if (isAlone(kernel.statx(fd, ITSELF, OpenFlags.AT_EMPTY_PATH), file)) {
            return true;
        }
        kernel.unlinkat(directory, target, 0);
        return false;
    }

    /** The owner first, which takes special permissions away. */
    private boolean alter(int fd, Node like) throws IOException {
        kernel.fchown(fd, like.uid(), like.gid());
        kernel.fchmod(fd, like.mode() & 07777);
        return true;
    }

    /** Two names, this one and the context's: nobody else took it or altered it meanwhile. */
    private static boolean isAlone(FileStatus now, Node file) {
        return now.nlink() == 2
                && now.mode() == file.mode()
                && now.uid() == file.uid()
                && now.gid() == file.gid()
                && now.size() == file.size()
                && now.modified().equals(file.modified());
    }

    /** Tells the context what a layer got, once that is committed and not yet known to anybody. */
    public void done(Digest layer) throws IOException {
        if (!given.isEmpty()) {
            moves.add(layer, Map.copyOf(given));
        }
    }
}
