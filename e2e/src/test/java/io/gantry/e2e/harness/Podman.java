package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Podman with a storage of its own, which plain files make up. */
public final class Podman implements AutoCloseable {

    /** Podman wants its path short. */
    private final Path home;

    public Podman() {
        try {
            home = Files.createTempDirectory("p");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it, and it has to succeed. */
    public String ok(String... arguments) {
        List<String> words = new ArrayList<>(List.of("podman"));
        words.addAll(List.of("--root", home.resolve("root").toString()));
        words.addAll(List.of("--runroot", home.resolve("run").toString()));
        words.addAll(List.of("--tmpdir", home.resolve("tmp").toString()));
        words.addAll(List.of("--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"));
        words.addAll(List.of("--events-backend", "none"));
        words.addAll(List.of(arguments));
        return Command.of(words)
                .with("XDG_DATA_HOME", home.toString())
                .with("TMPDIR", home.toString())
                .run()
                .orThrow()
                .strip();
    }

    @Override
    public void close() {
        Command.of("rm", "-rf", "--one-file-system", home.toString()).run().orThrow();
    }
}
