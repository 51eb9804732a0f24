package io.gantry.runtime.service;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.gantry.base.error.DataLossException;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.Seccomp;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.store.JsonCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The bundles of containers on disk. Written without fsync: after the death of the machine no
 * container can be started from one. Those that are asked for again and again, as by every command
 * that is executed, can be kept in memory. Thread-safe.
 */
final class Bundles {

    private final Layout layout;

    /** The default seccomp profile is most of a bundle, and the same in most. */
    private final JsonCodec<Bundle> codec =
            JsonCodec.of(
                    Bundle.class,
                    Seccomp.class,
                    Map.entry(LinuxSpec.class, LabelWhereThereIsOne.class));

    private final ConcurrentMap<ContainerId, Bundle> kept = new ConcurrentHashMap<>();

    /** An earlier daemon, which knows of no labels, reads a bundle that has none. */
    private abstract static class LabelWhereThereIsOne {
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @SuppressWarnings("UnusedMethod") // Jackson's to read.
        abstract String mountLabel();
    }

    Bundles(Layout layout) {
        this.layout = layout;
    }

    void write(ContainerId id, Bundle bundle) throws IOException {
        Layout.ContainerFiles files = layout.container(id);
        Files.createDirectories(files.directory());
        Files.createDirectories(files.rootfs());
        Path fresh = files.spec().resolveSibling(files.spec().getFileName() + ".new");
        Files.write(fresh, codec.write(bundle));
        Files.move(fresh, files.spec(), StandardCopyOption.ATOMIC_MOVE);
        kept.put(id, bundle);
    }

    /**
     * Reads one.
     *
     * @throws DataLossException when it is not there or not readable
     */
    Bundle read(ContainerId id) {
        Bundle known = kept.get(id);
        return known == null ? load(id) : known;
    }

    /** As {@link #read}, and remembers it until it is {@link #drop dropped}. */
    Bundle keep(ContainerId id) {
        // What is written meanwhile waits for the reading, and replaces what it found.
        return kept.computeIfAbsent(id, this::load);
    }

    /** Remembers it no longer. */
    void drop(ContainerId id) {
        kept.remove(id);
    }

    /** Whose bundles are in memory. */
    Set<ContainerId> kept() {
        return Set.copyOf(kept.keySet());
    }

    private Bundle load(ContainerId id) {
        Path file = layout.container(id).spec();
        try {
            return codec.read(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new DataLossException("read " + file + ": " + e.getMessage(), e);
        }
    }
}
