package io.gantry.image.build.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * What builds keep for later ones: results of steps, directories of cache mounts, contexts.
 * Thread-safe.
 */
public interface BuildCache {

    /** The order of a list. */
    Comparator<Entry> LATEST_FIRST = Comparator.comparing(Entry::lastUsed).reversed();

    /** What an entry is. */
    enum Kind {
        /** The files that a step wrote. */
        STEP,
        /** The directory of a cache mount. */
        MOUNT,
        /** The files of a context as a client sent them last. */
        CONTEXT
    }

    /**
     * An entry.
     *
     * @param id names it among those of its kind
     * @param description the instruction, the id of the cache mount, or where the context is
     * @param bytes on disk, those that an image shares not counted
     * @param shared whether an image has these files too
     * @param inUse whether a running build holds it
     */
    record Entry(
            String id,
            Kind kind,
            String description,
            long bytes,
            Instant created,
            Instant lastUsed,
            long uses,
            boolean shared,
            boolean inUse) {}

    /**
     * What is to go.
     *
     * @param all also what an image shares, whose files stay with that
     * @param unusedSince only what was not used since; empty: whatever its age
     * @param keepBytes the entries used last stay as long as they take no more than this; 0: none
     */
    record PruneOrder(boolean all, Optional<Instant> unusedSince, long keepBytes) {

        /** Those of the entries that are to go, the one used last first. */
        public List<Entry> select(List<Entry> entries) {
            List<Entry> latestFirst = new ArrayList<>(entries);
            latestFirst.sort(LATEST_FIRST);
            List<Entry> gone = new ArrayList<>();
            long kept = 0;
            boolean full = keepBytes <= 0;
            for (Entry entry : latestFirst) {
                // What is older than the first that is too much does not stay for being small.
                full |= kept + entry.bytes() > keepBytes;
                if (full && mayGo(entry)) {
                    gone.add(entry);
                } else {
                    kept += entry.bytes();
                }
            }
            return gone;
        }

        private boolean mayGo(Entry entry) {
            return !entry.inUse()
                    && (all || !entry.shared())
                    && unusedSince.map(entry.lastUsed()::isBefore).orElse(true);
        }
    }

    /**
     * What went.
     *
     * @param entries as they were, without those that a build has begun to use
     * @param freedBytes space on disk that became free
     */
    record Pruned(List<Entry> entries, long freedBytes) {
        public Pruned {
            entries = List.copyOf(entries);
        }
    }

    /** All entries, the one used last first. */
    List<Entry> list();

    /** Removes those of these entries that no running build uses; unknown ones are no error. */
    Pruned remove(List<Entry> entries);

    /** Removes what an order selects. */
    default Pruned prune(PruneOrder order) {
        return remove(order.select(list()));
    }
}
