package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.content.Descriptor;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large blobs over several connections. */
@Timeout(300)
class RangedBlobTest {

    private static final int SIZE = 1_050_000;
    private static final int RANGE = 100_000;
    private static final FakeImage IMAGE = FakeImage.ofSize(SIZE);
    private static final Descriptor LAYER = IMAGE.layerDescriptor();
    private static final TransferLimits LIMITS = new TransferLimits(4, 3, 500_000, RANGE);

    @TempDir private Path certs;
    private FakeRegistry registry;
    private PullFixture pull;
    private Fetcher fetcher;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start().with("app", "1", IMAGE);
        use(LIMITS);
    }

    private void use(TransferLimits limits) throws Exception {
        if (pull != null) {
            pull.close();
        }
        pull = new PullFixture(certs, limits, NodeCredentials.NONE);
        pull.serve(registry);
        fetcher = pull.open(registry.name() + "/app:1");
        networkIsSlow();
    }

    /** Time passes within reads only: every second time that somebody looks. */
    private void networkIsSlow() {
        AtomicLong looks = new AtomicLong();
        pull.clock.nanos(() -> looks.incrementAndGet() / 2 * 1000);
    }

    /** Time passes between reads only. */
    private void readerIsSlow() {
        AtomicLong looks = new AtomicLong();
        pull.clock.nanos(() -> looks.getAndIncrement() / 2 * 1000);
    }

    @AfterEach
    void stop() {
        pull.close();
        registry.close();
    }

    @Test
    void rangesMakeUpTheBlobAndEachIsAskedForOnce() throws Exception {
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        List<String> expected = new ArrayList<>();
        for (int from = 0; from < 1_000_000; from += RANGE) {
            expected.add("bytes=" + from + "-" + (from + RANGE - 1));
        }
        expected.add("bytes=1000000-");
        assertThat(ranges()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void connectionsAreUsedAgain() throws Exception {
        readLayer();
        assertThat(registry.clientPorts()).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void resumedBlobIsFetchedInRangesFromWhereItIs() throws Exception {
        try (InputStream in = fetcher.openBlobFrom(LAYER, 50_000, BlobProgress.NONE)) {
            assertThat(in.readAllBytes()).hasSize(SIZE - 50_000);
        }
        assertThat(ranges()).contains("bytes=50000-149999", "bytes=150000-249999");
    }

    @Test
    void smallBlobsComeInOnePiece() throws Exception {
        use(new TransferLimits(4, 3, SIZE + 1L, RANGE));
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        assertThat(ranges()).containsExactly("");
    }

    @Test
    void rangesMayBeSwitchedOff() throws Exception {
        use(new TransferLimits(4, 0, 1, RANGE));
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        assertThat(ranges()).containsExactly("");
    }

    @Test
    void hostWithoutRangesSendsTheBlobOnce() throws Exception {
        registry.withoutRanges();
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        assertThat(ranges()).containsExactly("bytes=0-99999");
    }

    @Test
    void readerThatIsSlowerThanTheNetworkGetsOnePiece() throws Exception {
        readerIsSlow();
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        assertThat(ranges()).containsExactly("bytes=0-99999", "bytes=100000-");
    }

    @Test
    void rangeThatComesShortIsAskedForAgainInOrder() throws Exception {
        registry.fail(
                1,
                s -> s.header("Range").equals("bytes=300000-399999"),
                exchange -> {
                    exchange.getResponseHeaders()
                            .set("Content-Range", "bytes 300000-399999/" + SIZE);
                    FakeRegistry.answer(exchange, 206, new byte[10]);
                });
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
        assertThat(ranges()).contains("bytes=300000-");
    }

    @Test
    void hostThatServesRangesOnlyAtTimesIsReadInOnePiece() throws Exception {
        registry.fail(
                99,
                s -> s.header("Range").equals("bytes=500000-599999"),
                e -> FakeRegistry.answer(e, 200, IMAGE.layer()));
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
    }

    @Test
    void wrongBytesInARangeAreFoundOut() {
        registry.fail(
                99,
                s -> s.header("Range").equals("bytes=500000-599999"),
                exchange -> {
                    exchange.getResponseHeaders()
                            .set("Content-Range", "bytes 500000-599999/" + SIZE);
                    FakeRegistry.answer(exchange, 206, new byte[RANGE]);
                });
        assertThatThrownBy(this::readLayer)
                .isInstanceOf(io.gantry.base.error.DataLossException.class)
                .hasMessageContaining("where " + LAYER.digest() + " was expected");
    }

    @Test
    void oneHostHasNoMoreConnectionsThanAllowedOverAllPulls() throws Exception {
        use(new TransferLimits(2, 3, 500_000, RANGE));
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        registry.guard(
                exchange -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
                    now.decrementAndGet();
                    return true;
                });
        try (InputStream one = fetcher.openBlob(LAYER, BlobProgress.NONE);
                InputStream two =
                        pull.open(registry.name() + "/app:1").openBlob(LAYER, BlobProgress.NONE)) {
            assertThat(one.readNBytes(SIZE)).isEqualTo(IMAGE.layer());
            assertThat(two.readNBytes(SIZE)).isEqualTo(IMAGE.layer());
        }
        assertThat(most).hasValueLessThanOrEqualTo(2);
    }

    @Test
    void closingEndsWhatIsUnderWay() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch arrived = new CountDownLatch(1);
        registry.fail(
                99,
                s -> s.header("Range").startsWith("bytes=2"),
                exchange -> {
                    arrived.countDown();
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    exchange.close();
                });
        InputStream in = fetcher.openBlob(LAYER, BlobProgress.NONE);
        assertThat(in.readNBytes(150_000)).hasSize(150_000);
        arrived.await();
        in.close();
        released.countDown();
        // All connections and all memory are free again.
        assertThat(readLayer()).isEqualTo(IMAGE.layer());
    }

    private byte[] readLayer() throws Exception {
        try (InputStream in = fetcher.openBlob(LAYER, BlobProgress.NONE)) {
            return in.readAllBytes();
        }
    }

    private List<String> ranges() {
        return registry.seen(s -> s.uri().contains("/blobs/")).stream()
                .map(s -> s.header("Range"))
                .toList();
    }
}
