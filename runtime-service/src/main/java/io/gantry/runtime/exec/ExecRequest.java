package io.gantry.runtime.exec;

import java.util.List;
import java.util.Optional;

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
 * @param size of the terminal from its first moment on; empty: told later, or never
 */
public record ExecRequest(
        String container,
        List<String> command,
        List<String> env,
        String workingDir,
        String user,
        boolean privileged,
        boolean terminal,
        boolean stdin,
        Optional<WindowSize> size) {
    public ExecRequest {
        command = List.copyOf(command);
        env = List.copyOf(env);
    }

    /** A command in the surroundings of the container's own process. */
    public static ExecRequest of(
            String container, List<String> command, boolean terminal, boolean stdin) {
        return new ExecRequest(
                container, command, List.of(), "", "", false, terminal, stdin, Optional.empty());
    }

    /** The same with a terminal of a size; the same again when that is empty. */
    public ExecRequest with(Optional<WindowSize> other) {
        return new ExecRequest(
                container, command, env, workingDir, user, privileged, terminal, stdin, other);
    }
}
