package io.gantry.linux.launch;

/**
 * How a container's first process is started.
 *
 * @param program what it does before it executes
 * @param cloneFlags namespaces that it is born into, for clone3(2); the pid namespace's flag is in
 *     it only when the specification asks for a new one
 */
public record Launch(LaunchProgram program, long cloneFlags) {}
