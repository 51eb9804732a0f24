package io.gantry.image.build.tree;

import io.gantry.image.build.ignore.CleanPath;
import io.gantry.linux.syscall.CString;
import java.nio.charset.StandardCharsets;

/** Paths as byte strings: relative to the root of a tree, clean; the empty path is the root. */
public final class Paths {

    private Paths() {}

    /** From text. */
    public static String ofText(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** The text that {@link #ofText} made it of. */
    static String text(String path) {
        return new String(path.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** For people. */
    public static String display(String path) {
        return cstring(path).toString();
    }

    /** For the kernel. */
    public static CString cstring(String path) {
        return CString.of(path.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Without anything that leads out of the root. */
    public static String clean(String path) {
        return CleanPath.of("/" + path).substring(1);
    }

    /** Whether it says that it is a directory. */
    public static boolean isDirectory(String path) {
        return path.isEmpty()
                || path.equals(".")
                || path.endsWith("/")
                || path.endsWith("/.")
                || path.endsWith("/..");
    }

    static String join(String parent, String name) {
        return parent.isEmpty() ? name : name.isEmpty() ? parent : parent + "/" + name;
    }

    static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
