package io.gantry.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Runs the commands on standard input, one a line, in one JVM: the workload that the client's AOT
 * cache is made from. Words are separated by blanks; there is no quoting.
 */
public final class Rehearsal {

    private Rehearsal() {}

    /** Runs them all, whatever each returns. */
    public static void main(String[] args) {
        Streams streams = new Streams(System.in, System.out, System.err);
        Map<String, String> environment = System.getenv();
        lines().lines().forEach(line -> new Cli(streams, environment).run(line.split(" +")));
        streams.flush();
        // As Main does: the transport's threads are alive.
        Runtime.getRuntime().halt(ExitCodes.OK);
    }

    private static String lines() {
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the commands", e);
        }
    }
}
