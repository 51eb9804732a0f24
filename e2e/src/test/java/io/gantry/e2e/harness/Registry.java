package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Debian's docker-registry on a free port of loopback, over plain HTTP. */
public final class Registry implements AutoCloseable {

    private final Path directory;
    private final NetworkNamespace network;
    private final String host;
    private final Process process;

    private Registry(Path directory, NetworkNamespace network, String host, Process process) {
        this.directory = directory;
        this.network = network;
        this.host = host;
        this.process = process;
    }

    /** Starts one that keeps its blobs in {@code directory}. */
    public static Registry start(Path directory) {
        return start(directory, NetworkNamespace.HOST);
    }

    /** Starts one on a port that is known to be free. */
    public static Registry start(Path directory, int port) {
        return start(directory, NetworkNamespace.HOST, port, "");
    }

    /** Another one over the same blobs, on the loopback of another network namespace. */
    public Registry within(NetworkNamespace other) {
        return start(directory, other);
    }

    /**
     * Starts one that wants a user name and a password of everybody.
     *
     * @param user line of htpasswd(1) with a hash of bcrypt
     */
    public static Registry startProtected(Path directory, String user) {
        try {
            Files.createDirectories(directory);
            Path users = Files.writeString(directory.resolve("users"), user + "\n");
            String auth = "auth: {htpasswd: {realm: e2e, path: %s}}\n".formatted(users);
            return start(directory, NetworkNamespace.HOST, auth);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Registry start(Path directory, NetworkNamespace network) {
        return start(directory, network, "");
    }

    private static Registry start(Path directory, NetworkNamespace network, String more) {
        try {
            return start(directory, network, freePort(), more);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Registry start(Path directory, NetworkNamespace network, int port, String more) {
        try {
            Files.createDirectories(directory);
            String host = "127.0.0.1:" + port;
            Path config = Files.createTempFile(directory, "config", ".yml");
            Files.writeString(
                    config,
                    """
                    version: 0.1
                    log: {level: error, accesslog: {disabled: true}}
                    storage: {filesystem: {rootdirectory: %s}}
                    http: {addr: %s}
                    %s\
                    """
                            .formatted(directory.resolve("storage"), host, more));
            Path log = directory.resolve("registry.log");
            Process process =
                    new ProcessBuilder(network.enter("docker-registry", "serve", config.toString()))
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start();
            Registry registry = new Registry(directory, network, host, process);
            Await.until(
                    () -> "registry on " + host + ": " + Texts.tail(log),
                    Await.seconds(60),
                    registry::answers);
            return registry;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Host and port, as they begin references. */
    public String host() {
        return host;
    }

    /** A reference of this registry. */
    public String reference(String repository) {
        return host + "/" + repository;
    }

    /**
     * Uploads an image.
     *
     * @param repository with tag
     * @return the reference to pull
     */
    public String push(ImageLayout image, String repository) {
        List<String> words = new ArrayList<>(List.of("skopeo", "copy", "-q"));
        words.addAll(List.of("--preserve-digests", "--dest-tls-verify=false"));
        words.add("oci:" + image.directory() + ":1");
        words.add("docker://" + reference(repository));
        // Its cache of blobs is the machine's, unless it takes itself for somebody else's.
        Command.of(network.enter(words))
                .with("_CONTAINERS_ROOTLESS_UID", "1")
                .with("XDG_DATA_HOME", directory.toString())
                .run()
                .orThrow();
        return reference(repository);
    }

    /** Where it keeps a blob, for those who want to spoil it. */
    public Path blob(String digest) {
        String hex = digest.substring("sha256:".length());
        return directory.resolve(
                "storage/docker/registry/v2/blobs/sha256/%s/%s/data"
                        .formatted(hex.substring(0, 2), hex));
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new IllegalStateException("the registry has ended");
        }
        String port = host.substring(host.indexOf(':') + 1);
        return !Command.of(network.enter("ss", "-ltnH", "sport = :" + port)).run().out().isEmpty();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
