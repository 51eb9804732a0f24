package io.gantry.runtime.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
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
                assertThat(gate.await(120, TimeUnit.SECONDS)).isTrue();
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

    /** The first answer, which takes longer than one question on a busy machine. */
    private long size() {
        Deadline deadline = Deadline.after(Duration.ofMinutes(2), Clock.SYSTEM);
        Optional<LayerUsage> size = sizes.of(container);
        while (size.isEmpty()) {
            deadline.check("waiting for a walk");
            size = sizes.of(container);
        }
        return size.get().bytes();
    }

    private void awaitWalks(int count) {
        await(() -> walks.count.get() >= count);
    }

    private static void await(BooleanSupplier condition) {
        Deadline deadline = Deadline.after(Duration.ofMinutes(2), Clock.SYSTEM);
        while (!condition.getAsBoolean()) {
            deadline.check("waiting for a walk");
            LockSupport.parkNanos(1_000_000);
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
        await(() -> size() == 2);
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
        await(() -> sizes.of(container).isPresent());
        assertThat(walks.count).hasValue(1);
    }

    @Test
    void whoAsksJustAsAWalkEndsBeginsNoOther() {
        assertThat(size()).isEqualTo(1);
        for (int walk = 2; walk < 1000; walk++) {
            clock.pass(LayerSizes.AGE);
            try (ExecutorService askers = Tasks.nativePool("ask", 3)) {
                for (int i = 0; i < 3; i++) {
                    askers.execute(
                            () -> {
                                for (int again = 0; again < 20; again++) {
                                    assertThat(sizes.of(container)).isPresent();
                                }
                            });
                }
            }
            long done = walk;
            await(() -> size() == done);
            assertThat(walks.count).hasValue(walk);
        }
    }

    @Test
    void whatIsNotRetainedIsForgotten() {
        assertThat(size()).isEqualTo(1);
        sizes.retain(Set.of());
        assertThat(size()).isEqualTo(2);
    }
}
