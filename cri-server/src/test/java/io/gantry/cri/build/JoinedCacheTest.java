package io.gantry.cri.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.gantry.base.Clock;
import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildCache.Entry;
import io.gantry.image.build.api.BuildCache.Kind;
import io.gantry.image.build.api.BuildCache.PruneOrder;
import io.gantry.image.build.api.KeptLayers;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JoinedCacheTest {

    private static final Entry STEP =
            new Entry("s", Kind.STEP, "RUN", 5, Instant.EPOCH, Instant.EPOCH, 0, false, false);

    @TempDir private Path root;
    private ContextStore contexts;
    private BuildCache cache;

    @BeforeEach
    void make() {
        contexts =
                new ContextStore(
                        root.resolve("contexts"), "boot", _ -> 7, Layers::new, Clock.SYSTEM);
        cache = new JoinedCache(new OneStep(), contexts);
    }

    /** Layers of which none goes. */
    private record Layers(Set<Digest> there) implements KeptLayers {
        @Override
        public void close() {
            // Nothing is held.
        }
    }

    /** Results of builds that are one step, which goes whenever it is to. */
    private static final class OneStep implements BuildCache {
        @Override
        public List<Entry> list() {
            return List.of(STEP);
        }

        @Override
        public Pruned remove(List<Entry> entries) {
            return new Pruned(entries, entries.stream().mapToLong(Entry::bytes).sum());
        }
    }

    @Test
    void contextsAreListedWithWhereTheyAreBeforeOlderSteps() {
        contexts.take("directory /src").close();
        List<Entry> all = cache.list();
        assertThat(all)
                .extracting(Entry::kind, Entry::description, Entry::bytes, Entry::inUse)
                .containsExactly(
                        tuple(Kind.CONTEXT, "directory /src", 7L, false),
                        tuple(Kind.STEP, "RUN", 5L, false));
    }

    @Test
    void aContextThatABuildHasIsToldAndStays() throws IOException {
        try (ContextStore.Held _ = contexts.take("directory /src")) {
            assertThat(cache.list().getFirst().inUse()).isTrue();
            Entry looksFree = asFree(cache.list().getFirst());
            assertThat(cache.remove(List.of(looksFree)).entries()).isEmpty();
            assertThat(files()).isNotEmpty();
        }
        BuildCache.Pruned pruned = cache.prune(new PruneOrder(true, Optional.empty(), 0));
        assertThat(pruned.entries()).hasSize(2);
        assertThat(pruned.freedBytes()).isEqualTo(12);
        assertThat(files()).isEmpty();
    }

    @Test
    void whatIsPrunedComesOutOfAllKindsTogetherTheLatestStaying() {
        contexts.take("directory /src").close();
        assertThat(cache.prune(new PruneOrder(true, Optional.empty(), 11)).entries())
                .containsExactly(STEP);
        assertThat(cache.list()).hasSize(2);
    }

    @Test
    void anEntryThatIsNotThereIsNoError() {
        Entry strange =
                new Entry(
                        "../../etc/0",
                        Kind.CONTEXT,
                        "",
                        0,
                        Instant.EPOCH,
                        Instant.EPOCH,
                        0,
                        false,
                        false);
        assertThat(cache.remove(List.of(strange)).entries()).isEmpty();
    }

    private static Entry asFree(Entry it) {
        return new Entry(
                it.id(),
                it.kind(),
                it.description(),
                it.bytes(),
                it.created(),
                it.lastUsed(),
                it.uses(),
                it.shared(),
                false);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(root.resolve("contexts"))) {
            return all.toList();
        }
    }
}
