package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.image.content.Digest;
import io.gantry.image.service.ImageEvents.Action;
import io.gantry.image.service.ImageEvents.Delivery;
import io.gantry.image.service.ImageEvents.Event;
import io.gantry.image.service.ImageEvents.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class EventLogTest {

    private static final Digest IMAGE = Digest.sha256(new byte[] {1});

    private final Ticking clock = new Ticking();
    private final EventLog log = new EventLog(clock);

    /** A second later each time it is asked. */
    private static final class Ticking implements Clock {
        private long seconds;

        @Override
        public Instant now() {
            return Instant.ofEpochSecond(++seconds);
        }

        @Override
        public long nanoTime() {
            return Clock.SYSTEM.nanoTime();
        }

        @Override
        public void sleep(Duration duration) {
            throw new UnsupportedOperationException("nothing sleeps here");
        }
    }

    private static Deadline now() {
        return Deadline.after(Duration.ZERO, Clock.SYSTEM);
    }

    private static Event tagged(long second, String name) {
        return new Event(Instant.ofEpochSecond(second), Action.TAG, Optional.of(IMAGE), name);
    }

    @Test
    void aSubscriberGetsWhatHappensFromThenOnInOrder() throws InterruptedException {
        log.publish(Action.TAG, IMAGE, "before");
        try (Subscription subscription = log.subscribe()) {
            log.publish(Action.TAG, IMAGE, "a");
            log.publish(Action.TAG, IMAGE, "b");
            assertThat(subscription.next(now())).contains(new Delivery(tagged(2, "a"), 0));
            assertThat(subscription.next(now())).contains(new Delivery(tagged(3, "b"), 0));
            assertThat(subscription.next(now())).isEmpty();
        }
    }

    @Test
    void aSubscriberMayAskForWhatIsRemembered() throws InterruptedException {
        log.publish(Action.TAG, IMAGE, "old");
        log.publish(Action.TAG, IMAGE, "since");
        try (Subscription subscription = log.subscribe(Instant.ofEpochSecond(2))) {
            log.publish(Action.PRUNE, null, "");
            assertThat(subscription.next(now())).contains(new Delivery(tagged(2, "since"), 0));
            assertThat(subscription.next(now()).map(each -> each.event().action()))
                    .contains(Action.PRUNE);
        }
        assertThat(log.recent()).hasSize(3);
    }

    @Test
    void whoDoesNotReadHoldsNobodyUpAndIsToldWhatItMissed() throws InterruptedException {
        try (Subscription slow = log.subscribe()) {
            for (int i = 0; i < EventLog.KEPT + 5; i++) {
                log.publish(Action.TAG, IMAGE, "n" + i);
            }
            assertThat(slow.next(now())).contains(new Delivery(tagged(6, "n5"), 5));
            assertThat(slow.next(now())).contains(new Delivery(tagged(7, "n6"), 0));
        }
        assertThat(log.recent()).hasSize(EventLog.KEPT);
    }

    @Test
    void aWaitingSubscriberIsWokenByAnEvent() throws Exception {
        try (ExecutorService threads = Tasks.perTask("events");
                Subscription subscription = log.subscribe()) {
            Future<Optional<Delivery>> next =
                    threads.submit(
                            () ->
                                    subscription.next(
                                            Deadline.after(Duration.ofMinutes(2), Clock.SYSTEM)));
            log.publish(Action.TAG, IMAGE, "a");
            assertThat(next.get()).contains(new Delivery(tagged(1, "a"), 0));
        }
    }

    @Test
    void anInterruptEndsTheWaiting() {
        try (Subscription subscription = log.subscribe()) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> subscription.next(Deadline.never(Clock.SYSTEM)))
                    .isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void nothingIsKeptForASubscriberThatHasGone() {
        log.subscribe().close();
        assertThat(log.subscribers()).isZero();
    }
}
