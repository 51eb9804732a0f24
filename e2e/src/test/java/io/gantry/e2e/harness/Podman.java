package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Podman with a storage of its own, which plain files make up, and runc. */
public final class Podman implements AutoCloseable {

    private static final String CGROUPS = "/sys/fs/cgroup";

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
        // Debian's crun knows no hierarchies of both versions at once.
        words.addAll(List.of("--events-backend", "none", "--runtime", "runc"));
        words.addAll(List.of(arguments));
        return Command.of(words)
                .with("XDG_DATA_HOME", home.toString())
                .with("TMPDIR", home.toString())
                .run()
                .orThrow()
                .strip();
    }

    /** Runs a container of an image without a network, to its end. */
    public String run(String image) {
        // As few as any machine allows, and in a group that no other podman has.
        return ok(
                "run",
                "--rm",
                "--network=none",
                "--cgroup-parent=/" + group(),
                "--ulimit=nofile=1024:1024",
                "--ulimit=nproc=1024:1024",
                image);
    }

    private String group() {
        return "gantry-e2e-" + home.getFileName();
    }

    @Override
    public void close() {
        Command.of(
                        "find",
                        CGROUPS,
                        "-depth",
                        "-type",
                        "d",
                        "-path",
                        "*/" + group() + "*",
                        "-exec",
                        "rmdir",
                        "{}",
                        "+")
                .run()
                .orThrow();
        Command.of("rm", "-rf", "--one-file-system", home.toString()).run().orThrow();
    }
}
