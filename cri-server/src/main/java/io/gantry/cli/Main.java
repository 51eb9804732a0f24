package io.gantry.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Entry point of {@code gantry}. */
public final class Main {

    private Main() {}

    /** Runs one command and exits with its code; see {@link ExitCodes}. */
    public static void main(String[] args) {
        Streams streams =
                new Streams(
                        System.in,
                        open(FileDescriptor.out),
                        open(FileDescriptor.err),
                        Screen.ofProcess(System.getenv()));
        int code = new Cli(streams, System.getenv()).run(args);
        streams.flush();
        // Not System.exit: threads of the transport and a blocked read of stdin may be alive.
        Runtime.getRuntime().halt(code);
    }

    private static PrintStream open(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor), 1 << 16),
                false,
                StandardCharsets.UTF_8);
    }
}
