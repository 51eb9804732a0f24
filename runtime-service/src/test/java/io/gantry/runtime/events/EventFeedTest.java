package io.gantry.runtime.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.UnavailableException;
import io.gantry.runtime.events.ContainerEvent.Kind;
import io.gantry.runtime.events.ContainerEvents.Subscription;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventFeedTest {

    private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
    private static final PodSandbox POD =
            new PodSandbox(
                    PodSandboxId.random(),
                    PodOwner.CRI,
                    "",
                    PodSandboxConfig.of(new PodSandboxMetadata("p", "u", "n", 0)),
                    "p",
                    "/gantry/p",
                    START,
                    PodSandboxStatus.creating());

    private final EventFeed feed = new EventFeed();

    private static ContainerEvent event(String id, Instant at) {
        return new ContainerEvent(Kind.STARTED, id, at, POD, List.of());
    }

    private void publish(int from, int to) {
        for (int i = from; i < to; i++) {
            feed.publish(event("c" + i, START));
        }
    }

    /** What waits, without waiting itself. */
    private static List<String> drain(Subscription subscription) throws InterruptedException {
        List<String> ids = new ArrayList<>();
        Deadline now = Deadline.after(Duration.ZERO, Clock.SYSTEM);
        Optional<ContainerEvent> event = subscription.next(now);
        while (event.isPresent()) {
            ids.add(event.get().id());
            event = subscription.next(now);
        }
        return ids;
    }

    @Test
    void everySubscriberGetsEachEventOnceAndInOrder() throws Exception {
        try (Subscription one = feed.subscribe();
                Subscription two = feed.subscribe()) {
            publish(0, 3);
            assertThat(drain(one)).containsExactly("c0", "c1", "c2");
            publish(3, 4);
            assertThat(drain(one)).containsExactly("c3");
            assertThat(drain(two)).containsExactly("c0", "c1", "c2", "c3");
        }
        assertThat(feed.subscribers()).isZero();
    }

    @Test
    void anOnlookerTakesNothingFromThoseWhoSubscribe() throws Exception {
        publish(0, 1);
        try (Subscription onlooker = feed.watch()) {
            publish(1, 2);
            assertThat(drain(onlooker)).containsExactly("c1");
            assertThat(feed.subscribers()).isZero();
            try (Subscription subscriber = feed.subscribe()) {
                assertThat(drain(subscriber)).containsExactly("c0", "c1");
                publish(2, 3);
                assertThat(drain(subscriber)).containsExactly("c2");
                assertThat(drain(onlooker)).containsExactly("c2");
            }
            feed.end();
            assertThatThrownBy(() -> drain(onlooker)).isInstanceOf(UnavailableException.class);
        }
    }

    @Test
    void whatNobodyHeardIsForTheFirstThatComes() throws Exception {
        publish(0, 2);
        try (Subscription first = feed.subscribe();
                Subscription second = feed.subscribe()) {
            assertThat(drain(first)).containsExactly("c0", "c1");
            assertThat(drain(second)).isEmpty();
        }
    }

    @Test
    void whatNobodyHeardIsForgottenInTimeAndBounded() throws Exception {
        feed.publish(event("old", START));
        feed.publish(event("young", START.plus(EventFeed.RETENTION).plusNanos(1)));
        try (Subscription first = feed.subscribe()) {
            assertThat(drain(first)).containsExactly("young");
        }
        publish(0, EventFeed.CAPACITY + 7);
        try (Subscription next = feed.subscribe()) {
            assertThat(drain(next)).hasSize(EventFeed.CAPACITY).startsWith("c7");
        }
    }

    @Test
    void aSubscriberThatDoesNotKeepUpIsDroppedAndCountedAndTheOthersLoseNothing() throws Exception {
        try (Subscription slow = feed.subscribe();
                Subscription other = feed.subscribe()) {
            publish(0, EventFeed.CAPACITY);
            assertThat(drain(other)).hasSize(EventFeed.CAPACITY);
            assertThat(feed.dropped()).isZero();

            publish(EventFeed.CAPACITY, EventFeed.CAPACITY + 2);

            assertThat(feed.dropped()).isEqualTo(1);
            assertThat(feed.subscribers()).isEqualTo(1);
            assertThat(drain(other)).hasSize(2);
            assertThatThrownBy(() -> drain(slow))
                    .isInstanceOf(ResourceExhaustedException.class)
                    .hasMessageContaining("subscribe again");
        }
    }

    @Test
    void whoWaitsIsWokenByAnEventAndByTheEnd() throws Exception {
        Deadline soon = Deadline.after(Duration.ofMinutes(2), Clock.SYSTEM);
        try (Subscription subscription = feed.subscribe()) {
            CompletableFuture<String> seen = new CompletableFuture<>();
            CompletableFuture<String> end = new CompletableFuture<>();
            Tasks.start(
                    "listener",
                    () -> {
                        try {
                            seen.complete(subscription.next(soon).orElseThrow().id());
                            end.complete("went on with " + subscription.next(soon));
                        } catch (UnavailableException e) {
                            end.complete(e.getMessage());
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    });
            publish(0, 1);
            assertThat(seen.get(120, TimeUnit.SECONDS)).isEqualTo("c0");
            feed.end();
            assertThat(end.get(120, TimeUnit.SECONDS)).isEqualTo("the runtime is stopping");
        }
        try (Subscription late = feed.subscribe()) {
            assertThatThrownBy(() -> late.next(soon)).isInstanceOf(UnavailableException.class);
        }
    }
}
