package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.image.content.Digest;
import io.gantry.image.reference.ImageReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PushFaultTest {

    private static final byte[] SMALL = "a small blob".getBytes(StandardCharsets.UTF_8);
    private static final byte[] LARGE = PushTest.random(2_500_000);

    @TempDir private Path certs;
    private FakeRegistry registry;
    private PullFixture client;
    private final CountDownLatch released = new CountDownLatch(1);

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start();
        client = new PullFixture(certs);
        client.serve(registry);
    }

    @AfterEach
    void stop() {
        released.countDown();
        client.close();
        registry.close();
    }

    private BlobOutcome push(FakeBlob blob) {
        return client.push(registry.name() + "/app:1").pushBlob(blob);
    }

    private void assertArrived(FakeBlob blob, byte[] bytes) {
        assertThat(registry.uploads().find("app", blob.digest().toString())).contains(bytes);
        assertThat(registry.uploads().open()).as("uploads left open").isZero();
    }

    private List<String> ranges() {
        return registry.seen(PushFaultTest::isPatch).stream()
                .map(s -> s.header("Content-range"))
                .toList();
    }

    private static boolean isPatch(FakeRegistry.Seen seen) {
        return seen.method().equals("PATCH");
    }

    private static boolean isPut(FakeRegistry.Seen seen) {
        return seen.method().equals("PUT");
    }

    private static boolean isSecondPatch(FakeRegistry.Seen seen) {
        return isPatch(seen) && seen.header("Content-range").startsWith("1000000-");
    }

    @Test
    void aConnectionThatIsCutWithinAPieceIsTakenUpWhereTheRegistryIs() {
        registry.fail(1, PushFaultTest::isSecondPatch, registry.uploads().cutAfter(300_000));
        FakeBlob blob = new FakeBlob(LARGE);
        assertThat(push(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertArrived(blob, LARGE);
        assertThat(ranges())
                .containsExactly(
                        "0-999999", "1000000-1999999", "1300000-2299999", "2300000-2499999");
        assertThat(blob.sent()).contains(1_300_000L).endsWith(2_500_000L);
    }

    @Test
    void aConnectionThatIsCutAtItsVeryBeginningStartsAtZero() {
        registry.fail(1, PushFaultTest::isPatch, registry.uploads().cutAfter(0));
        FakeBlob blob = new FakeBlob(LARGE);
        push(blob);
        assertArrived(blob, LARGE);
        assertThat(ranges()).startsWith("0-999999", "0-999999");
    }

    @Test
    void aPieceOutOfOrderLeadsToWhatTheRegistrySaysItHas() {
        registry.fail(
                1,
                PushFaultTest::isSecondPatch,
                FakeRegistry.status(416, "{\"errors\":[{\"code\":\"BLOB_UPLOAD_INVALID\"}]}"));
        FakeBlob blob = new FakeBlob(LARGE);
        push(blob);
        assertArrived(blob, LARGE);
        assertThat(ranges())
                .containsExactly(
                        "0-999999", "1000000-1999999", "1000000-1999999", "2000000-2499999");
        assertThat(registry.seen(s -> s.method().equals("GET"))).hasSize(1);
    }

    @Test
    void aConnectionThatIsCutAtEveryTurnIsGivenUpAndSoIsTheUpload() {
        registry.fail(99, PushFaultTest::isPatch, registry.uploads().cutAfter(0));
        assertThatThrownBy(() -> push(new FakeBlob(LARGE)))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageStartingWith(
                        "registry "
                                + registry.name()
                                + " is unavailable for blob "
                                + Digest.sha256(LARGE)
                                + " of "
                                + registry.name()
                                + "/app: ");
        assertThat(registry.seen(PushFaultTest::isPatch)).hasSize(PullFixture.POLICY.attempts());
        assertThat(registry.seen().getLast().method()).isEqualTo("DELETE");
        assertThat(registry.uploads().open()).isZero();
    }

    @Test
    void aForgottenUploadIsBegunAgain() {
        registry.fail(
                1,
                PushFaultTest::isSecondPatch,
                FakeRegistry.status(404, "{\"errors\":[{\"code\":\"BLOB_UPLOAD_UNKNOWN\"}]}"));
        FakeBlob blob = new FakeBlob(LARGE);
        push(blob);
        assertArrived(blob, LARGE);
        assertThat(registry.seen(s -> s.method().equals("POST"))).hasSize(2);
        assertThat(blob.sent()).contains(0L);
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 405, 501})
    void aRegistryThatTakesNoPiecesGetsBlobsWhole(int status) {
        registry.fail(99, PushFaultTest::isPatch, FakeRegistry.status(status, "no pieces"));
        Pusher pusher = client.push(registry.name() + "/app:1");
        FakeBlob one = new FakeBlob(LARGE);
        FakeBlob two = new FakeBlob(PushTest.random(1_500_000));
        pusher.pushBlob(one);
        pusher.pushBlob(two);
        assertArrived(one, LARGE);
        // Once refused, pieces are not tried again.
        assertThat(registry.seen(PushFaultTest::isPatch)).hasSize(1);
        assertThat(registry.seen(PushFaultTest::isPut)).hasSize(2);
    }

    @Test
    void tooLargeAPieceIsCutIntoSmallerOnes() throws Exception {
        try (RegistryClient coarse =
                new RegistryClient(
                        RegistryClient.Settings.of(List.of(certs), PullFixture.POLICY),
                        client.clock,
                        16 * 1024 * 1024)) {
            byte[] bytes = PushTest.random(17 * 1024 * 1024);
            registry.fail(1, PushFaultTest::isPatch, FakeRegistry.status(413, "too large"));
            FakeBlob blob = new FakeBlob(bytes);
            coarse.openPush(
                            ImageReference.parse(registry.name() + "/app:1"),
                            Credentials.ANONYMOUS,
                            Deadline.never(Clock.SYSTEM))
                    .pushBlob(blob);
            assertArrived(blob, bytes);
            assertThat(ranges()).startsWith("0-16777215", "0-4194303", "4194304-8388607");
        }
    }

    @Test
    void aRegistryThatWantsToBeLeftAloneIsLeftAlone() {
        registry.fail(
                1,
                PushFaultTest::isPut,
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.getResponseHeaders().set("Retry-After", "7");
                    FakeRegistry.error(exchange, 429, "TOOMANYREQUESTS", "slow down");
                });
        FakeBlob blob = new FakeBlob(SMALL);
        push(blob);
        assertArrived(blob, SMALL);
        assertThat(client.clock.sleeps()).containsExactly(Duration.ofSeconds(7));
    }

    @Test
    void aRegistryThatWantsToBeLeftAloneWithinABlobIsAskedHowFarItHasCome() {
        registry.fail(
                1,
                PushFaultTest::isSecondPatch,
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.getResponseHeaders().set("Retry-After", "5");
                    FakeRegistry.error(exchange, 503, "UNAVAILABLE", "busy");
                });
        FakeBlob blob = new FakeBlob(LARGE);
        push(blob);
        assertArrived(blob, LARGE);
        assertThat(client.clock.sleeps()).containsExactly(Duration.ofSeconds(5));
        assertThat(registry.seen(s -> s.method().equals("POST"))).hasSize(1);
    }

    @Test
    void aLostAnswerIsNotSentAgainWhenTheBlobIsThere() {
        FakeBlob blob = new FakeBlob(SMALL);
        registry.fail(
                1,
                PushFaultTest::isPut,
                exchange -> {
                    registry.uploads().add("app", exchange.getRequestBody().readAllBytes());
                    exchange.close();
                });
        assertThat(push(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.seen(PushFaultTest::isPut)).hasSize(1);
        assertThat(registry.seen().getLast().method()).isEqualTo("HEAD");
    }

    @Test
    void damagedBytesAreDataLossInTheRegistrysWords() {
        assertThatThrownBy(() -> push(FakeBlob.damaged(SMALL)))
                .isInstanceOf(DataLossException.class)
                .hasMessageEndingWith("status 400: digest_invalid: these are other bytes");
        assertThat(registry.seen(PushFaultTest::isPut)).hasSize(1);
    }

    @Test
    void aBlobThatIsStoredAsAnotherIsDataLoss() {
        registry.fail(
                1,
                PushFaultTest::isPut,
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    String other = Digest.sha256(LARGE).toString();
                    exchange.getResponseHeaders().set("Docker-Content-Digest", other);
                    FakeRegistry.answer(exchange, 201, new byte[0]);
                });
        assertThatThrownBy(() -> push(new FakeBlob(SMALL)))
                .isInstanceOf(DataLossException.class)
                .hasMessage(
                        "registry %s stored blob %s of %s/app as %s",
                        registry.name(),
                        Digest.sha256(SMALL),
                        registry.name(),
                        Digest.sha256(LARGE));
    }

    @Test
    void aRegistryThatStopsReadingIsGivenUp() {
        byte[] bytes = PushTest.random(60_000_000);
        registry.fail(99, PushFaultTest::isPut, exchange -> await());
        try (RegistryClient whole =
                new RegistryClient(
                        RegistryClient.Settings.of(
                                List.of(certs),
                                new RetryPolicy(
                                        1,
                                        Duration.ZERO,
                                        Duration.ZERO,
                                        Duration.ofSeconds(20),
                                        Duration.ofMillis(200))),
                        client.clock,
                        Integer.MAX_VALUE)) {
            Pusher pusher =
                    whole.openPush(
                            ImageReference.parse(registry.name() + "/app:1"),
                            Credentials.ANONYMOUS,
                            Deadline.never(Clock.SYSTEM));
            assertThatThrownBy(() -> pusher.pushBlob(new FakeBlob(bytes)))
                    .isInstanceOf(RegistryUnavailableException.class)
                    .hasMessageContaining("no bytes taken for 0 seconds");
        }
        assertThat(registry.uploads().open()).isZero();
    }

    @Test
    void anInterruptedPushGivesItsUploadUp() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        registry.fail(
                1,
                PushFaultTest::isPatch,
                exchange -> {
                    reached.countDown();
                    await();
                });
        CompletableFuture<ServiceException> failure = new CompletableFuture<>();
        Thread pushing =
                Tasks.start(
                        "push",
                        () -> {
                            try {
                                push(new FakeBlob(LARGE));
                                failure.complete(null);
                            } catch (ServiceException e) {
                                failure.complete(e);
                            }
                        });
        assertThat(reached.await(120, TimeUnit.SECONDS)).isTrue();
        pushing.interrupt();
        assertThat(failure.get(120, TimeUnit.SECONDS)).isInstanceOf(CancelledException.class);
        assertThat(registry.seen().getLast().method()).isEqualTo("DELETE");
        assertThat(registry.uploads().open()).isZero();
    }

    @Test
    void aPushWhoseTimeIsOverGivesItsUploadUp() {
        // What a first push needs is loaded then, so that the next has time to reach the registry.
        push(new FakeBlob(SMALL));
        registry.fail(1, PushFaultTest::isPatch, exchange -> await());
        Pusher pusher =
                client.client.openPush(
                        ImageReference.parse(registry.name() + "/app:1"),
                        Credentials.ANONYMOUS,
                        Deadline.after(Duration.ofSeconds(3), Clock.SYSTEM));
        assertThatThrownBy(() -> pusher.pushBlob(new FakeBlob(LARGE)))
                .isInstanceOf(DeadlineExceededException.class);
        assertThat(registry.seen().getLast().method()).isEqualTo("DELETE");
        assertThat(registry.uploads().open()).isZero();
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(403, "DENIED", PermissionDeniedException.class),
                Arguments.of(401, "UNAUTHORIZED", PermissionDeniedException.class),
                Arguments.of(405, "UNSUPPORTED", UnimplementedException.class),
                Arguments.of(400, "UNSUPPORTED", UnimplementedException.class),
                Arguments.of(404, "NAME_UNKNOWN", NotFoundException.class),
                Arguments.of(400, "NAME_INVALID", InvalidArgumentException.class),
                Arguments.of(413, "SIZE_INVALID", ResourceExhaustedException.class),
                Arguments.of(429, "TOOMANYREQUESTS", RegistryUnavailableException.class));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aRefusalHasItsCategoryAndTheRegistrysOwnWords(
            int status, String code, Class<? extends ServiceException> category) {
        String body = "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"not for you, sir\"}]}";
        registry.fail(99, s -> s.method().equals("POST"), FakeRegistry.status(status, body));
        assertThatThrownBy(() -> push(new FakeBlob(SMALL)))
                .isInstanceOf(category)
                .hasMessageContaining(registry.name())
                .hasMessageEndingWith(
                        "status "
                                + status
                                + ": "
                                + code.toLowerCase(java.util.Locale.ROOT)
                                + ": not for you, sir");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "http://", "ftp://127.0.0.1/x", "/v2/a b", "//"})
    void aLocationThatLeadsNowhereIsRefused(String location) {
        registry.fail(
                99,
                s -> s.method().equals("POST"),
                exchange -> {
                    exchange.getResponseHeaders().set("Location", location);
                    FakeRegistry.answer(exchange, 202, new byte[0]);
                });
        assertThatThrownBy(() -> push(new FakeBlob(SMALL)))
                .hasMessageContaining("as where to send an upload, which is refused");
    }

    @Test
    void aRedirectThatForgetsTheBytesIsRefused() {
        registry.fail(
                99,
                PushFaultTest::isPut,
                exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    exchange.getResponseHeaders().set("Location", "/elsewhere");
                    FakeRegistry.answer(exchange, 302, new byte[0]);
                });
        assertThatThrownBy(() -> push(new FakeBlob(SMALL)))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("redirects what was sent to it as if nothing had been");
    }

    @Test
    void aRedirectThatKeepsTheBytesIsFollowed() throws Exception {
        try (FakeRegistry store = FakeRegistry.start()) {
            registry.fail(1, PushFaultTest::isPut, FakeRegistry.redirect(store.url() + "/put"));
            store.fail(1, PushFaultTest::isPut, FakeRegistry.status(201, ""));
            assertThat(push(new FakeBlob(SMALL))).isEqualTo(new BlobOutcome.Uploaded());
            assertThat(store.seen()).hasSize(1);
        }
    }

    private void await() {
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
