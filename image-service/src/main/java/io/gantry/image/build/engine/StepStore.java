package io.gantry.image.build.engine;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.KeyedLocks;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.metadata.BuildStepRow;
import io.gantry.image.metadata.BuildTables;
import io.gantry.image.snapshot.LayerInfo;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The results of steps, those of running builds included: who wants one that another build is
 * making waits for it. Results are recorded at the end of a build, when they are durable, whether
 * it succeeded or not. Thread-safe.
 */
final class StepStore {

    private final Snapshotter snapshotter;
    private final BuildTables tables;
    private final Leases leases;
    private final Clock clock;
    private final KeyedLocks<Digest> making = new KeyedLocks<>();
    private final Map<Digest, Digest> unrecorded = new ConcurrentHashMap<>();

    StepStore(Snapshotter snapshotter, BuildTables tables, Leases leases, Clock clock) {
        this.snapshotter = snapshotter;
        this.tables = tables;
        this.leases = leases;
        this.clock = clock;
    }

    /**
     * What is wanted.
     *
     * @param definition key by what the instruction says and what it is applied to
     * @param content key by what files it takes say, in place of where these are; may be costly
     * @param description of the instruction
     * @param cached whether earlier results count
     */
    record Wanted(Digest definition, ContentKey content, String description, boolean cached) {}

    /** Finds the second key. */
    @FunctionalInterface
    interface ContentKey {
        Digest find() throws IOException;
    }

    /** Makes a layer of that name and commits it. */
    @FunctionalInterface
    interface Maker {
        void make(Digest layer) throws IOException;
    }

    /** A result. */
    record Outcome(Digest layer, boolean cached) {}

    /** What one build found and made; protects it until closed. Thread-safe. */
    final class Session implements AutoCloseable {

        private final Leases.Lease lease = leases.open();
        private final Map<Digest, Digest> keys = new LinkedHashMap<>();
        private final Map<Digest, BuildStepRow> steps = new LinkedHashMap<>();

        void hold(Digest digest) {
            lease.hold(digest);
        }

        /** The layer of a step, found or made. */
        Outcome get(Wanted wanted, Maker maker, Deadline deadline) throws IOException {
            Optional<Digest> found = wanted.cached ? find(wanted.definition) : Optional.empty();
            if (found.isPresent()) {
                used(wanted, found.get(), wanted.definition);
                return new Outcome(found.get(), true);
            }
            Digest content = wanted.content.find();
            try (KeyedLocks.Held _ = making.lock(content, deadline)) {
                found = wanted.cached ? find(content) : Optional.empty();
                if (found.isPresent()) {
                    used(wanted, found.get(), content);
                    return new Outcome(found.get(), true);
                }
                Digest layer = Digest.sha256(Ids.random().getBytes(StandardCharsets.US_ASCII));
                hold(layer);
                maker.make(layer);
                made(wanted, layer, content);
                return new Outcome(layer, false);
            }
        }

        /** Held before it is looked for: what is there then, stays. */
        private Optional<Digest> find(Digest key) throws IOException {
            Digest fresh = unrecorded.get(key);
            Optional<Digest> layer = fresh != null ? Optional.of(fresh) : tables.find(key);
            if (layer.isEmpty()) {
                return layer;
            }
            hold(layer.get());
            return snapshotter.find(layer.get()).isPresent() ? layer : Optional.empty();
        }

        private synchronized void used(Wanted wanted, Digest layer, Digest key) throws IOException {
            keys.put(wanted.definition, layer);
            keys.put(key, layer);
            note(layer, wanted);
        }

        private synchronized void made(Wanted wanted, Digest layer, Digest content)
                throws IOException {
            keys.put(wanted.definition, layer);
            keys.put(content, layer);
            unrecorded.put(wanted.definition, layer);
            unrecorded.put(content, layer);
            note(layer, wanted);
        }

        private void note(Digest layer, Wanted wanted) throws IOException {
            Instant now = clock.now();
            long bytes =
                    snapshotter.find(layer).map(LayerInfo::usage).map(it -> it.bytes()).orElse(0L);
            steps.put(layer, new BuildStepRow(layer, wanted.description, bytes, now, now, 0));
        }

        /** Records what is there so far. */
        synchronized void record() throws IOException {
            if (keys.isEmpty()) {
                return;
            }
            // Also what another build made, which has not got to that yet.
            snapshotter.sync();
            tables.put(steps.values(), keys);
            keys.forEach(unrecorded::remove);
            keys.clear();
            steps.clear();
        }

        @Override
        public synchronized void close() {
            keys.forEach(unrecorded::remove);
            lease.close();
        }
    }

    Session open() {
        return new Session();
    }
}
