package io.gantry.image.pulls;

import static io.gantry.image.pulls.HeldImages.BASE;
import static io.gantry.image.pulls.HeldImages.ROOT;
import static io.gantry.image.pulls.HeldImages.TOP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.pulls.PullState.LayerPhase;
import io.gantry.image.pulls.PullState.LayerState;
import io.gantry.image.pulls.PullState.Phase;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.PullListener;
import io.gantry.image.service.PullOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class RunningPullsTest {

    private static final ImageReference REFERENCE = ImageReference.parse("r.local/app:1");
    private static final PullOrder ORDER = PullOrder.of(REFERENCE, Credentials.ANONYMOUS);

    private final HeldImages images = new HeldImages();
    private final Semaphore idle = new Semaphore(0);
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private final RunningPulls pulls =
            new RunningPulls(
                    images,
                    Clock.SYSTEM,
                    idle::release,
                    (result, bytes, nanos) -> {
                        assertThat(nanos).isPositive();
                        ends.add(result + " " + bytes);
                    });
    private final Deadline never = Deadline.never(Clock.SYSTEM);

    @Test
    void aFollowerSeesEachLayerOnItsWay() throws Exception {
        try (Follower follower = pulls.pull(ORDER)) {
            assertThat(next(follower).phase()).isEqualTo(Phase.RESOLVING);
            images.step(listener -> listener.resolved(ROOT));
            images.step(listener -> listener.planned(List.of(BASE, TOP)));
            images.step(
                    listener -> {
                        listener.phase(BASE, PullListener.Phase.RECEIVING);
                        listener.received(BASE, 40);
                        listener.phase(TOP, PullListener.Phase.WAITING);
                        listener.phase(TOP, PullListener.Phase.DONE);
                    });
            PullState state = next(follower);
            assertThat(state.phase()).isEqualTo(Phase.LAYERS);
            assertThat(state.digest()).isEqualTo(ROOT.digest());
            assertThat(state.layers())
                    .containsExactly(
                            new LayerState(BASE.digest(), LayerPhase.DOWNLOADING, 40, 100),
                            new LayerState(TOP.digest(), LayerPhase.EXISTS, 0, 20));

            images.step(listener -> listener.received(BASE, 100));
            assertThat(next(follower).layers().getFirst().phase()).isEqualTo(LayerPhase.VERIFYING);
            images.step(listener -> listener.phase(BASE, PullListener.Phase.DONE));
            assertThat(next(follower).layers().getFirst().phase()).isEqualTo(LayerPhase.DONE);
            images.end();
            assertThat(next(follower).phase()).isEqualTo(Phase.DONE);
            assertThat(follower.next(never)).isEmpty();
            assertThat(follower.await(never).digest()).isEqualTo(ROOT.digest());
        }
    }

    @Test
    void everyPullIsCountedOnceByWhatBecameOfIt() throws Exception {
        try (Follower one = pulls.pull(ORDER);
                Follower other = pulls.pull(ORDER)) {
            images.step(listener -> listener.planned(List.of(BASE, TOP)));
            images.step(listener -> listener.received(BASE, 100));
            images.step(listener -> listener.received(TOP, 7));
            images.end();
            one.await(never);
            other.await(never);
        }
        assertThat(ends).containsExactly("PULLED 107");
        try (Follower left = pulls.pull(ORDER)) {
            next(left);
        }
        assertThat(ends).containsExactly("PULLED 107", "CANCELLED 0");
    }

    @Test
    void aPullNeverWaitsForAFollowerThatDoesNotLook() throws Exception {
        try (Follower follower = pulls.pull(ORDER)) {
            images.step(listener -> listener.planned(List.of(BASE)));
            for (int i = 0; i <= 100; i++) {
                long bytes = i;
                images.step(listener -> listener.received(BASE, bytes));
            }
            images.step(listener -> listener.phase(BASE, PullListener.Phase.DONE));
            assertThat(next(follower).layers().getFirst().received()).isEqualTo(100);
            images.end();
        }
    }

    @Test
    void ordersOfTheSameShareOnePull() throws Exception {
        try (Follower one = pulls.pull(ORDER);
                Follower other = pulls.pull(ORDER)) {
            assertThat(pulls.list())
                    .singleElement()
                    .satisfies(state -> assertThat(state.followers()).isEqualTo(2));
            images.end();
            assertThat(one.await(never)).isEqualTo(other.await(never));
        }
        assertThat(images.pulls()).isEqualTo(1);
        assertThat(pulls.list()).isEmpty();
    }

    @Test
    void ordersWithOtherCredentialsDoNotShare() throws Exception {
        PullOrder mine = PullOrder.of(REFERENCE, Credentials.basic("me", "secret"));
        try (Follower one = pulls.pull(ORDER);
                Follower other = pulls.pull(mine)) {
            assertThat(pulls.list()).hasSize(2);
            images.end();
            images.end();
            one.await(never);
            other.await(never);
        }
        assertThat(images.pulls()).isEqualTo(2);
    }

    @Test
    void idleIsSaidWhenTheLastPullHasEnded() throws Exception {
        PullOrder mine = PullOrder.of(REFERENCE, Credentials.basic("me", "secret"));
        try (Follower one = pulls.pull(ORDER);
                Follower other = pulls.pull(mine)) {
            images.end();
            images.end();
            one.await(never);
            other.await(never);
        }
        idle.acquire();
        assertThat(idle.availablePermits()).isZero();
    }

    @Test
    void onlyTheLastToLeaveCancels() throws Exception {
        Follower one = pulls.pull(ORDER);
        Follower attached = pulls.attach(REFERENCE);
        images.step(listener -> listener.planned(List.of(BASE)));
        one.close();
        one.close();
        assertThat(images.wasInterrupted()).isFalse();
        images.step(listener -> listener.phase(BASE, PullListener.Phase.WAITING));
        attached.close();
        assertThat(images.wasInterrupted()).isTrue();
        assertThat(pulls.list()).isEmpty();
    }

    @Test
    void whoComesAfterACancelledPullGetsANewOne() throws Exception {
        Follower first = pulls.pull(ORDER);
        images.step(listener -> listener.planned(List.of(BASE)));
        first.close();
        try (Follower second = pulls.pull(ORDER)) {
            images.end();
            assertThat(second.await(never).image().repoTags()).containsExactly("r.local/app:1");
        }
        assertThat(images.pulls()).isEqualTo(2);
    }

    @Test
    void aDeadlineEndsTheWaitingOfOneFollowerOnly() throws Exception {
        try (Follower patient = pulls.pull(ORDER)) {
            Deadline soon = Deadline.after(Duration.ofMillis(1), Clock.SYSTEM);
            try (Follower hasty = pulls.pull(ORDER)) {
                assertThatThrownBy(() -> hasty.await(soon))
                        .isInstanceOf(DeadlineExceededException.class)
                        .hasMessageContaining("r.local/app:1");
            }
            images.end();
            assertThat(patient.await(never).reference()).isEqualTo(REFERENCE);
        }
    }

    @Test
    void aFailureReachesEveryFollower() throws Exception {
        DataLossException failure = new DataLossException("layer is damaged");
        try (Follower one = pulls.pull(ORDER);
                Follower other = pulls.pull(ORDER)) {
            images.fail(failure);
            assertThatThrownBy(() -> one.await(never)).isSameAs(failure);
            assertThatThrownBy(() -> other.await(never)).isSameAs(failure);
            assertThat(next(other).phase()).isEqualTo(Phase.DONE);
        }
    }

    @Test
    void aPullOfWhatIsHereIsUpToDate() throws Exception {
        images.end();
        images.end();
        try (Follower first = pulls.pull(ORDER)) {
            assertThat(first.await(never).upToDate()).isFalse();
        }
        try (Follower second = pulls.pull(ORDER)) {
            assertThat(second.await(never).upToDate()).isTrue();
        }
    }

    @Test
    void nobodyCanAttachToWhatDoesNotRun() {
        assertThatThrownBy(() -> pulls.attach(REFERENCE))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("no pull of r.local/app:1 is running");
    }

    private PullState next(Follower follower) throws InterruptedException {
        Optional<PullState> state = follower.next(never);
        return state.orElseThrow(() -> new AssertionError("the pull has ended"));
    }
}
