package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Debian's containerd on directories of its own. */
public final class Containerd implements AutoCloseable {

    private static final String IMAGES_ONLY =
            """
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.overlayfs"]
            """;

    private final Path home;
    private final NetworkNamespace network;
    private final Process process;

    /**
     * Starts one, for what ctr(8) has it do with images, with everything of its below {@code home},
     * a short path.
     */
    public Containerd(Path home) {
        this(home, NetworkNamespace.HOST, IMAGES_ONLY);
    }

    private Containerd(Path home, NetworkNamespace network, String plugins) {
        this.home = home;
        this.network = network;
        try {
            Files.createDirectories(home);
            Path config = home.resolve("config.toml");
            Files.writeString(
                    config,
                    """
                    version = 2
                    root = "%s"
                    state = "%s"
                    %s
                    [grpc]
                    address = "%s"
                    """
                            .formatted(
                                    home.resolve("lib"), home.resolve("run"), plugins, socket()));
            process =
                    new ProcessBuilder(network.enter("containerd", "--config", config.toString()))
                            .redirectErrorStream(true)
                            .redirectOutput(log().toFile())
                            .start();
            Await.until(
                    () -> "containerd: " + Texts.tail(log()),
                    Await.seconds(60),
                    () -> command("version").run().code() == 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Starts one that serves the CRI, in a network namespace where pods have a bridge.
     *
     * @param pause image of the process that it keeps for each pod
     */
    static Containerd servingPods(Path home, NetworkNamespace network, String pause) {
        try {
            Path networks = Files.createDirectories(home.resolve("net.d"));
            PodNetworkConfig.bridge(home.resolve("leases")).write(networks);
            return new Containerd(
                    home,
                    network,
                    """
                    [plugins."io.containerd.internal.v1.opt"]
                    path = "%1$s/opt"
                    [plugins."io.containerd.grpc.v1.cri"]
                    sandbox_image = "%2$s"
                    restrict_oom_score_adj = true
                    stream_server_port = "0"
                    [plugins."io.containerd.grpc.v1.cri".cni]
                    bin_dir = "/usr/lib/cni"
                    conf_dir = "%1$s/net.d"
                    """
                            .formatted(home, pause));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path socket() {
        return home.resolve("c.sock");
    }

    Path home() {
        return home;
    }

    NetworkNamespace network() {
        return network;
    }

    private Path log() {
        return home.resolve("containerd.log");
    }

    /** Runs ctr against it, and it has to succeed. */
    public String ctr(String... arguments) {
        return command(arguments).run().orThrow();
    }

    private Command command(String... arguments) {
        List<String> words = new ArrayList<>(List.of("ctr", "-a", socket().toString()));
        words.addAll(List.of(arguments));
        return Command.of(words);
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
