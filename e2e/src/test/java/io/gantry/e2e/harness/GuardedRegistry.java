package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Debian's docker-registry as it is found: in plain, behind TLS, a password or tokens. */
public final class GuardedRegistry implements AutoCloseable {

    public static final String USER = "alice";
    public static final String PASSWORD = "wonder land";

    /** bcrypt of the password, the only hash that the registry takes. */
    private static final String HTPASSWD =
            USER + ":$2b$05$abcdefghijklmnopqrstuursDchxTEEtpfrQZuzTh/cOvMRDwFApK\n";

    private final Path directory;
    private final Guard guard;
    private final String host;
    private final Process process;
    private final @Nullable TokenServer tokens;

    /** What is in the way. */
    public enum Guard {
        NONE,
        TLS,
        PASSWORD,
        TOKEN;

        /** Whether it wants to know who comes. */
        public boolean asks() {
            return this == PASSWORD || this == TOKEN;
        }
    }

    /** Starts one on a free port of loopback. */
    public GuardedRegistry(Path directory, Guard guard) {
        this.directory = directory;
        this.guard = guard;
        try {
            Files.createDirectories(directory);
            this.host = "127.0.0.1:" + freePort();
            if (guard == Guard.TLS || guard == Guard.TOKEN) {
                makeCertificate();
            }
            this.tokens =
                    guard == Guard.TOKEN
                            ? new TokenServer(certificate(), key(), USER + ":" + PASSWORD)
                            : null;
            Files.writeString(directory.resolve("htpasswd"), HTPASSWD);
            Path config = Files.writeString(directory.resolve("config.yml"), configuration());
            Path log = directory.resolve("registry.log");
            this.process =
                    new ProcessBuilder("docker-registry", "serve", config.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            String port = host.substring(host.indexOf(':') + 1);
            Await.until(
                    () -> "registry on " + host + ": " + Texts.tail(log),
                    Await.seconds(60),
                    () -> !Command.of("ss", "-ltnH", "sport = :" + port).run().out().isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String host() {
        return host;
    }

    /** A reference of this registry. */
    public String reference(String repository) {
        return host + "/" + repository;
    }

    /** What the daemon is to know of it. */
    public String hostsToml() {
        return guard == Guard.TLS
                ? "server = \"https://%s\"\nca = \"%s\"\n".formatted(host, certificate())
                : "server = \"http://%s\"\n".formatted(host);
    }

    /**
     * Options by which skopeo gets in.
     *
     * @param prefix {@code --}, {@code --src-} or {@code --dest-}
     */
    public List<String> skopeoOptions(String prefix) {
        List<String> options = new ArrayList<>();
        if (guard == Guard.TLS) {
            options.add(prefix + "cert-dir=" + directory.resolve("certs"));
        } else {
            options.add(prefix + "tls-verify=false");
        }
        if (guard.asks()) {
            options.add(prefix + "creds=" + USER + ":" + PASSWORD);
        }
        return options;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
        if (tokens != null) {
            tokens.close();
        }
    }

    private String configuration() {
        String tls =
                guard == Guard.TLS
                        ? "  tls: {certificate: %s, key: %s}\n".formatted(certificate(), key())
                        : "";
        String auth =
                switch (guard) {
                    case NONE, TLS -> "";
                    case PASSWORD ->
                            "auth: {htpasswd: {realm: e2e, path: %s}}\n"
                                    .formatted(directory.resolve("htpasswd"));
                    case TOKEN ->
                            "auth: {token: {realm: '%s', service: %s, issuer: %s, rootcertbundle: %s}}\n"
                                    .formatted(
                                            tokens == null ? "" : tokens.realm(),
                                            TokenServer.SERVICE,
                                            TokenServer.ISSUER,
                                            certificate());
                };
        return """
        version: 0.1
        log: {level: error, accesslog: {disabled: true}}
        storage: {filesystem: {rootdirectory: %s}}
        http:
          addr: %s
          secret: e2e
        """
                        .formatted(directory.resolve("storage"), host)
                + tls
                + auth;
    }

    private Path certificate() {
        return directory.resolve("certs/ca.crt");
    }

    private Path key() {
        return directory.resolve("ca.key");
    }

    /** One that vouches for itself. */
    private void makeCertificate() throws IOException {
        Files.createDirectories(directory.resolve("certs"));
        List<String> words = new ArrayList<>(List.of("openssl", "req", "-x509", "-nodes"));
        words.addAll(List.of("-newkey", "rsa:2048", "-days", "2", "-subj", "/CN=e2e"));
        words.addAll(List.of("-addext", "subjectAltName=IP:127.0.0.1"));
        words.addAll(List.of("-keyout", key().toString(), "-out", certificate().toString()));
        Command.of(words).run().orThrow();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
