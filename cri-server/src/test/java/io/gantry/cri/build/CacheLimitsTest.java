package io.gantry.cri.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildCache.Entry;
import io.gantry.image.build.api.BuildCache.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CacheLimitsTest {

    private final Kept kept = new Kept();

    /** Results that go when they are to. */
    private static final class Kept implements BuildCache {
        private final List<Entry> entries = new ArrayList<>();

        void add(String id, long bytes, Duration unused, boolean inUse) {
            Instant at = Clock.SYSTEM.now().minus(unused);
            entries.add(new Entry(id, Kind.STEP, id, bytes, at, at, 0, false, inUse));
        }

        List<String> ids() {
            return entries.stream().map(Entry::id).toList();
        }

        @Override
        public List<Entry> list() {
            return List.copyOf(entries);
        }

        @Override
        public Pruned remove(List<Entry> gone) {
            entries.removeAll(gone);
            return new Pruned(gone, gone.stream().mapToLong(Entry::bytes).sum());
        }
    }

    @Test
    void whatWasNotUsedForLongGoesUnlessABuildHasIt() {
        kept.add("new", 10, Duration.ofHours(1), false);
        kept.add("old", 10, Duration.ofDays(3), false);
        kept.add("held", 10, Duration.ofDays(3), true);
        new CacheLimits(0, Duration.ofDays(2), Clock.SYSTEM).prune(kept);
        assertThat(kept.ids()).containsExactly("new", "held");
    }

    @Test
    void whatWasUsedLastStaysAsFarAsThereIsRoom() {
        kept.add("first", 10, Duration.ofHours(1), false);
        kept.add("second", 10, Duration.ofHours(2), false);
        kept.add("third", 10, Duration.ofHours(3), false);
        new CacheLimits(20, Duration.ZERO, Clock.SYSTEM).prune(kept);
        assertThat(kept.ids()).containsExactly("first", "second");
    }

    @Test
    void withoutBoundsEverythingStays() {
        kept.add("old", 10, Duration.ofDays(1000), false);
        CacheLimits none = new CacheLimits(0, Duration.ZERO, Clock.SYSTEM);
        none.prune(kept);
        none.afterBuild(kept);
        assertThat(kept.ids()).containsExactly("old");
    }
}
