package io.gantry.cri.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** What paths must be like to work later: whole, plain, and short where sockets live. */
final class PathRules {

    /** sun_path of unix(7) holds 108 bytes, of which the last is NUL. */
    private static final int MAX_SOCKET_BYTES = 107;

    /** What a state directory is continued by at most: the socket of a pod's shim. */
    private static final String SHIM_SOCKET = "/shim/0123456789abcdef.sock";

    private PathRules() {}

    static void checkRoot(Path root) {
        checkAbsolute("root", root);
        checkNotSlash("root", root);
        // The options of an overlay mount separate directories by colons and options by commas.
        String text = root.toString();
        if (text.indexOf(':') >= 0 || text.indexOf(',') >= 0) {
            throw new ConfigException(
                    "root is " + root + ": overlay mounts allow neither ':' nor ',' in it");
        }
    }

    static void checkState(Path state) {
        checkAbsolute("state", state);
        checkNotSlash("state", state);
        int limit = MAX_SOCKET_BYTES - SHIM_SOCKET.length();
        if (bytes(state) > limit) {
            throw new ConfigException(
                    "state is "
                            + state
                            + ": "
                            + bytes(state)
                            + " bytes, but pods' sockets in it allow "
                            + limit
                            + " at most");
        }
    }

    static void checkSocket(String key, Path socket) {
        checkAbsolute(key, socket);
        checkNotSlash(key, socket);
        if (bytes(socket) > MAX_SOCKET_BYTES) {
            throw new ConfigException(
                    key
                            + " is "
                            + socket
                            + ": "
                            + bytes(socket)
                            + " bytes, but the kernel allows "
                            + MAX_SOCKET_BYTES
                            + " at most");
        }
    }

    static List<Path> allAbsolute(String key, List<Path> paths) {
        paths.forEach(path -> checkAbsolute(key, path));
        return List.copyOf(paths);
    }

    static void checkAbsolute(String key, Path path) {
        if (!path.isAbsolute()) {
            throw new ConfigException(key + " is \"" + path + "\": it must be an absolute path");
        }
        if (!path.equals(path.normalize())) {
            throw new ConfigException(
                    key + " is \"" + path + "\": it must be plain, as " + path.normalize());
        }
    }

    private static void checkNotSlash(String key, Path path) {
        if (path.getNameCount() == 0) {
            throw new ConfigException(key + " is /: name a directory of its own");
        }
    }

    private static int bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
