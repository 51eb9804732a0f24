package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An image.
 *
 * @param id digest of its configuration
 * @param current the manifest by which it came last
 * @param others further ones that names still stand for
 * @param layers chain ids, lowest first
 * @param pulled when it came
 */
public record ImageRow(
        Digest id,
        ManifestRow current,
        List<ManifestRow> others,
        List<Digest> layers,
        Instant pulled) {
    public ImageRow {
        others = List.copyOf(others);
        layers = List.copyOf(layers);
    }

    /** An image with one manifest. */
    public ImageRow(Digest id, ManifestRow manifest, List<Digest> layers, Instant pulled) {
        this(id, manifest, List.of(), layers, pulled);
    }

    /** An image with one manifest that is in no index. */
    public ImageRow(
            Digest id, Digest manifest, List<Digest> blobs, List<Digest> layers, Instant pulled) {
        this(id, new ManifestRow(manifest, manifest, blobs), layers, pulled);
    }

    /** Digest of the manifest by which it came last. */
    public Digest manifest() {
        return current.manifest();
    }

    /** What that manifest needs in the content store. */
    public List<Digest> blobs() {
        return current.blobs();
    }

    /** All its manifests, the current one first. */
    public List<ManifestRow> manifests() {
        List<ManifestRow> all = new ArrayList<>();
        all.add(current);
        all.addAll(others);
        return all;
    }
}
