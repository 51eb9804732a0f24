package io.gantry.runtime.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.ContainerId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LayerSizesTest {

    private final ContainerId container = ContainerId.random();
    private final StillClock clock = new StillClock();
    private final Walks walks = new Walks();
    private final LayerSizes sizes = new LayerSizes(walks, clock);

    /** Layers whose size is how often they were measured. */
    private final class Walks implements RootfsProvider {
        private final AtomicInteger count = new AtomicInteger();
        private volatile Duration takes = Duration.ZERO;
        private volatile CountDownLatch gate = new CountDownLatch(0);

        @Override
        public Optional<LayerUsage> usage(ContainerId id) throws IOException {
            try {
                assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            clock.pass(takes);
            return Optional.of(
                    new LayerUsage(Path.of("/x"), count.incrementAndGet(), 1, Instant.EPOCH));
        }

        @Override
        public List<Mount> prepare(ContainerId id, String imageId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SpecMount view(ContainerId id, String imageId, String directory) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path volume(ContainerId id, String path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(ContainerId id) {}

        @Override
        public Set<ContainerId> list() {
            return Set.of();
        }
    }

    private long size() {
        return sizes.of(container).orElseThrow().bytes();
    }

    private void awaitWalks(int count) {
        while (walks.count.get() < count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aSizeIsRememberedForAWhileAndThenMeasuredAgain() {
        assertThat(size()).isEqualTo(1);
        clock.pass(LayerSizes.AGE.minusNanos(1));
        assertThat(size()).isEqualTo(1);
        assertThat(walks.count).hasValue(1);
        clock.pass(Duration.ofNanos(1));
        // The old one is told at once; the new one is there for the next who asks.
        assertThat(size()).isEqualTo(1);
        awaitWalks(2);
        while (size() != 2) {
            Thread.onSpinWait();
        }
        assertThat(walks.count).hasValue(2);
    }

    @Test
    void whatTakesLongIsDoneSeldom() {
        walks.takes = Duration.ofSeconds(10);
        assertThat(size()).isEqualTo(1);
        clock.pass(Duration.ofSeconds(10L * LayerSizes.REST - 1));
        assertThat(size()).isEqualTo(1);
        assertThat(walks.count).hasValue(1);
        clock.pass(Duration.ofSeconds(1));
        assertThat(size()).isEqualTo(1);
        awaitWalks(2);
    }

    @Test
    void nobodyWaitsLongForAWalk() {
        walks.gate = new CountDownLatch(1);
        assertThat(sizes.of(container)).isEmpty();
        walks.gate.countDown();
        awaitWalks(1);
        while (sizes.of(container).isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(walks.count).hasValue(1);
    }

    @Test
    void whatIsNotRetainedIsForgotten() {
        assertThat(size()).isEqualTo(1);
        sizes.retain(Set.of());
        assertThat(size()).isEqualTo(2);
    }
}
