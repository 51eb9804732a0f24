package io.gantry.image.build.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.build.api.BuildCache.Entry;
import io.gantry.image.build.api.BuildCache.Kind;
import io.gantry.image.build.api.BuildCache.PruneOrder;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PruneOrderTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

    @Test
    void whatIsInUseOrOfAnImageStaysUnlessAllIsWanted() {
        List<Entry> entries =
                List.of(
                        entry("free", 1, 10, false, false),
                        entry("shared", 2, 0, true, false),
                        entry("busy", 3, 10, false, true));
        assertThat(selected(new PruneOrder(false, Optional.empty(), 0), entries))
                .containsExactly("free");
        assertThat(selected(new PruneOrder(true, Optional.empty(), 0), entries))
                .containsExactly("free", "shared");
    }

    @Test
    void whatWasUsedSinceStays() {
        List<Entry> entries =
                List.of(entry("new", 10, 1, false, false), entry("old", 20, 1, false, false));
        Optional<Instant> since = Optional.of(NOW.minusSeconds(15));
        assertThat(selected(new PruneOrder(true, since, 0), entries)).containsExactly("old");
        Optional<Instant> then = Optional.of(NOW.minusSeconds(20));
        assertThat(selected(new PruneOrder(true, then, 0), entries)).isEmpty();
    }

    @Test
    void theLatestStayAsFarAsTheyTakeNoMoreThanIsKept() {
        List<Entry> entries =
                List.of(
                        entry("oldest", 9, 1, false, false),
                        entry("latest", 1, 40, false, false),
                        entry("next", 2, 60, false, false),
                        entry("busy", 3, 50, false, true));
        assertThat(selected(new PruneOrder(true, Optional.empty(), 100), entries))
                .containsExactly("oldest");
        assertThat(selected(new PruneOrder(true, Optional.empty(), 99), entries))
                .containsExactly("next", "oldest");
        assertThat(selected(new PruneOrder(true, Optional.empty(), 1000), entries)).isEmpty();
    }

    private static List<String> selected(PruneOrder order, List<Entry> entries) {
        return order.select(entries).stream().map(Entry::id).toList();
    }

    private static Entry entry(
            String id, long secondsAgo, long bytes, boolean shared, boolean inUse) {
        Instant used = NOW.minusSeconds(secondsAgo);
        return new Entry(id, Kind.STEP, "RUN", bytes, used, used, 1, shared, inUse);
    }
}
