package io.gantry.image.build.ignore;

import java.util.ArrayDeque;
import java.util.Deque;

/** The shortest path that is lexically the same, as Go's {@code path.Clean} makes it. */
public final class CleanPath {

    private CleanPath() {}

    /** Never empty: {@code .} at least. */
    public static String of(String path) {
        boolean rooted = path.startsWith("/");
        Deque<String> names = new ArrayDeque<>();
        for (String name : path.split("/", -1)) {
            boolean leavesRoot = names.isEmpty() || names.peekLast().equals("..");
            if (name.isEmpty() || name.equals(".") || (name.equals("..") && rooted && leavesRoot)) {
                continue;
            }
            if (name.equals("..") && !leavesRoot) {
                names.removeLast();
            } else {
                names.addLast(name);
            }
        }
        String joined = String.join("/", names);
        return rooted ? "/" + joined : joined.isEmpty() ? "." : joined;
    }
}
