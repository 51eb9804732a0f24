package io.gantry.image.service;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.build.export.LayerDigest;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.Leases;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.layer.InvalidLayerException;
import io.gantry.image.layer.LayerApplier;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * Compares the files of layers with the blobs that they came from. A layer that was made here is
 * written again and has to have the same digest; of another, the blob is unpacked beside it.
 * Thread-safe.
 */
final class LayerCheck {

    private final LayerDigest digests;
    private final ContentStore content;
    private final Snapshotter snapshotter;
    private final LayerApplier applier;
    private final Leases leases;

    LayerCheck(
            Syscalls kernel,
            ContentStore content,
            Snapshotter snapshotter,
            LayerApplier applier,
            Leases leases) {
        this.digests = new LayerDigest(kernel);
        this.content = content;
        this.snapshotter = snapshotter;
        this.applier = applier;
        this.leases = leases;
    }

    /**
     * What is wrong with a layer; empty when nothing is, or when its blob is not here to tell.
     *
     * @throws IOException when there is no room for what is unpacked
     */
    String problem(LayerPlan layer) throws IOException {
        Digest blob = layer.descriptor().digest();
        try (Leases.Lease lease = leases.open()) {
            lease.hold(layer.chainId());
            lease.hold(blob);
            if (snapshotter.find(layer.chainId()).isEmpty()) {
                return "";
            }
            Path files = snapshotter.files(layer.chainId());
            try {
                if (digests.ofDiff(files).equals(layer.diffId())) {
                    return "";
                }
            } catch (IOException e) {
                return "its files cannot be read: " + e.getMessage();
            }
            Digest is = digests.ofFiles(files);
            return is.equals(unpacked(layer, is))
                    ? ""
                    : "its files are not those of its blob " + blob;
        }
    }

    /** The digest of what the blob unpacks to; {@code unknown} when that is not the layer. */
    private Digest unpacked(LayerPlan layer, Digest unknown) throws IOException {
        Digest blob = layer.descriptor().digest();
        Path staged = snapshotter.stage();
        try (InputStream in = content.open(blob)) {
            AppliedLayer applied = applier.apply(blob.toString(), in, staged);
            return applied.diffId().equals(layer.diffId()) ? digests.ofFiles(staged) : unknown;
        } catch (NotFoundException | InvalidLayerException e) {
            // What is wrong with a blob is found by reading that.
            return unknown;
        } finally {
            snapshotter.discard(staged);
        }
    }
}
