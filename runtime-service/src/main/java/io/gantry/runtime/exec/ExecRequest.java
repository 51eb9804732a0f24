package io.gantry.runtime.exec;

import java.util.List;

/**
 * A command to run in a container, with streams.
 *
 * @param container id, or a unique prefix of one
 * @param command argv, not empty
 * @param env as NAME=value, added to the container's
 * @param workingDir empty: the container's
 * @param user as name, uid, name:group or uid:gid; empty: the container's
 * @param privileged whether it gets all capabilities and no seccomp filter
 * @param terminal whether it gets a pseudo terminal; its output is all standard output then
 * @param stdin whether the client sends standard input
 */
public record ExecRequest(
        String container,
        List<String> command,
        List<String> env,
        String workingDir,
        String user,
        boolean privileged,
        boolean terminal,
        boolean stdin) {
    public ExecRequest {
        command = List.copyOf(command);
        env = List.copyOf(env);
    }

    /** A command in the surroundings of the container's own process. */
    public static ExecRequest of(
            String container, List<String> command, boolean terminal, boolean stdin) {
        return new ExecRequest(container, command, List.of(), "", "", false, terminal, stdin);
    }
}
