package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultTest {

    private static final int SIZE = 3_000_000;
    private static final FakeImage IMAGE = FakeImage.ofSize(SIZE);
    private static final Descriptor LAYER = IMAGE.layerDescriptor();

    @TempDir private Path certs;
    private FakeRegistry registry;
    private PullFixture pull;
    private Fetcher fetcher;
    private final CountDownLatch released = new CountDownLatch(1);

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start().with("app", "1", IMAGE);
        pull = new PullFixture(certs);
        pull.serve(registry);
        fetcher = pull.open(registry.name() + "/app:1");
    }

    @AfterEach
    void stop() {
        released.countDown();
        pull.close();
        registry.close();
    }

    @Test
    void lostConnectionIsTakenUpWhereItBroke() throws Exception {
        registry.fail(1, this::isBlob, FakeRegistry.dropAfter(1_000_000, IMAGE.layer()));
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        assertThat(registry.seen(this::isBlob))
                .extracting(s -> s.header("Range"))
                .containsExactly("", "bytes=1000000-");
    }

    @Test
    void registryWithoutRangesIsReadAgainFromTheStart() throws Exception {
        registry.withoutRanges();
        registry.fail(1, this::isBlob, FakeRegistry.dropAfter(1_000_000, IMAGE.layer()));
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
    }

    @Test
    void registryThatRefusesRangesIsReadAgainFromTheStart() throws Exception {
        registry.fail(1, this::isBlob, FakeRegistry.dropAfter(1_000_000, IMAGE.layer()));
        registry.fail(1, s -> !s.header("Range").isEmpty(), FakeRegistry.status(416, ""));
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
    }

    @Test
    void registryThatCutsEveryConnectionStillSendsItsBytesOnce() throws Exception {
        AtomicLong sent = new AtomicLong();
        registry.fail(
                99,
                this::isBlob,
                exchange -> sent.addAndGet(sendPart(exchange, SIZE / 2 - 100_000)));
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        assertThat(registry.seen(this::isBlob)).hasSize(3);
        assertThat(sent.get()).isLessThan(SIZE + SIZE / 10);
    }

    /** Answers a range, but hangs up after some bytes. */
    private static int sendPart(HttpExchange exchange, int most) throws IOException {
        String range = FakeRegistry.header(exchange, "Range").orElse("bytes=0-");
        int from = Integer.parseInt(range.replaceAll("[^0-9]", ""));
        exchange.getResponseHeaders()
                .set("Content-Range", "bytes " + from + "-" + (SIZE - 1) + "/" + SIZE);
        exchange.sendResponseHeaders(206, SIZE - from);
        int count = Math.min(most, SIZE - from);
        exchange.getResponseBody().write(IMAGE.layer(), from, count);
        exchange.getResponseBody().flush();
        exchange.close();
        return count;
    }

    @Test
    void connectionThatIsLostAtEveryTurnIsGivenUp() {
        registry.fail(99, this::isBlob, FakeRegistry.dropAfter(0, IMAGE.layer()));
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageStartingWith(
                        "blob " + LAYER.digest() + " ended after 0 of 3000000 bytes: ");
        // The JDK's client may send again by itself what a pooled connection lost, five times at
        // most.
        int attempts = PullFixture.POLICY.attempts();
        assertThat(registry.seen(this::isBlob)).hasSizeBetween(attempts, 5 * attempts);
    }

    @Test
    void anotherRangeThanAskedForIsRefused() {
        registry.fail(1, this::isBlob, FakeRegistry.dropAfter(1_000_000, IMAGE.layer()));
        registry.fail(
                9,
                this::isBlob,
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Range", "bytes 0-2999999/3000000");
                    FakeRegistry.answer(exchange, 206, IMAGE.layer());
                });
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("sent range \"bytes 0-2999999/3000000\" of blob")
                .hasMessageContaining("where bytes 1000000- of 3000000 were asked for");
    }

    @Test
    void shortBlobIsDataLoss() {
        byte[] half = new byte[SIZE / 2];
        registry.fail(
                99,
                this::isBlob,
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(half);
                    exchange.close();
                });
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("bytes");
    }

    @Test
    void lengthThatContradictsTheDescriptorIsRefusedUnread() {
        registry.fail(1, this::isBlob, e -> FakeRegistry.answer(e, 200, new byte[10]));
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("has 10 bytes in registry")
                .hasMessageContaining("where its descriptor says 3000000");
    }

    @Test
    void longBlobIsDataLoss() {
        registry.fail(
                1,
                this::isBlob,
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(IMAGE.layer());
                    exchange.getResponseBody().write(1);
                    exchange.close();
                });
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("is longer than the 3000000 bytes");
    }

    @Test
    void wrongBytesAreDataLossNamingBothDigests() {
        byte[] wrong = IMAGE.layer().clone();
        wrong[SIZE / 2]++;
        registry.fail(1, this::isBlob, e -> FakeRegistry.answer(e, 200, wrong));
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(DataLossException.class)
                .hasMessage(
                        "blob has digest "
                                + Digest.sha256(wrong)
                                + " where "
                                + LAYER.digest()
                                + " was expected");
    }

    @Test
    void sha512IsVerifiedToo() throws Exception {
        Digest digest = Digest.of(Digest.Algorithm.SHA512, IMAGE.layer());
        registry.fail(2, this::isBlob, e -> FakeRegistry.answer(e, 200, IMAGE.layer()));
        Descriptor right = new Descriptor(MediaType.OCI_LAYER, digest, SIZE);
        try (InputStream in = fetcher.openBlob(right, BlobProgress.NONE)) {
            assertThat(in.readAllBytes()).hasSize(SIZE);
        }
        Digest other = Digest.of(Digest.Algorithm.SHA512, new byte[0]);
        Descriptor wrong = new Descriptor(MediaType.OCI_LAYER, other, SIZE);
        assertThatThrownBy(() -> fetcher.fetchBlob(wrong, SIZE))
                .isInstanceOf(DataLossException.class);
    }

    @Test
    void silentPeerIsGivenUpAndResumed() throws Exception {
        RetryPolicy impatient =
                new RetryPolicy(
                        3,
                        Duration.ofMillis(100),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(2));
        pull.close();
        pull = new PullFixture(certs, impatient);
        fetcher = pull.open(registry.name() + "/app:1");
        registry.fail(
                1,
                this::isBlob,
                exchange -> {
                    exchange.sendResponseHeaders(200, SIZE);
                    exchange.getResponseBody().write(IMAGE.layer(), 0, 1000);
                    exchange.getResponseBody().flush();
                    hang();
                    exchange.close();
                });
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
    }

    @Test
    void brokenManifestIsAskedForAgain() {
        registry.fail(
                1,
                s -> s.method().equals("GET"),
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", MediaType.OCI_MANIFEST);
                    FakeRegistry.dropAfter(5, IMAGE.manifest()).handle(exchange);
                });
        assertThat(fetcher.fetchManifest(IMAGE.manifestDescriptor())).isEqualTo(IMAGE.manifest());
    }

    @Test
    void overloadIsWaitedOutWithGrowingPatience() {
        registry.fail(2, s -> true, FakeRegistry.status(503, "busy"));
        assertThat(fetcher.resolve().descriptor()).isEqualTo(IMAGE.manifestDescriptor());
        assertThat(pull.clock.sleeps())
                .containsExactly(Duration.ofMillis(100), Duration.ofMillis(200));
    }

    @Test
    void retryAfterIsHonouredUpToALimit() {
        registry.fail(1, s -> true, tooMany("3"));
        registry.fail(1, s -> true, tooMany("86400"));
        fetcher.resolve();
        assertThat(pull.clock.sleeps())
                .containsExactly(Duration.ofSeconds(3), Duration.ofSeconds(10));
    }

    @Test
    void retryAfterMayBeADate() {
        registry.fail(1, s -> true, tooMany("Thu, 01 Jan 2026 00:00:07 GMT"));
        registry.fail(1, s -> true, tooMany("tomorrow"));
        fetcher.resolve();
        assertThat(pull.clock.sleeps())
                .containsExactly(Duration.ofSeconds(7), Duration.ofMillis(200));
    }

    @Test
    void limitThatLastsIsUnavailable() {
        registry.fail(99, s -> true, tooMany("1"));
        assertThatThrownBy(() -> fetcher.fetchManifest(IMAGE.manifestDescriptor()))
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessageEndingWith("with status 429: You have reached your pull rate limit");
        assertThat(registry.seen()).hasSize(PullFixture.POLICY.attempts());
    }

    @Test
    void closedPortIsUnavailableAtOnce() {
        registry.close();
        assertThatThrownBy(() -> fetcher.resolve())
                .isInstanceOf(RegistryUnavailableException.class)
                .hasMessage(
                        "registry "
                                + registry.name()
                                + " is unavailable for image "
                                + registry.name()
                                + "/app:1: connection refused");
        assertThat(pull.clock.sleeps()).isEmpty();
    }

    @Test
    void redirectsAreFollowed() throws Exception {
        try (FakeRegistry cdn = FakeRegistry.start()) {
            cdn.fail(
                    9, s -> s.pathEnds("/signed"), e -> FakeRegistry.answer(e, 200, IMAGE.layer()));
            registry.fail(1, this::isBlob, FakeRegistry.redirect("/v2/hop"));
            registry.fail(
                    1, s -> s.pathEnds("/v2/hop"), FakeRegistry.redirect(cdn.url() + "/signed"));
            assertThat(readLayer()).isEqualTo(IMAGE.layer());
        }
    }

    @Test
    void redirectLoopEnds() {
        registry.fail(99, s -> true, FakeRegistry.redirect(registry.url() + "/again"));
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageEndingWith("redirects more than 10 times");
        assertThat(registry.seen()).hasSize(11);
    }

    @Test
    void redirectsOutOfTheWebAreRefused() {
        registry.fail(1, this::isBlob, FakeRegistry.redirect("file:///etc/shadow"));
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageEndingWith("redirects to file, which is refused");
        registry.fail(1, this::isBlob, FakeRegistry.redirect(""));
        assertThatThrownBy(this::readLayer).hasMessageEndingWith("redirects to nowhere");
        registry.fail(1, this::isBlob, FakeRegistry.redirect("http://[bad"));
        assertThatThrownBy(this::readLayer).hasMessageEndingWith("redirects to a malformed URL");
    }

    @Test
    void interruptEndsAPull() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        registry.fail(
                9,
                s -> true,
                exchange -> {
                    arrived.countDown();
                    hang();
                    exchange.close();
                });
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread puller =
                Tasks.start(
                        "puller",
                        () -> {
                            try {
                                fetcher.resolve();
                                outcome.complete(new AssertionError("resolved"));
                            } catch (RuntimeException e) {
                                outcome.complete(e);
                            }
                        });
        arrived.await();
        puller.interrupt();
        assertThat(outcome.get(120, TimeUnit.SECONDS)).isInstanceOf(CancelledException.class);
    }

    @Test
    void deadlineEndsAPull() {
        registry.fail(
                9,
                s -> true,
                exchange -> {
                    hang();
                    exchange.close();
                });
        Fetcher hurried =
                pull.client.open(
                        ImageReference.parse(registry.name() + "/app:1"),
                        Credentials.ANONYMOUS,
                        Deadline.after(Duration.ofMillis(200), Clock.SYSTEM));
        assertThatThrownBy(hurried::resolve)
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessage("deadline exceeded while asking " + registry.name());
    }

    private byte[] readLayer() throws Exception {
        try (InputStream in = fetcher.openBlob(LAYER, BlobProgress.NONE)) {
            return in.readAllBytes();
        }
    }

    private boolean isBlob(FakeRegistry.Seen seen) {
        return seen.uri().contains("/blobs/");
    }

    private static FakeRegistry.Handler tooMany(String retryAfter) {
        return exchange -> {
            exchange.getResponseHeaders().set("Retry-After", retryAfter);
            FakeRegistry.status(429, "You have reached your pull rate limit").handle(exchange);
        };
    }

    private void hang() {
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
