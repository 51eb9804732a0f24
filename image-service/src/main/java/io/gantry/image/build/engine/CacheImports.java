package io.gantry.image.build.engine;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.build.cache.CachedStep;
import io.gantry.image.content.Digest;
import io.gantry.image.content.Ingest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.snapshot.Snapshotter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results of steps that other nodes have made, by the keys that lead to them. Nothing is fetched
 * before a step wants it. Thread-safe.
 */
final class CacheImports {

    private static final Logger log = LoggerFactory.getLogger(CacheImports.class);

    /** A step and where it is. */
    private record Offered(CachedStep step, CacheOrigin origin) {}

    private final Tools tools;
    private final Deadline deadline;
    private final Map<Digest, Offered> byKey = new HashMap<>();
    private final Map<Digest, CacheOrigin> byLayer = new HashMap<>();

    CacheImports(Tools tools, Deadline deadline) {
        this.tools = tools;
        this.deadline = deadline;
    }

    /** Offers what a cache has; what was offered before goes first. Returns how many steps. */
    synchronized int add(CacheOrigin origin) throws IOException {
        List<CachedStep> steps = origin.steps();
        for (CachedStep step : steps) {
            byLayer.putIfAbsent(step.layer(), origin);
            step.keys().forEach(key -> byKey.putIfAbsent(key, new Offered(step, origin)));
        }
        return steps.size();
    }

    /** What a key leads to. */
    synchronized Optional<CachedStep> find(Digest key) {
        return Optional.ofNullable(byKey.get(key)).map(Offered::step);
    }

    /**
     * Makes the layer of a step be here.
     *
     * @return false when it cannot be had: then the step has to be executed after all
     */
    boolean fetch(CachedStep step) throws IOException {
        CacheOrigin origin;
        synchronized (this) {
            origin = byLayer.get(step.layer());
        }
        if (origin == null) {
            return false;
        }
        try {
            fetch(step, origin);
            return true;
        } catch (CancelledException | DeadlineExceededException e) {
            throw e;
        } catch (ServiceException e) {
            log.atWarn()
                    .addKeyValue("blob", step.blob().digest())
                    .setCause(e)
                    .log("a cached step is not to be had");
            return false;
        }
    }

    private void fetch(CachedStep step, CacheOrigin origin) throws IOException {
        Snapshotter snapshotter = tools.snapshotter();
        Path staged = snapshotter.stage();
        boolean committed = false;
        try {
            AppliedLayer applied = unpack(step, origin, staged);
            if (!applied.diffId().equals(step.diffId())) {
                throw new DataLossException(
                        "cached layer %s unpacks to %s, its cache says %s"
                                .formatted(step.blob().digest(), applied.diffId(), step.diffId()));
            }
            // It describes all its directories: what is below does not matter.
            snapshotter.commit(staged, step.layer(), List.of(), applied);
            committed = true;
        } finally {
            if (!committed) {
                snapshotter.discard(staged);
            }
        }
    }

    private AppliedLayer unpack(CachedStep step, CacheOrigin origin, Path staged)
            throws IOException {
        String name = step.blob().digest().toString();
        Optional<Ingest> opened = tools.content().ingest(step.blob(), deadline);
        if (opened.isEmpty()) {
            try (InputStream stored = tools.content().open(step.blob().digest())) {
                return tools.applier().apply(name, stored, staged);
            }
        }
        try (Ingest ingest = opened.get()) {
            ingest.restart();
            try (InputStream arriving = new Kept(origin.open(step.blob()), ingest)) {
                AppliedLayer applied = tools.applier().apply(name, arriving, staged);
                ingest.commit();
                return applied;
            } catch (DataLossException e) {
                ingest.discard();
                throw e;
            }
        }
    }

    /** What is read from it is also taken in. */
    private static final class Kept extends FilterInputStream {
        private final Ingest ingest;

        Kept(InputStream in, Ingest ingest) {
            super(in);
            this.ingest = ingest;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = in.read(bytes, offset, length);
            if (count > 0) {
                ingest.write(bytes, offset, count);
            }
            return count;
        }
    }
}
