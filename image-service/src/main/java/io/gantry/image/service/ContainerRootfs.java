package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.gc.Leases;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.RootfsRow;
import io.gantry.image.service.Images.Collecting;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.image.snapshot.Usage;
import io.gantry.linux.spec.SpecMount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Root file systems as snapshots. */
final class ContainerRootfs implements RootfsStore {

    private static final int FILE_MAX = 1 << 20;

    private final Path root;
    private final Catalog catalog;
    private final ImageTables tables;
    private final Snapshotter snapshotter;
    private final Leases leases;
    private final GarbageCollector collector;
    private final Clock clock;
    private final Map<String, RootfsRow> rows = new ConcurrentHashMap<>();
    private final Map<String, List<RootfsRow>> volumes = new ConcurrentHashMap<>();

    ContainerRootfs(Path root, ImageTables tables, PullImage.Stores stores, Collecting collecting) {
        this.root = root;
        this.catalog = stores.catalog();
        this.tables = tables;
        this.snapshotter = stores.snapshotter();
        this.leases = collecting.leases();
        this.collector = collecting.collector();
        this.clock = collecting.clock();
    }

    /** Removes snapshots that no row names. */
    void start() throws IOException {
        ImageTables.Contents contents = tables.load();
        rows.putAll(contents.rootfs());
        contents.volumes().forEach(this::addVolume);
        for (String key : snapshotter.keys()) {
            if (!rows.containsKey(key)) {
                snapshotter.remove(key);
            }
        }
    }

    /** The containers that were made from each image, or see it as a volume. */
    Map<Digest, Set<String>> users() {
        List<RootfsRow> all = new ArrayList<>(rows.values());
        volumes.values().forEach(all::addAll);
        Map<Digest, Set<String>> users = new HashMap<>();
        for (RootfsRow row : all) {
            users.computeIfAbsent(row.image(), image -> new TreeSet<>()).add(row.container());
        }
        return users;
    }

    /** What a container's root file system stands on; empty when it has none. */
    Optional<RootfsRow> row(String containerId) {
        return Optional.ofNullable(rows.get(containerId));
    }

    @Override
    public List<SpecMount> prepare(String containerId, String nameOrId) {
        try (Leases.Lease lease = leases.open()) {
            image(nameOrId).layers().forEach(lease::hold);
            // Again, since it may have been removed before its layers were held.
            Image image = image(nameOrId);
            if (image.isArtifact()) {
                throw new FailedPreconditionException(
                        "image "
                                + nameOrId
                                + " is an artifact of type "
                                + image.artifactType()
                                + " and no container image: it can be mounted, but not run");
            }
            RootfsRow row = new RootfsRow(containerId, image.id(), image.layers());
            List<SpecMount> mounts = snapshotter.prepare(containerId, row.layers());
            record(row);
            return mounts;
        } catch (IOException e) {
            throw Failures.onDisk(root, "make the root file system of " + containerId, e);
        }
    }

    private void record(RootfsRow row) throws IOException {
        try {
            tables.putRootfs(row);
        } catch (ServiceException e) {
            snapshotter.remove(row.container());
            throw e;
        }
        rows.put(row.container(), row);
    }

    @Override
    public SpecMount view(String containerId, String nameOrId, String directory) {
        try (Leases.Lease lease = leases.open()) {
            image(nameOrId).layers().forEach(lease::hold);
            Image image = image(nameOrId);
            SpecMount view = new ImageView(snapshotter, image).of(directory);
            RootfsRow row = new RootfsRow(containerId, image.id(), image.layers());
            tables.putVolume(row);
            addVolume(row);
            return view;
        } catch (IOException e) {
            throw Failures.onDisk(root, "show image " + nameOrId + " to " + containerId, e);
        }
    }

    @Override
    public Path volume(String containerId, String path) {
        RootfsRow row = rows.get(containerId);
        if (row == null) {
            throw new NotFoundException(containerId + " has no root file system");
        }
        try {
            return snapshotter.volume(containerId, row.layers(), path);
        } catch (IOException e) {
            throw Failures.onDisk(root, "make volume " + path + " of " + containerId, e);
        }
    }

    @Override
    public void remove(String containerId) {
        try {
            tables.deleteRootfs(containerId);
            snapshotter.remove(containerId);
            List<RootfsRow> gone = new ArrayList<>(volumes.getOrDefault(containerId, List.of()));
            volumes.remove(containerId);
            Optional.ofNullable(rows.remove(containerId)).ifPresent(gone::add);
            if (gone.stream().anyMatch(row -> catalog.find(row.image()).isEmpty())) {
                collector.collect(Partial.KEEP);
            }
        } catch (IOException e) {
            throw Failures.of("remove the root file system of " + containerId, e);
        }
    }

    @Override
    public Optional<FsUsage> usage(String containerId) {
        try {
            Optional<Usage> usage = snapshotter.usage(containerId);
            return usage.map(u -> new FsUsage(root, u.bytes(), u.inodes(), clock.now()));
        } catch (IOException e) {
            throw Failures.of("measure the root file system of " + containerId, e);
        }
    }

    /** Bytes on disk of each volume that was made for a container. */
    List<Long> volumeBytes(String containerId) {
        try {
            return snapshotter.volumes(containerId).stream().map(Usage::bytes).toList();
        } catch (IOException e) {
            throw Failures.of("measure the volumes of " + containerId, e);
        }
    }

    @Override
    public Set<String> list() {
        Set<String> all = new TreeSet<>(rows.keySet());
        all.addAll(volumes.keySet());
        return all;
    }

    @Override
    public Optional<byte[]> readFile(String nameOrId, String path) {
        try (Leases.Lease lease = leases.open()) {
            image(nameOrId).layers().forEach(lease::hold);
            return snapshotter.stack(image(nameOrId).layers()).readFile(path, FILE_MAX);
        } catch (IOException e) {
            throw Failures.of("read " + path + " of image " + nameOrId, e);
        }
    }

    private void addVolume(RootfsRow row) {
        volumes.merge(
                row.container(),
                List.of(row),
                (before, added) ->
                        Stream.concat(before.stream(), added.stream()).distinct().toList());
    }

    private Image image(String nameOrId) {
        return catalog.get(nameOrId);
    }
}
