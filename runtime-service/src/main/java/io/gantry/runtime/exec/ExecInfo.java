package io.gantry.runtime.exec;

import java.time.Instant;

/** A command that runs in a container. */
public record ExecInfo(String id, int pid, Instant startedAt) {}
