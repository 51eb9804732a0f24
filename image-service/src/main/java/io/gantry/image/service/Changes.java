package io.gantry.image.service;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.diff.Change;
import io.gantry.image.diff.TreeDiff;
import io.gantry.image.gc.Leases;
import io.gantry.image.metadata.RootfsRow;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.util.List;

/** Changes as the layers on disk tell them. */
final class Changes implements ContainerChanges {

    private final Snapshotter snapshotter;
    private final Catalog catalog;
    private final ContainerRootfs rootfs;
    private final Leases leases;

    Changes(PullImage.Stores stores, ContainerRootfs rootfs, Leases leases) {
        this.snapshotter = stores.snapshotter();
        this.catalog = stores.catalog();
        this.rootfs = rootfs;
        this.leases = leases;
    }

    @Override
    public List<Change> of(String containerId) {
        RootfsRow row = rootfs.row(containerId).orElseThrow(() -> absent(containerId));
        try (Leases.Lease lease = leases.open()) {
            row.layers().forEach(lease::hold);
            LayerStack merged =
                    snapshotter
                            .merged(containerId, row.layers())
                            .orElseThrow(() -> absent(containerId));
            return TreeDiff.ofTop(snapshotter.stack(row.layers()), merged);
        } catch (IOException e) {
            throw Failures.of("compare container " + containerId + " with its image", e);
        }
    }

    @Override
    public List<Change> between(String from, String to) {
        try (Leases.Lease lease = leases.open()) {
            catalog.get(from).layers().forEach(lease::hold);
            catalog.get(to).layers().forEach(lease::hold);
            // Again, since they may have been removed before their layers were held.
            LayerStack before = snapshotter.stack(catalog.get(from).layers());
            return TreeDiff.between(before, snapshotter.stack(catalog.get(to).layers()));
        } catch (IOException e) {
            throw Failures.of("compare image " + to + " with " + from, e);
        }
    }

    private static NotFoundException absent(String containerId) {
        return new NotFoundException("container " + containerId + " has no root file system");
    }
}
