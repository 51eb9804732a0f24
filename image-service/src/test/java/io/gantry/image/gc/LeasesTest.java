package io.gantry.image.gc;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Tasks;
import io.gantry.image.content.Digest;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class LeasesTest {

    private static final Digest ONE = Digest.sha256(new byte[] {1});
    private static final Digest TWO = Digest.sha256(new byte[] {2});

    private final Leases leases = new Leases();

    private Set<Digest> held() {
        return leases.exclusively(held -> held);
    }

    @Test
    void whatIsHeldIsSeenUntilTheLeaseCloses() {
        try (Leases.Lease first = leases.open()) {
            first.hold(ONE);
            try (Leases.Lease second = leases.open()) {
                second.hold(ONE);
                second.hold(TWO);
                assertThat(held()).containsExactlyInAnyOrder(ONE, TWO);
            }
            assertThat(held()).containsExactly(ONE);
        }
        assertThat(held()).isEmpty();
    }

    @Test
    void holdingWaitsForASweepThatRuns() throws Exception {
        CountDownLatch sweeping = new CountDownLatch(1);
        CountDownLatch swept = new CountDownLatch(1);
        try (Leases.Lease lease = leases.open();
                ExecutorService threads = Tasks.perTask("lease")) {
            Future<Boolean> sweep =
                    threads.submit(
                            () ->
                                    leases.exclusively(
                                            held -> {
                                                sweeping.countDown();
                                                swept.await();
                                                return held.isEmpty();
                                            }));
            sweeping.await();
            Future<?> holding = threads.submit(() -> lease.hold(ONE));
            assertThat(isDone(holding)).isFalse();
            swept.countDown();
            assertThat(sweep.get()).isTrue();
            holding.get();
            assertThat(held()).containsExactly(ONE);
        }
    }

    private static boolean isDone(Future<?> future) throws Exception {
        try {
            future.get(50, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        }
    }
}
