package io.gantry.runtime.exec;

import java.util.List;

/**
 * A command to run in a container, with streams.
 *
 * @param container id, or a unique prefix of one
 * @param command argv, not empty
 * @param terminal whether it gets a pseudo terminal; its output is all standard output then
 * @param stdin whether the client sends standard input
 */
public record ExecRequest(String container, List<String> command, boolean terminal, boolean stdin) {
    public ExecRequest {
        command = List.copyOf(command);
    }
}
