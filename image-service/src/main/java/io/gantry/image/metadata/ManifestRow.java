package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.util.List;

/**
 * A manifest by which an image came. The same configuration, so the same image, may be packed in
 * several ways, each with a manifest of its own.
 *
 * @param root digest of the document that names stand for: an index, or the manifest itself
 * @param manifest digest of the manifest
 * @param blobs everything of it in the content store: indexes, manifest, configuration, layers
 */
public record ManifestRow(Digest root, Digest manifest, List<Digest> blobs) {
    public ManifestRow {
        blobs = List.copyOf(blobs);
    }
}
