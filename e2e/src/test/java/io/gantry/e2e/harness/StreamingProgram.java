package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The program in e2e/streaming, which is built on the library of kubectl. Built once. */
public final class StreamingProgram implements AutoCloseable {

    private final Path directory;
    private final Path binary;

    /** Builds it; Go's modules come from its proxy where they are not there already. */
    public StreamingProgram() {
        try {
            directory = Files.createTempDirectory("streaming");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        binary = directory.resolve("streaming");
        Path source = Path.of("streaming").toAbsolutePath();
        Command.Result built =
                Command.of(go(), "build", "-C", source.toString(), "-o", binary.toString(), ".")
                        .run();
        if (built.code() != 0) {
            throw new AssertionError("the program needs Go 1.23 or later: " + built);
        }
    }

    /** In the path, or where Go's own packages put it. */
    private static String go() {
        Path installed = Path.of("/usr/local/go/bin/go");
        boolean inPath =
                Arrays.stream(System.getenv("PATH").split(":", -1))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "go")));
        return inPath || !Files.isExecutable(installed) ? "go" : installed.toString();
    }

    /** Runs one check against a daemon. */
    public Command.Result check(Path socket, String container, String pod, String... options) {
        String[] words = new String[7 + options.length];
        words[0] = binary.toString();
        words[1] = "-endpoint";
        words[2] = "unix://" + socket;
        words[3] = "-container";
        words[4] = container;
        words[5] = "-pod";
        words[6] = pod;
        System.arraycopy(options, 0, words, 7, options.length);
        return Command.of(words).run();
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(binary);
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
