package io.gantry.image.registry;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.image.content.Descriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's docker-registry on a free loopback port, with its storage in a directory of its own. */
final class DockerRegistry implements AutoCloseable {

    static final String USER = "alice";
    static final String PASSWORD = "wonderland";

    /** bcrypt of the password: the only hash that the registry takes. */
    private static final String HTPASSWD =
            USER + ":$2y$05$abcdefghijklmnopqrstuuA0vov2GDneHB3.8.cv9UF9g.RdvScIW\n";

    private final Process process;
    private final int port;
    private final Path directory;

    private DockerRegistry(Process process, int port, Path directory) {
        this.process = process;
        this.port = port;
        this.directory = directory;
    }

    /** How the registry is set up, as parts of its configuration file. */
    record Setup(String http, String auth) {

        static Setup plain() {
            return new Setup("", "");
        }

        Setup withTls(Path certificate, Path key) {
            return new Setup(
                    "  tls:\n    certificate: " + certificate + "\n    key: " + key + "\n", auth);
        }

        Setup withClientAuthority(Path authority) {
            return new Setup(http + "    clientcas: [" + authority + "]\n", auth);
        }

        Setup withTokens(TokenServer tokens, Path certificate) {
            return new Setup(
                    http,
                    "auth:\n  token:\n    realm: "
                            + tokens.realm()
                            + "\n    service: "
                            + TokenServer.SERVICE
                            + "\n    issuer: "
                            + TokenServer.ISSUER
                            + "\n    rootcertbundle: "
                            + certificate
                            + "\n");
        }

        Setup withPassword() {
            return new Setup(
                    http, "auth:\n  htpasswd:\n    realm: test\n    path: HTPASSWD_FILE\n");
        }
    }

    static DockerRegistry start(Path directory, Setup setup) throws Exception {
        Files.createDirectories(directory);
        Path passwords = directory.resolve("htpasswd");
        Files.writeString(passwords, HTPASSWD);
        int port = freePort();
        Path config = directory.resolve("config.yml");
        Files.writeString(
                config,
                "version: 0.1\nlog:\n  level: warn\nstorage:\n  filesystem:\n    rootdirectory: "
                        + directory.resolve("data")
                        + "\nhttp:\n  addr: 127.0.0.1:"
                        + port
                        + "\n  secret: test\n"
                        + setup.http
                        + setup.auth.replace("HTPASSWD_FILE", passwords.toString()));
        Process process =
                new ProcessBuilder("docker-registry", "serve", config.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(directory.resolve("log").toFile())
                        .start();
        DockerRegistry registry = new DockerRegistry(process, port, directory);
        registry.awaitPort();
        return registry;
    }

    String name() {
        return "127.0.0.1:" + port;
    }

    /** Copies an image in with skopeo, from an OCI layout. */
    void add(FakeImage image, String repositoryAndTag, String... options) throws Exception {
        Path layout = Files.createTempDirectory(directory, "layout");
        write(layout, image.manifestDescriptor(), image.manifest());
        write(layout, image.configDescriptor(), image.config());
        write(layout, image.layerDescriptor(), image.layer());
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        Files.write(
                layout.resolve("index.json"),
                FakeImage.index(List.of(image.manifestDescriptor()), List.of("amd64")));
        List<String> command =
                new ArrayList<>(
                        List.of("skopeo", "copy", "--preserve-digests", "--insecure-policy"));
        command.addAll(List.of(options));
        command.add("oci:" + layout);
        command.add("docker://" + name() + "/" + repositoryAndTag);
        run(command);
    }

    static void run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(command + " failed: " + output);
        }
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 60, TimeUnit.SECONDS).join();
        process.destroyForcibly();
        process.onExit().join();
    }

    private static void write(Path layout, Descriptor descriptor, byte[] bytes) throws IOException {
        Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        Files.write(blobs.resolve(descriptor.digest().hex()), bytes);
    }

    /** Nothing tells when the port opens: asks until it does or the process ends. */
    private void awaitPort() throws Exception {
        Deadline deadline = Deadline.after(Duration.ofMinutes(2), Clock.SYSTEM);
        while (!isListening()) {
            deadline.check("waiting for docker-registry to listen");
            if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        "docker-registry ended: " + Files.readString(directory.resolve("log")));
            }
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
