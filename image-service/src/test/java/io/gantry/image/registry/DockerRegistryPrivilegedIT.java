package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against Debian's docker-registry, filled by skopeo. Needs these tools and openssl, not root. */
@Tag("privileged")
class DockerRegistryPrivilegedIT {

    private static final FakeImage IMAGE = FakeImage.ofSize(3_000_000);

    @TempDir private Path directory;
    private PullFixture pull;

    @BeforeEach
    void start() {
        pull = new PullFixture(directory.resolve("certs.d"));
    }

    @AfterEach
    void stop() {
        pull.close();
    }

    @Test
    void pullsOverPlainHttpFromLoopback() throws Exception {
        try (DockerRegistry registry = startPlain()) {
            assertPulls(registry, Credentials.ANONYMOUS);
            Fetcher fetcher = pull.open(registry.name() + "/team/app:1");
            assertThat(
                            fetcher.openBlobFrom(
                                            IMAGE.layerDescriptor(), 2_999_990, BlobProgress.NONE)
                                    .readAllBytes())
                    .hasSize(10);
            assertThatThrownBy(() -> pull.open(registry.name() + "/team/app:2").resolve())
                    .isInstanceOf(NotFoundException.class)
                    .hasMessageEndingWith("not found in registry " + registry.name());
        }
    }

    @Test
    void pullsOverTlsFromAnAuthorityOfItsOwn() throws Exception {
        Certificate server = certificate("server");
        DockerRegistry.Setup setup =
                DockerRegistry.Setup.plain().withTls(server.certificate, server.key);
        try (DockerRegistry registry = DockerRegistry.start(directory.resolve("r"), setup)) {
            registry.add(IMAGE, "team/app:1", "--dest-tls-verify=false");
            String https = "server = 'https://" + registry.name() + "'\n";
            pull.configure(registry.name(), https);
            assertThatThrownBy(() -> pull.open(registry.name() + "/team/app:1").resolve())
                    .isInstanceOf(RegistryUnavailableException.class)
                    .hasMessageContaining("unable to find valid certification path");
            pull.configure(registry.name(), https + "ca = '" + server.certificate + "'\n");
            assertPulls(registry, Credentials.ANONYMOUS);
            pull.configure(registry.name(), https + "skip_verify = true\n");
            assertPulls(registry, Credentials.ANONYMOUS);
        }
    }

    @Test
    void loopbackRegistryMayHaveAnyCertificate() throws Exception {
        Certificate server = certificate("server");
        DockerRegistry.Setup setup =
                DockerRegistry.Setup.plain().withTls(server.certificate, server.key);
        try (DockerRegistry registry = DockerRegistry.start(directory.resolve("r"), setup)) {
            registry.add(IMAGE, "team/app:1", "--dest-tls-verify=false");
            assertPulls(registry, Credentials.ANONYMOUS);
        }
    }

    @Test
    void showsItsClientCertificate() throws Exception {
        Certificate server = certificate("server");
        Certificate client = certificate("client");
        Path oldKey = directory.resolve("client-pkcs1.key");
        DockerRegistry.run(
                List.of(
                        "openssl",
                        "rsa",
                        "-traditional",
                        "-in",
                        client.key.toString(),
                        "-out",
                        oldKey.toString()));
        DockerRegistry.Setup setup =
                DockerRegistry.Setup.plain()
                        .withTls(server.certificate, server.key)
                        .withClientAuthority(client.certificate);
        try (DockerRegistry registry = DockerRegistry.start(directory.resolve("r"), setup)) {
            String common =
                    "server = 'https://%s'\nca = '%s'\n"
                            .formatted(registry.name(), server.certificate);
            for (Path key : List.of(client.key, oldKey)) {
                pull.configure(
                        registry.name(),
                        common + "client = [['%s', '%s']]\n".formatted(client.certificate, key));
                assertThatThrownBy(() -> pull.open(registry.name() + "/team/app:1").resolve())
                        .isInstanceOf(NotFoundException.class);
            }
            pull.configure(registry.name(), common);
            assertThatThrownBy(() -> pull.open(registry.name() + "/team/app:1").resolve())
                    .isInstanceOf(RegistryUnavailableException.class);
        }
    }

    @Test
    void provesItselfWithAPassword() throws Exception {
        DockerRegistry.Setup setup = DockerRegistry.Setup.plain().withPassword();
        try (DockerRegistry registry = DockerRegistry.start(directory.resolve("r"), setup)) {
            registry.add(
                    IMAGE,
                    "team/app:1",
                    "--dest-tls-verify=false",
                    "--dest-creds",
                    DockerRegistry.USER + ":" + DockerRegistry.PASSWORD);
            assertPulls(registry, Credentials.basic(DockerRegistry.USER, DockerRegistry.PASSWORD));
            for (Credentials wrong :
                    List.of(Credentials.ANONYMOUS, Credentials.basic("alice", "nonsense"))) {
                assertThatThrownBy(
                                () -> pull.open(registry.name() + "/team/app:1", wrong).resolve())
                        .isInstanceOf(PermissionDeniedException.class)
                        .hasMessageContaining("status 401: unauthorized: authentication required");
            }
        }
    }

    @Test
    void provesItselfWithTokens() throws Exception {
        Certificate signer = certificate("signer");
        try (TokenServer tokens = TokenServer.start(signer.certificate, signer.key)) {
            DockerRegistry.Setup setup =
                    DockerRegistry.Setup.plain().withTokens(tokens, signer.certificate);
            try (DockerRegistry registry = DockerRegistry.start(directory.resolve("r"), setup)) {
                registry.add(
                        IMAGE,
                        "team/app:1",
                        "--dest-tls-verify=false",
                        "--dest-creds",
                        DockerRegistry.USER + ":" + DockerRegistry.PASSWORD);
                int before = tokens.issued();
                Credentials alice = Credentials.basic(DockerRegistry.USER, DockerRegistry.PASSWORD);
                assertPulls(registry, alice);
                assertPulls(registry, alice);
                assertThat(tokens.issued()).isEqualTo(before + 1);
                assertPulls(
                        registry,
                        new Credentials("", "", TokenServer.REFRESH_TOKEN, "", registry.name()));
                assertThat(tokens.methods()).last().isEqualTo("POST");
                for (Credentials wrong :
                        List.of(Credentials.ANONYMOUS, Credentials.basic("alice", "nonsense"))) {
                    assertThatThrownBy(
                                    () ->
                                            pull.open(registry.name() + "/team/app:1", wrong)
                                                    .resolve())
                            .isInstanceOf(PermissionDeniedException.class)
                            .hasMessageContaining("refused a token with status 401: unauthorized");
                }
            }
        }
    }

    @Test
    void logsInByPasswordAndByToken() throws Exception {
        Credentials alice = Credentials.basic(DockerRegistry.USER, DockerRegistry.PASSWORD);
        Credentials wrong = Credentials.basic(DockerRegistry.USER, "nonsense");
        DockerRegistry.Setup password = DockerRegistry.Setup.plain().withPassword();
        try (DockerRegistry registry = DockerRegistry.start(directory.resolve("p"), password)) {
            assertThat(login(registry, alice)).isEmpty();
            assertThatThrownBy(() -> login(registry, wrong))
                    .isInstanceOf(PermissionDeniedException.class)
                    .hasMessageContaining("denied access to a login with status 401");
        }
        Certificate signer = certificate("signer");
        try (TokenServer tokens = TokenServer.start(signer.certificate, signer.key)) {
            DockerRegistry.Setup setup =
                    DockerRegistry.Setup.plain().withTokens(tokens, signer.certificate);
            try (DockerRegistry registry = DockerRegistry.start(directory.resolve("t"), setup)) {
                String login = DockerRegistry.USER + ":" + DockerRegistry.PASSWORD;
                registry.add(IMAGE, "team/app:1", "--dest-tls-verify=false", "--dest-creds", login);
                String identity = login(registry, alice);
                assertThat(identity).isEqualTo(TokenServer.REFRESH_TOKEN);
                assertPulls(registry, new Credentials("", "", identity, "", registry.name()));
                assertThatThrownBy(() -> login(registry, wrong))
                        .isInstanceOf(PermissionDeniedException.class)
                        .hasMessageContaining("refused a token with status 401");
            }
        }
    }

    private String login(DockerRegistry registry, Credentials credentials) {
        return pull.client.check(registry.name(), credentials, Deadline.never(Clock.SYSTEM));
    }

    @Test
    void nodesConfigFileServesAPullWithoutCredentials() throws Exception {
        DockerRegistry.Setup setup = DockerRegistry.Setup.plain().withPassword();
        try (DockerRegistry registry = DockerRegistry.start(directory.resolve("r"), setup)) {
            String login = DockerRegistry.USER + ":" + DockerRegistry.PASSWORD;
            registry.add(IMAGE, "team/app:1", "--dest-tls-verify=false", "--dest-creds", login);
            String auth =
                    Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
            Path file = directory.resolve("config.json");
            Files.writeString(
                    file,
                    "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(registry.name(), auth));
            pull.close();
            pull =
                    new PullFixture(
                            directory.resolve("certs.d"),
                            TransferLimits.DEFAULT,
                            new DockerConfigFile(file));
            assertPulls(registry, Credentials.ANONYMOUS);
            Files.delete(file);
            assertThatThrownBy(() -> pull.open(registry.name() + "/team/app:1").resolve())
                    .isInstanceOf(PermissionDeniedException.class);
        }
    }

    @Test
    void largeBlobsComeInRanges() throws Exception {
        try (DockerRegistry registry = startPlain()) {
            pull.close();
            pull =
                    new PullFixture(
                            directory.resolve("certs.d"),
                            new TransferLimits(4, 3, 1_000_000, 200_000),
                            NodeCredentials.NONE);
            AtomicLong looks = new AtomicLong();
            pull.clock.nanos(() -> looks.incrementAndGet() / 2 * 1000);
            assertPulls(registry, Credentials.ANONYMOUS);
        }
    }

    private DockerRegistry startPlain() throws Exception {
        DockerRegistry registry =
                DockerRegistry.start(directory.resolve("r"), DockerRegistry.Setup.plain());
        registry.add(IMAGE, "team/app:1", "--dest-tls-verify=false");
        return registry;
    }

    private void assertPulls(DockerRegistry registry, Credentials credentials) {
        Fetcher fetcher = pull.open(registry.name() + "/team/app:1", credentials);
        ResolvedManifest resolved = fetcher.resolve();
        assertThat(resolved.descriptor()).isEqualTo(IMAGE.manifestDescriptor());
        assertThat(fetcher.fetchManifest(resolved.descriptor())).isEqualTo(IMAGE.manifest());
        assertThat(fetcher.fetchBlob(IMAGE.configDescriptor(), 1000)).isEqualTo(IMAGE.config());
        assertThat(fetcher.fetchBlob(IMAGE.layerDescriptor(), 3_000_000)).isEqualTo(IMAGE.layer());
    }

    private record Certificate(Path certificate, Path key) {}

    /** A certificate that vouches for itself, for the loopback address. */
    private Certificate certificate(String name) throws Exception {
        Path certificate = directory.resolve(name + ".crt");
        Path key = directory.resolve(name + ".key");
        DockerRegistry.run(
                List.of(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=" + name,
                        "-addext",
                        "subjectAltName=IP:127.0.0.1",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString()));
        assertThat(Files.size(key)).isPositive();
        return new Certificate(certificate, key);
    }
}
