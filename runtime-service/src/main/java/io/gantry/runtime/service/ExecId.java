package io.gantry.runtime.service;

import io.gantry.base.Ids;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * Names commands for the shim. The name of one that has only so much time says until when: the shim
 * keeps it, so that the next daemon can read it when this one dies, with nothing written to disk.
 */
final class ExecId {

    private static final String UNTIL = "-until-";

    private ExecId() {}

    /** One of a command that may run for ever. */
    static String endless() {
        return Ids.random();
    }

    /** One of a command that is to be gone by then. */
    static String until(Instant end) {
        return Ids.random() + UNTIL + end.toEpochMilli();
    }

    /** When the command of that name is to be gone; empty: it may run for ever. */
    static Optional<Instant> end(String id) {
        int at = id.lastIndexOf(UNTIL);
        if (at < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    Instant.ofEpochMilli(Long.parseLong(id.substring(at + UNTIL.length()))));
        } catch (NumberFormatException | DateTimeException e) {
            return Optional.empty();
        }
    }
}
