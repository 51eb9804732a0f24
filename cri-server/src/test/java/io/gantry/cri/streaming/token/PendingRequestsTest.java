package io.gantry.cri.streaming.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.error.ResourceExhaustedException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PendingRequestsTest {

    private long nanos;

    private final PendingRequests<String> pending =
            new PendingRequests<>(
                    new Clock() {
                        @Override
                        public Instant now() {
                            return Instant.EPOCH;
                        }

                        @Override
                        public long nanoTime() {
                            return nanos;
                        }

                        @Override
                        public void sleep(Duration duration) {
                            throw new AssertionError("nobody waits here");
                        }
                    });

    @Test
    void aTokenIsGoodOnce() {
        String token = pending.add("ls");

        assertThat(pending.take(token)).contains("ls");
        assertThat(pending.take(token)).isEmpty();
    }

    @Test
    void aTokenIsGoodForAMinute() {
        String early = pending.add("early");
        nanos += Duration.ofSeconds(30).toNanos();
        String late = pending.add("late");
        nanos += Duration.ofSeconds(30).toNanos();

        assertThat(pending.take(early)).isEmpty();
        assertThat(pending.take(late)).contains("late");
    }

    @Test
    void anUnknownTokenFetchesNothing() {
        assertThat(pending.take("")).isEmpty();
        assertThat(pending.take("../etc")).isEmpty();
    }

    @Test
    void tokensAreLongAndNeverTheSame() {
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 500; i++) {
            tokens.add(pending.add("x"));
        }
        assertThat(tokens).hasSize(500).allMatch(token -> token.matches("[0-9a-f]{64}"));
    }

    @Test
    void aThousandMayWaitAndNoMoreUntilOneIsUsedOrTooOld() {
        String first = pending.add("first");
        for (int i = 1; i < PendingRequests.LIMIT; i++) {
            String _ = pending.add("x");
        }
        assertThatThrownBy(() -> pending.add("one more"))
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessageContaining("1000");

        assertThat(pending.take(first)).contains("first");
        String _ = pending.add("in its place");
        nanos += PendingRequests.LIFETIME.toNanos();
        assertThat(pending.take(pending.add("after all have expired")))
                .contains("after all have expired");
    }
}
