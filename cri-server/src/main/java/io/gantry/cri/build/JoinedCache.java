package io.gantry.cri.build;

import io.gantry.image.build.api.BuildCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What builds keep, and the contexts that were uploaded for them, as one cache. Thread-safe. */
public final class JoinedCache implements BuildCache {

    private final BuildCache results;
    private final ContextStore contexts;

    public JoinedCache(BuildCache results, ContextStore contexts) {
        this.results = results;
        this.contexts = contexts;
    }

    @Override
    public List<Entry> list() {
        List<Entry> all = new ArrayList<>(results.list());
        all.addAll(contexts.list());
        return all.stream().sorted(LATEST_FIRST).toList();
    }

    @Override
    public Pruned remove(List<Entry> entries) {
        Map<Boolean, List<Entry>> byKind =
                entries.stream()
                        .collect(Collectors.partitioningBy(it -> it.kind() == Kind.CONTEXT));
        Pruned ofResults = results.remove(byKind.getOrDefault(false, List.of()));
        List<Entry> gone = new ArrayList<>(ofResults.entries());
        long freed = ofResults.freedBytes();
        for (Entry context : byKind.getOrDefault(true, List.of())) {
            if (contexts.remove(context.id())) {
                gone.add(context);
                freed += context.bytes();
            }
        }
        return new Pruned(gone, freed);
    }
}
