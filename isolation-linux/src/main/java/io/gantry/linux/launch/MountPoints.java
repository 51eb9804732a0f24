package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.FileStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens, and makes where they are missing, places in a root that is not trusted. Every look-up is
 * confined to the root by the kernel; nothing is done by path string from outside. A symbolic link
 * on the way leads to a place in the same root. One at /proc, /sys or /dev is refused: an image
 * could make them show something other than what the paths below them are trusted for.
 */
final class MountPoints {

    private static final int DIRECTORY_MODE = 0755;
    private static final int FILE_MODE = FileStatus.S_IFREG | 0644;
    private static final List<String> KERNELS_OWN = List.of("/proc", "/sys", "/dev");

    private final Context context;
    private final Register root;

    MountPoints(Context context, Register root) {
        this.context = context;
        this.root = root;
    }

    /** The root itself. */
    Register root() {
        return root;
    }

    /**
     * {@code path} without empty and dot elements.
     *
     * @throws InvalidArgumentException when it is relative, the root itself, or leads upwards
     */
    static String normalize(String path) {
        if (!path.startsWith("/")) {
            throw new InvalidArgumentException("path in container is not absolute: " + path);
        }
        List<String> elements = elements(path);
        if (elements.contains("..")) {
            throw new InvalidArgumentException("path in container has ..: " + path);
        }
        return "/" + String.join("/", elements);
    }

    /** Opens a directory, which is made with its parents when missing. */
    Register directory(String path) {
        Register found = context.asm().register();
        openDirectory(path, found).tolerating(Errno.ENOENT);
        makeWhenMissing(path, found);
        return found;
    }

    /** Opens what is there, a directory or a file; a directory is made when nothing is. */
    Register place(String path) {
        Register found = context.asm().register();
        open(path, O_PATH | O_CLOEXEC, resolve(path), found).tolerating(Errno.ENOENT);
        makeWhenMissing(path, found);
        return found;
    }

    private void makeWhenMissing(String path, Register found) {
        whenMissing(
                found,
                () -> {
                    Register parent = parent(path);
                    makeDirectory(parent, path);
                    context.calls().close(parent);
                    openDirectory(path, found);
                });
    }

    /**
     * Opens a file, which is made with its parents when missing. A symbolic link to nowhere becomes
     * the mount point itself.
     */
    Register file(String path) {
        Register found = context.asm().register();
        open(path, O_PATH | O_CLOEXEC, resolve(path), found).tolerating(Errno.ENOENT);
        whenMissing(
                found,
                () -> {
                    Register parent = parent(path);
                    makeFile(parent, path);
                    context.calls().close(parent);
                    open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC, RESOLVE_IN_ROOT, found);
                });
        return found;
    }

    /** Opens what is there; the register is negative when nothing is. */
    Register existing(String path, int flags) {
        return context.calls()
                .openat2(root, path, flags | O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT)
                .tolerating(Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)
                .result();
    }

    private void whenMissing(Register found, Runnable make) {
        context.asm().ifFailed(found, () -> context.asm().scoped(make));
    }

    private void makeFile(Register parent, String path) {
        context.calls().mknodat(parent, name(path), FILE_MODE, 0, 0).tolerating(Errno.EEXIST);
    }

    private void makeDirectory(Register parent, String path) {
        context.calls().mkdirat(parent, name(path), DIRECTORY_MODE).tolerating(Errno.EEXIST);
    }

    /** The directory that holds the last element, made with its own parents. */
    private Register parent(String path) {
        Register current = context.asm().register();
        openDirectory("/", current);
        StringBuilder prefix = new StringBuilder();
        List<String> elements = elements(path);
        for (String element : elements.subList(0, elements.size() - 1)) {
            prefix.append('/').append(element);
            Register outer = current;
            makeDirectory(outer, prefix.toString());
            context.calls().close(outer);
            openDirectory(prefix.toString(), current);
        }
        return current;
    }

    private Assembler.Pending openDirectory(String path, Register into) {
        return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC, resolve(path), into);
    }

    private Assembler.Pending open(String path, int flags, long resolve, Register into) {
        Assembler.Pending op = context.calls().openat2(root, path, flags, resolve);
        op.into(into);
        return op;
    }

    private static long resolve(String path) {
        boolean kernels =
                KERNELS_OWN.stream()
                        .anyMatch(own -> path.equals(own) || path.startsWith(own + "/"));
        return kernels ? RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS : RESOLVE_IN_ROOT;
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static List<String> elements(String path) {
        List<String> elements = new ArrayList<>();
        for (String element : path.split("/", -1)) {
            if (!element.isEmpty() && !element.equals(".")) {
                elements.add(element);
            }
        }
        return elements;
    }
}
