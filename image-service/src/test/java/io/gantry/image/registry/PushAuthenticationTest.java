package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.PermissionDeniedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PushAuthenticationTest {

    private static final byte[] BYTES = "a blob".getBytes(StandardCharsets.UTF_8);
    private static final Credentials ALICE = Credentials.basic("alice", "wonderland");
    private static final String ALICE_HEADER = Authorizer.basic(ALICE).orElseThrow();

    @TempDir private Path certs;
    private FakeRegistry registry;
    private PullFixture client;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start();
        client = new PullFixture(certs);
        client.serve(registry);
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
    }

    private Pusher pusher(Credentials credentials) {
        return client.push(registry.name() + "/team/app:1", credentials);
    }

    private List<String> tokenQueries() {
        return registry.seen(s -> s.uri().startsWith("/token")).stream()
                .map(s -> s.uri().replaceFirst(".*?&", ""))
                .toList();
    }

    @Test
    void oneTokenServesAllOfAPush() {
        FakeRealm.protect(registry, registry, ALICE_HEADER);
        Pusher pusher = pusher(ALICE);
        FakeImage image = FakeImage.ofSize(10);
        pusher.hasManifest(image.manifestDescriptor());
        pusher.pushBlob(new FakeBlob(BYTES));
        pusher.pushManifest(image.manifestDescriptor(), image.manifest(), "1");
        assertThat(tokenQueries()).containsExactly("scope=repository%3Ateam%2Fapp%3Apull%2Cpush");
        assertThat(registry.uploads().open()).isZero();
    }

    @Test
    void aMountAsksForItsSourceTooAndLeavesTheOtherTokenAlone() {
        FakeRealm realm = FakeRealm.protect(registry, registry, ALICE_HEADER);
        realm.acceptAll();
        registry.uploads().add("team/base", BYTES);
        assertThat(pusher(ALICE).pushBlob(new FakeBlob(BYTES, "team/base")))
                .isEqualTo(new BlobOutcome.Mounted("team/base"));
        assertThat(tokenQueries())
                .containsExactly(
                        "scope=repository%3Ateam%2Fapp%3Apull%2Cpush",
                        "scope=repository%3Ateam%2Fapp%3Apull%2Cpush"
                                + "&scope=repository%3Ateam%2Fbase%3Apull");
    }

    @Test
    void aTokenThatRunsOutWithinAPushIsRenewed() {
        FakeRealm realm = FakeRealm.protect(registry, registry, ALICE_HEADER);
        registry.fail(
                1,
                s -> s.method().equals("POST"),
                exchange -> {
                    realm.revoke();
                    realm.challenge(exchange);
                });
        FakeBlob blob = new FakeBlob(BYTES);
        assertThat(pusher(ALICE).pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(realm.issued()).isEqualTo(2);
    }

    @Test
    void aTokenIsRenewedBetweenThePiecesOfALongUpload() {
        FakeRealm realm = FakeRealm.protect(registry, registry, ALICE_HEADER);
        registry.fail(
                3,
                s -> {
                    // Each piece takes longer than a token holds.
                    if (s.method().equals("PATCH")) {
                        client.clock.advance(Duration.ofMinutes(5));
                    }
                    return false;
                },
                FakeRegistry.status(500, ""));
        byte[] bytes = new byte[3 * PullFixture.CHUNK_BYTES];
        FakeBlob blob = new FakeBlob(bytes);
        assertThat(pusher(ALICE).pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(realm.issued()).isEqualTo(4);
        assertThat(registry.seen(s -> s.method().equals("PATCH")))
                .extracting(FakeRegistry.Seen::authorization)
                .containsExactly("Bearer token-1", "Bearer token-2", "Bearer token-3");
    }

    @Test
    void bytesThatWereRefusedForTheirTokenAreSentAgain() {
        FakeRealm realm = FakeRealm.protect(registry, registry, ALICE_HEADER);
        registry.fail(
                1,
                s -> s.method().equals("PUT"),
                exchange -> {
                    realm.revoke();
                    exchange.getRequestBody().readAllBytes();
                    realm.challenge(exchange);
                });
        FakeBlob blob = new FakeBlob(BYTES);
        assertThat(pusher(ALICE).pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.uploads().find("team/app", blob.digest().toString())).contains(BYTES);
    }

    @Test
    void aRealmThatRefusesTheMountsSourceLeavesAnOrdinaryUpload() {
        FakeRealm realm = FakeRealm.protect(registry, registry, ALICE_HEADER);
        realm.acceptAll();
        registry.fail(
                1,
                s -> s.uri().startsWith("/token") && s.uri().contains("secret"),
                FakeRegistry.status(403, "{\"details\":\"not that one\"}"));
        FakeBlob blob = new FakeBlob(BYTES, "secret/base");
        assertThat(pusher(ALICE).pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.uploads().find("team/app", blob.digest().toString())).contains(BYTES);
    }

    @Test
    void whoMayNotPushIsToldInTheRegistrysWords() {
        FakeRealm.protect(registry, registry, ALICE_HEADER);
        assertThatThrownBy(() -> pusher(Credentials.ANONYMOUS).pushBlob(new FakeBlob(BYTES)))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageEndingWith(
                        "refused a token with status 401: incorrect username or password");
    }
}
