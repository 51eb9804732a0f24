package io.gantry.image.build.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The results of earlier steps and the directories of cache mounts. Thread-safe. */
public interface BuildCache {

    /** What an entry is. */
    enum Kind {
        /** The files that a step wrote. */
        STEP,
        /** The directory of a cache mount. */
        MOUNT
    }

    /**
     * An entry.
     *
     * @param id names it
     * @param description the instruction, or the id of the cache mount
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
     * @param all also what was used by a build that still has its results
     * @param unusedSince only what was not used since; empty: whatever its age
     * @param keepBytes the entries used last stay as long as they take no more than this
     */
    record PruneOrder(boolean all, Optional<Instant> unusedSince, long keepBytes) {}

    /**
     * What went.
     *
     * @param entries as they were
     * @param freedBytes space on disk that became free
     */
    record Pruned(List<Entry> entries, long freedBytes) {
        public Pruned {
            entries = List.copyOf(entries);
        }
    }

    /** All entries, the one used last first. */
    List<Entry> list();

    /** Removes entries that no running build uses. */
    Pruned prune(PruneOrder order);
}
