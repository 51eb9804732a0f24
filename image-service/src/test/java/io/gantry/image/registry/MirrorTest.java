package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorTest {

    private static final FakeImage IMAGE = FakeImage.ofSize(100);
    private static final String REFERENCE = "registry.example/team/app:1";

    @TempDir private Path certs;
    private FakeRegistry origin;
    private FakeRegistry mirror;
    private PullFixture pull;

    @BeforeEach
    void start() throws Exception {
        origin = FakeRegistry.start().with("team/app", "1", IMAGE);
        mirror = FakeRegistry.start();
        pull = new PullFixture(certs);
        pull.configure(
                "registry.example",
                """
                server = '%s'
                [host.'%s']
                  [host.'%s'.header]
                    x-mirror = 'yes'
                """
                        .formatted(origin.url(), mirror.url(), mirror.url()));
    }

    @AfterEach
    void stop() {
        pull.close();
        origin.close();
        mirror.close();
    }

    @Test
    void mirrorIsAskedFirstAndToldTheRegistry() {
        mirror.with("team/app", "1", IMAGE);
        ResolvedManifest resolved = pullAll(Credentials.ANONYMOUS);
        assertThat(resolved.host()).isEqualTo(mirror.name());
        assertThat(mirror.seen()).allMatch(s -> s.uri().endsWith("?ns=registry.example"));
        assertThat(mirror.seen()).allMatch(s -> s.header("X-mirror").equals("yes"));
        assertThat(origin.seen()).isEmpty();
    }

    @Test
    void registryIsAskedWhenTheMirrorHasNothing() {
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(origin.name());
        assertThat(origin.seen()).allMatch(s -> s.header("X-mirror").isEmpty());
    }

    @Test
    void registryIsAskedWhenTheMirrorFails() {
        mirror.with("team/app", "1", IMAGE);
        mirror.fail(99, s -> true, FakeRegistry.status(500, "broken"));
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(origin.name());
    }

    @Test
    void mirrorThatIsDownIsTriedOncePerPull() {
        mirror.close();
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(origin.name());
    }

    @Test
    void mirrorThatFailedIsAskedLastForMinutesByAllPulls() {
        mirror.with("team/app", "1", IMAGE);
        mirror.fail(2, s -> true, FakeRegistry.status(500, "broken"));
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(origin.name());
        // One that another can stand in for is not asked five times.
        assertThat(mirror.seen()).hasSize(2);
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(origin.name());
        assertThat(mirror.seen()).hasSize(2);
        pull.clock.advance(HostHealth.MEMORY);
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(mirror.name());
    }

    @Test
    void mirrorThatFailedIsStillAskedWhenNobodyElseAnswers() {
        mirror.with("team/app", "1", IMAGE);
        mirror.fail(2, s -> true, FakeRegistry.status(500, "broken"));
        pullAll(Credentials.ANONYMOUS);
        origin.close();
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(mirror.name());
    }

    @Test
    void mirrorIsShownTheCredentialsThatTheNodeHasForIt() throws Exception {
        mirror.with("team/app", "1", IMAGE);
        mirror.guard(
                exchange -> {
                    String shown = FakeRegistry.header(exchange, "Authorization").orElse("");
                    if (shown.startsWith("Basic ")) {
                        return true;
                    }
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=x");
                    FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "who are you");
                    return false;
                });
        Credentials robot = Credentials.basic("robot", "r");
        pull.close();
        pull =
                new PullFixture(
                        certs,
                        TransferLimits.DEFAULT,
                        new ConfiguredCredentials(
                                Map.of(
                                        mirror.name(),
                                        robot,
                                        "registry.example",
                                        Credentials.basic("origin", "o"))));
        ResolvedManifest resolved = pullAll(Credentials.basic("alice", "a"));
        assertThat(resolved.host()).isEqualTo(mirror.name());
        String header = Authorizer.basic(robot).orElseThrow();
        assertThat(mirror.seen().stream().skip(1))
                .isNotEmpty()
                .allMatch(s -> s.authorization().equals(header));
    }

    @Test
    void mirrorThatSendsOtherBytesIsReplaced() {
        mirror.with("team/app", "1", IMAGE);
        mirror.fail(
                9,
                s -> s.uri().contains("/blobs/"),
                e -> FakeRegistry.answer(e, 200, new byte[IMAGE.layer().length]));
        // Reads the layer, and has the registry's bytes in the end.
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(mirror.name());
        assertThat(origin.seen()).hasSize(1);
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(origin.name());
    }

    @Test
    void wrongBytesOfTheRegistryItselfAreFinal() throws Exception {
        Fetcher fetcher = pull.open(REFERENCE);
        try (InputStream layer =
                fetcher.openBlobFrom(IMAGE.layerDescriptor(), 0, BlobProgress.NONE)) {
            assertThat(layer.readAllBytes()).hasSize(100);
        }
        assertThat(fetcher.distrust(IMAGE.layerDescriptor())).isFalse();
    }

    @Test
    void mirrorThatLosesABlobMidwayIsReplaced() {
        // Large enough that the client has read the beginning before it learns of the end.
        FakeImage large = FakeImage.ofSize(2_000_000);
        mirror.fail(
                1,
                s -> s.uri().contains("/blobs/"),
                FakeRegistry.dropAfter(1_500_000, large.layer()));
        origin.addBlob(large.layer());
        Fetcher fetcher = pull.open(REFERENCE);
        assertThat(fetcher.fetchBlob(large.layerDescriptor(), 2_000_000)).isEqualTo(large.layer());
        assertThat(origin.seen())
                .extracting(s -> s.header("Range"))
                .containsExactly("bytes=1500000-");
    }

    @Test
    void credentialsOfTheRegistryAreNotShownToAMirror() {
        mirror.with("team/app", "1", IMAGE);
        mirror.guard(
                exchange -> {
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=x");
                    FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "who are you");
                    return false;
                });
        ResolvedManifest resolved = pullAll(new Credentials("alice", "secret", "", "token", ""));
        assertThat(resolved.host()).isEqualTo(origin.name());
        assertThat(mirror.seen()).isNotEmpty().allMatch(s -> s.authorization().isEmpty());
        assertThat(origin.seen()).allMatch(s -> s.authorization().equals("Bearer token"));
    }

    @Test
    void registryHasTheLastWord() {
        assertThatThrownBy(() -> pull.open("registry.example/team/app:2").resolve())
                .isInstanceOf(NotFoundException.class)
                .hasMessage(
                        "image registry.example/team/app:2 not found in registry " + origin.name())
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void hostIsAskedOnlyForWhatItIsCapableOf() throws Exception {
        mirror.with("team/app", "1", IMAGE);
        pull.configure(
                "registry.example",
                "server = '%s'\n[host.'%s']\ncapabilities = ['pull']\n"
                        .formatted(origin.url(), mirror.url()));
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(origin.name());
        assertThat(origin.seen()).extracting(FakeRegistry.Seen::method).containsExactly("HEAD");
        assertThat(mirror.seen()).extracting(FakeRegistry.Seen::method).containsOnly("GET");
    }

    @Test
    void noCapableHostIsAnErrorOfTheConfiguration() throws Exception {
        pull.configure(
                "registry.example",
                "server = '%s'\ncapabilities = ['push']\n".formatted(origin.url()));
        assertThatThrownBy(() -> pull.open(REFERENCE).resolve())
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        "no host of registry registry.example has the capability RESOLVE in"
                                + " hosts.toml");
    }

    @Test
    void pathMayBeOverridden() throws Exception {
        mirror.with("cache/team/app", "1", IMAGE);
        pull.configure(
                "registry.example",
                "server = '%s'\n[host.'%s/v2/cache']\noverride_path = true\n"
                        .formatted(origin.url(), mirror.url()));
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(mirror.name());
    }

    @Test
    void changedConfigurationCountsFromTheNextPull() throws Exception {
        pullAll(Credentials.ANONYMOUS);
        mirror.with("team/app", "1", IMAGE);
        pull.configure("registry.example", "server = '" + mirror.url() + "'");
        assertThat(pullAll(Credentials.ANONYMOUS).host()).isEqualTo(mirror.name());
    }

    private ResolvedManifest pullAll(Credentials credentials) {
        Fetcher fetcher = pull.open(REFERENCE, credentials);
        ResolvedManifest resolved = fetcher.resolve();
        fetcher.fetchManifest(resolved.descriptor());
        assertThat(fetcher.fetchBlob(IMAGE.layerDescriptor(), 1000)).isEqualTo(IMAGE.layer());
        return resolved;
    }
}
