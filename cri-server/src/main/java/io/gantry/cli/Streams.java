package io.gantry.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes. Both outputs are buffered; whoever writes something that a
 * person waits for flushes it.
 */
record Streams(InputStream in, PrintStream out, PrintStream err, Screen screen) {

    /** Streams of which none is a terminal. */
    Streams(InputStream in, PrintStream out, PrintStream err) {
        this(in, out, err, Screen.NONE);
    }

    void flush() {
        out.flush();
        err.flush();
    }

    /** A line on standard error as every message of the client looks. */
    void complain(String message) {
        out.flush();
        err.println("gantry: " + message);
        err.flush();
    }
}
