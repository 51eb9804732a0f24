package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import io.gantry.image.gc.Leases;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** Something that is to be here: its documents are, the rest may not be yet. */
sealed interface Plan permits ImagePlan, ArtifactPlan {

    /** How it was found. */
    ImageSelection selection();

    /** The blobs that are received for it, each once. */
    List<Descriptor> parts();

    /** Protects everything that it is made of. */
    void hold(Leases.Lease lease);

    /** Makes everything be here that is not; it is durable only after a sync. */
    void make(PullImage.Stores stores, LayerUnpacker unpacker, LayerUnpacker.Order order)
            throws IOException;

    /** Makes its blobs be here, also those that were not needed to make it. */
    void makeBlobs(PullImage.Stores stores, LayerUnpacker.Order order) throws IOException;

    /** Its row. */
    ImageRow row(Instant came);

    /** The rows of its layers, which must be here by now. */
    List<LayerRow> layerRows(Snapshotter snapshotter) throws IOException;
}
