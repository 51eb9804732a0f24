package io.gantry.image.build.engine;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.KeyedLocks;
import io.gantry.image.build.cache.CachedStep;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.metadata.BuildBlobRow;
import io.gantry.image.metadata.BuildStepRow;
import io.gantry.image.metadata.BuildTables;
import io.gantry.image.snapshot.LayerInfo;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The results of steps, those of running builds included: who wants one that another build is
 * making waits for it. A result counts from the moment at which it is there, and so survives an end
 * of the daemon in the middle of a build. Until the end of the build, when all are made durable at
 * once, it counts for this start of the kernel only. Thread-safe.
 */
final class StepStore {

    private final Snapshotter snapshotter;
    private final BuildTables tables;
    private final Leases leases;
    private final Clock clock;
    private final KeyedLocks<Digest> making = new KeyedLocks<>();
    private final String boot;

    /**
     * A store.
     *
     * @param boot which start of the kernel this is
     */
    StepStore(
            Snapshotter snapshotter, BuildTables tables, Leases leases, Clock clock, String boot) {
        this.snapshotter = snapshotter;
        this.tables = tables;
        this.leases = leases;
        this.clock = clock;
        this.boot = boot;
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

    /**
     * A result.
     *
     * @param created when it was made, whichever build that was; in whole milliseconds
     */
    record Outcome(Digest layer, Instant created, boolean cached) {}

    /**
     * A result that a build has used or made.
     *
     * @param keys that it was looked for by
     */
    record Taken(Digest layer, String description, Instant created, Set<Digest> keys) {

        private Taken copy() {
            return new Taken(layer, description, created, new LinkedHashSet<>(keys));
        }
    }

    /** What one build found and made; protects it until closed. Thread-safe. */
    final class Session implements AutoCloseable {

        private final Leases.Lease lease = leases.open();
        private final Map<Digest, Digest> keys = new LinkedHashMap<>();
        private final Map<Digest, BuildStepRow> found = new LinkedHashMap<>();
        private final Set<Digest> fresh = new LinkedHashSet<>();
        private final Map<Digest, Taken> taken = new LinkedHashMap<>();
        private volatile Optional<CacheImports> imports = Optional.empty();

        /** Looks for results there, too, from now on. */
        void importing(CacheImports from) {
            imports = Optional.of(from);
        }

        /** The results that the build has used or made so far, in that order. */
        synchronized List<Taken> taken() {
            return taken.values().stream().map(Taken::copy).toList();
        }

        void hold(Digest digest) {
            lease.hold(digest);
        }

        /** The layer of a step, found or made. */
        Outcome get(Wanted wanted, Maker maker, Deadline deadline) throws IOException {
            Optional<BuildStepRow> known =
                    wanted.cached ? find(wanted.definition) : Optional.empty();
            if (known.isPresent()) {
                return used(wanted, known.get(), wanted.definition);
            }
            Optional<Outcome> imported = adopt(wanted, wanted.definition, deadline);
            if (imported.isPresent()) {
                return imported.get();
            }
            Digest content = wanted.content.find();
            try (KeyedLocks.Held _ = making.lock(content, deadline)) {
                known = wanted.cached ? find(content) : Optional.empty();
                if (known.isPresent()) {
                    return used(wanted, known.get(), content);
                }
                imported = adopt(wanted, content, deadline);
                if (imported.isPresent()) {
                    return imported.get();
                }
                Digest layer = Digest.sha256(Ids.random().getBytes(StandardCharsets.US_ASCII));
                hold(layer);
                maker.make(layer);
                return made(wanted, layer, content);
            }
        }

        /** Held before it is looked for: what is there then, stays. */
        private Optional<BuildStepRow> find(Digest key) throws IOException {
            Optional<BuildStepRow> step = tables.find(key);
            if (step.isEmpty()) {
                return step;
            }
            hold(step.get().layer());
            return snapshotter.find(step.get().layer()).isPresent() ? step : Optional.empty();
        }

        /** Takes over what another node has made. */
        private Optional<Outcome> adopt(Wanted wanted, Digest key, Deadline deadline)
                throws IOException {
            Optional<CachedStep> known =
                    wanted.cached ? imports.flatMap(it -> it.find(key)) : Optional.empty();
            if (known.isEmpty()) {
                return Optional.empty();
            }
            CachedStep step = known.get();
            try (KeyedLocks.Held _ = making.lock(step.layer(), deadline)) {
                hold(step.layer());
                hold(step.blob().digest());
                boolean here = snapshotter.find(step.layer()).isPresent();
                if (!here && !imports.orElseThrow().fetch(step)) {
                    return Optional.empty();
                }
                return Optional.of(adopted(wanted, step, key));
            }
        }

        private synchronized Outcome adopted(Wanted wanted, CachedStep step, Digest key)
                throws IOException {
            Map<Digest, Digest> leading = new HashMap<>();
            leading.put(wanted.definition, step.layer());
            leading.put(key, step.layer());
            long bytes = bytes(step.layer());
            BuildStepRow row = row(step.layer(), wanted.description, bytes, step.created());
            tables.put(List.of(row), leading, boot);
            tables.putBlob(
                    new BuildBlobRow(step.layer(), step.packing(), step.diffId(), step.blob()));
            fresh.add(step.layer());
            take(wanted, step.layer(), step.created(), key);
            return new Outcome(step.layer(), step.created(), true);
        }

        private void take(Wanted wanted, Digest layer, Instant created, Digest key) {
            Set<Digest> leading =
                    taken.computeIfAbsent(
                                    layer,
                                    _ ->
                                            new Taken(
                                                    layer,
                                                    wanted.description,
                                                    created,
                                                    new LinkedHashSet<>()))
                            .keys;
            leading.add(wanted.definition);
            leading.add(key);
        }

        private long bytes(Digest layer) throws IOException {
            return snapshotter.find(layer).map(LayerInfo::usage).map(it -> it.bytes()).orElse(0L);
        }

        private synchronized Outcome used(Wanted wanted, BuildStepRow step, Digest key) {
            take(wanted, step.layer(), step.created(), key);
            keys.put(wanted.definition, step.layer());
            keys.put(key, step.layer());
            // Its row may have gone with a collection that came between.
            found.put(
                    step.layer(),
                    row(step.layer(), wanted.description, step.bytes(), step.created()));
            return new Outcome(step.layer(), step.created(), true);
        }

        /** Known from now on, whatever becomes of the build. */
        private synchronized Outcome made(Wanted wanted, Digest layer, Digest content)
                throws IOException {
            long bytes = bytes(layer);
            // As it is kept, so that who finds it later says the same of it.
            Instant created = clock.now().truncatedTo(ChronoUnit.MILLIS);
            Map<Digest, Digest> leading = new HashMap<>();
            leading.put(wanted.definition, layer);
            leading.put(content, layer);
            tables.put(List.of(row(layer, wanted.description, bytes, created)), leading, boot);
            fresh.add(layer);
            take(wanted, layer, created, content);
            return new Outcome(layer, created, false);
        }

        private BuildStepRow row(Digest layer, String description, long bytes, Instant created) {
            return new BuildStepRow(layer, description, bytes, created, clock.now(), 0);
        }

        /** Makes durable what was made, and records what was used. */
        synchronized void record() throws IOException {
            if (keys.isEmpty() && fresh.isEmpty()) {
                return;
            }
            // Also what another build made, which has not got to that yet.
            snapshotter.sync();
            fresh.addAll(found.keySet());
            tables.put(found.values(), keys, boot);
            tables.settle(fresh);
            keys.clear();
            found.clear();
            fresh.clear();
        }

        @Override
        public synchronized void close() {
            lease.close();
        }
    }

    Session open() {
        return new Session();
    }
}
