package io.gantry.cli;

import io.gantry.proto.image.BlobProgress;
import io.gantry.proto.image.LayerProgress;

/**
 * A layer on its way, as people are shown it.
 *
 * @param id short
 * @param status a word or two
 * @param bytes that have been moved
 * @param total of how many; 0: not known
 * @param moving whether bytes are on their way now
 * @param over whether nothing more happens to it
 */
record ProgressRow(String id, String status, long bytes, long total, boolean moving, boolean over) {

    static ProgressRow of(LayerProgress layer) {
        String status =
                switch (layer.getPhase()) {
                    case LAYER_PHASE_WAITING -> "Waiting";
                    case LAYER_PHASE_DOWNLOADING -> "Downloading";
                    case LAYER_PHASE_VERIFYING -> "Verifying";
                    case LAYER_PHASE_UNPACKING -> "Extracting";
                    case LAYER_PHASE_EXISTS -> "Already exists";
                    case LAYER_PHASE_DONE -> "Pull complete";
                    case LAYER_PHASE_UNSPECIFIED, UNRECOGNIZED -> "";
                };
        boolean over =
                switch (layer.getPhase()) {
                    case LAYER_PHASE_EXISTS, LAYER_PHASE_DONE -> true;
                    default -> false;
                };
        boolean moving =
                switch (layer.getPhase()) {
                    case LAYER_PHASE_DOWNLOADING -> true;
                    default -> false;
                };
        return new ProgressRow(
                OutputOptions.shorten(layer.getId()),
                status,
                layer.getBytes(),
                layer.getTotal(),
                moving,
                over);
    }

    static ProgressRow of(BlobProgress blob) {
        String status =
                switch (blob.getPhase()) {
                    case BLOB_PHASE_WAITING -> "Waiting";
                    case BLOB_PHASE_UPLOADING -> "Pushing";
                    case BLOB_PHASE_EXISTS -> "Layer already exists";
                    case BLOB_PHASE_MOUNTED -> "Mounted from another repository";
                    case BLOB_PHASE_DONE -> "Pushed";
                    case BLOB_PHASE_UNSPECIFIED, UNRECOGNIZED -> "";
                };
        boolean over =
                switch (blob.getPhase()) {
                    case BLOB_PHASE_EXISTS, BLOB_PHASE_MOUNTED, BLOB_PHASE_DONE -> true;
                    default -> false;
                };
        boolean moving =
                switch (blob.getPhase()) {
                    case BLOB_PHASE_UPLOADING -> true;
                    default -> false;
                };
        return new ProgressRow(
                OutputOptions.shorten(blob.getId()),
                status,
                blob.getBytes(),
                blob.getTotal(),
                moving,
                over);
    }
}
