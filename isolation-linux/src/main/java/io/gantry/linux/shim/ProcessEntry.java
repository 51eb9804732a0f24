package io.gantry.linux.shim;

import java.time.Instant;
import java.util.Optional;

/**
 * What a shim knows of one process.
 *
 * @param target the container that an exec entered or whose pid namespace a container joined; empty
 *     when none
 * @param pid in the host's pid namespace
 * @param exitCode 128 + signal when killed; 0 while running
 * @param signal that killed it; 0 when none did
 * @param finished empty while running
 */
public record ProcessEntry(
        String id,
        Kind kind,
        String target,
        int pid,
        State state,
        int exitCode,
        int signal,
        Instant started,
        Optional<Instant> finished) {

    /** What a process is to its pod. */
    public enum Kind {
        CONTAINER,
        EXEC
    }

    /** Where a process is in its life. */
    public enum State {
        RUNNING,
        EXITED
    }
}
