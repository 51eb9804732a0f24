package io.gantry.linux.launch;

import java.util.Map;

/**
 * How a container's first process is started.
 *
 * @param program what it does before it executes
 * @param cloneFlags namespaces that it is born into, for clone3(2); the pid namespace's flag is in
 *     it only when the specification asks for a new one
 * @param directories what the program takes for granted of the host: paths, and whether each is a
 *     directory
 */
public record Launch(LaunchProgram program, long cloneFlags, Map<String, Boolean> directories) {

    public Launch {
        directories = Map.copyOf(directories);
    }

    /** A launch that holds on any host. */
    Launch(LaunchProgram program, long cloneFlags) {
        this(program, cloneFlags, Map.of());
    }

    Launch given(Map<String, Boolean> facts) {
        return new Launch(program, cloneFlags, facts);
    }
}
