package io.gantry.runtime.bundle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an image says of the containers made from it (OCI image configuration, "config").
 *
 * @param env as NAME=value
 * @param user as name, uid, name:group or uid:gid; empty: root
 * @param stopSignal as SIGTERM or 15; empty: the default
 * @param volumes absolute paths
 */
public record ImageConfig(
        List<String> entrypoint,
        List<String> cmd,
        List<String> env,
        String workingDir,
        String user,
        String stopSignal,
        Set<String> volumes,
        Map<String, String> labels) {

    public ImageConfig {
        entrypoint = List.copyOf(entrypoint);
        cmd = List.copyOf(cmd);
        env = List.copyOf(env);
        volumes = Set.copyOf(volumes);
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
    }

    /** An image that says nothing. */
    public static ImageConfig empty() {
        return new ImageConfig(List.of(), List.of(), List.of(), "", "", "", Set.of(), Map.of());
    }
}
