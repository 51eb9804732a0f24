package io.gantry.cri.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.Test;

class GrownHeapTest {

    private static final long MB = 1 << 20;

    /** Sleeps until the test has changed the heap. */
    private static final class Turns implements Clock {

        private final SynchronousQueue<Long> turns = new SynchronousQueue<>();
        private volatile long size;

        void next(long megabytes) throws InterruptedException {
            turns.put(megabytes * MB);
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            size = turns.take();
        }
    }

    /** The sizes, in megabytes, that a heap was collected at; a collection leaves that many. */
    private static List<Long> collections(long leaves, long... sizes) throws InterruptedException {
        Turns turns = new Turns();
        List<Long> collected = new CopyOnWriteArrayList<>();
        try (GrownHeap _ =
                new GrownHeap(
                        () -> turns.size,
                        () -> {
                            collected.add(turns.size / MB);
                            turns.size = leaves * MB;
                        },
                        turns)) {
            for (long size : sizes) {
                turns.next(size);
            }
            // The last is dealt with once the next is asked for.
            turns.next(0);
        }
        return collected;
    }

    @Test
    void whatDoesNotGrowBeyondRestIsLeftAlone() throws InterruptedException {
        assertThat(collections(16, 20, 40, 60, 64, 50)).isEmpty();
    }

    @Test
    void garbageIsCollectedEachTimeThatItHasGrown() throws InterruptedException {
        assertThat(collections(30, 50, 65, 40, 64, 70, 30)).containsExactly(65L, 70L);
    }

    @Test
    void whatIsInUseIsNotCollectedAgainAndAgain() throws InterruptedException {
        assertThat(collections(100, 110, 110, 120, 131, 133)).containsExactly(110L, 133L);
    }

    @Test
    void growthCountsFromTheLeastThatThereWas() throws InterruptedException {
        assertThat(collections(100, 110, 60, 92, 93)).containsExactly(110L, 93L);
    }

    @Test
    void whatGrowsNoMoreIsCollectedSooner() throws InterruptedException {
        assertThat(collections(33, 50, 50, 41, 41, 42, 42)).containsExactly(50L, 42L);
    }
}
