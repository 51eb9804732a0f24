package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Debian's containerd on directories of its own, for what ctr(8) has it do with images. */
public final class Containerd implements AutoCloseable {

    private final Path socket;
    private final Process process;

    /** Starts one with everything of its below {@code home}, a short path. */
    public Containerd(Path home) {
        socket = home.resolve("c.sock");
        try {
            Files.createDirectories(home);
            Path config = home.resolve("config.toml");
            Files.writeString(
                    config,
                    """
                    version = 2
                    root = "%s"
                    state = "%s"
                    disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.overlayfs"]
                    [grpc]
                    address = "%s"
                    """
                            .formatted(home.resolve("lib"), home.resolve("run"), socket));
            Path log = home.resolve("containerd.log");
            process =
                    new ProcessBuilder("containerd", "--config", config.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            Await.until(
                    () -> "containerd: " + Texts.tail(log),
                    Await.seconds(60),
                    () -> command("version").run().code() == 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs ctr against it, and it has to succeed. */
    public String ctr(String... arguments) {
        return command(arguments).run().orThrow();
    }

    private Command command(String... arguments) {
        List<String> words = new ArrayList<>(List.of("ctr", "-a", socket.toString()));
        words.addAll(List.of(arguments));
        return Command.of(words);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
