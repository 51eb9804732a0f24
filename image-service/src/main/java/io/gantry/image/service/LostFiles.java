package io.gantry.image.service;

import io.gantry.base.error.ServiceException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.snapshot.Snapshotter;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings rows and files together at the start, where a damaged disk or a file system without order
 * has parted them: an image has its documents and layers or is none, and a blob that is not what it
 * is called goes, for every pull would take it for what it is not. Of large blobs only the length
 * is looked at.
 */
final class LostFiles {

    private static final Logger log = LoggerFactory.getLogger(LostFiles.class);

    private final ImageTables tables;
    private final ContentStore content;
    private final Snapshotter snapshotter;

    LostFiles(ImageTables tables, ContentStore content, Snapshotter snapshotter) {
        this.tables = tables;
        this.content = content;
        this.snapshotter = snapshotter;
    }

    /** Forgets what is not whole; the collection after it removes what that leaves. */
    void forget() throws IOException {
        Set<Digest> layers = snapshotter.layers();
        ImageTables.Contents contents = tables.load();
        for (ImageRow image : contents.images().values()) {
            if (!layers.containsAll(image.layers()) || !hasDocuments(image, image.current())) {
                log.atWarn().addKeyValue("imageId", image.id()).log("image has lost files");
                tables.deleteImage(image.id());
            } else {
                forgetManifests(image);
            }
        }
        Set<Digest> gone = new HashSet<>(contents.layers().keySet());
        gone.removeAll(layers);
        tables.deleteLayers(gone);
        Set<Digest> results = tables.builds().layers();
        results.removeAll(layers);
        tables.builds().delete(results);
    }

    /** The image itself is whole; names that stand for another manifest of it may not be. */
    private void forgetManifests(ImageRow image) throws IOException {
        for (ManifestRow other : image.others()) {
            if (!hasDocuments(image, other)) {
                log.atWarn()
                        .addKeyValue("imageId", image.id())
                        .addKeyValue("manifest", other.root())
                        .log("manifest has lost files");
                tables.deleteManifest(image.id(), other.root());
            }
        }
    }

    private boolean hasDocuments(ImageRow image, ManifestRow row) throws IOException {
        Optional<Manifest> manifest = manifest(row.manifest());
        if (manifest.isEmpty()) {
            return false;
        }
        Map<Digest, Descriptor> parts = new HashMap<>();
        manifest.get().layers().forEach(layer -> parts.put(layer.digest(), layer));
        Set<Digest> blobs = new LinkedHashSet<>(row.blobs());
        blobs.add(image.id());
        for (Digest blob : blobs) {
            Descriptor part = parts.get(blob);
            if (content.exists(blob) && !(part == null ? isItself(blob) : hasLength(part))) {
                log.atWarn().addKeyValue("blob", blob).log("removing a damaged blob");
                content.delete(blob);
            }
        }
        return content.exists(image.id())
                && (!manifest.get().isArtifact() || hasAll(parts.keySet()));
    }

    private Optional<Manifest> manifest(Digest digest) throws IOException {
        if (!content.exists(digest) || !isItself(digest)) {
            return Optional.empty();
        }
        try {
            byte[] bytes = content.read(digest, Document.MAX_BYTES);
            return Document.parse("manifest " + digest, "", bytes) instanceof Manifest manifest
                    ? Optional.of(manifest)
                    : Optional.empty();
        } catch (ServiceException e) {
            log.atWarn().addKeyValue("blob", digest).setCause(e).log("not a manifest");
            return Optional.empty();
        }
    }

    /** Whether a document has its digest; what is too large to be one is left alone. */
    private boolean isItself(Digest blob) throws IOException {
        if (content.find(blob).orElse(0) > ImageConfig.MAX_BYTES) {
            return true;
        }
        byte[] bytes = content.read(blob, ImageConfig.MAX_BYTES);
        return Digest.of(blob.algorithm(), bytes).equals(blob);
    }

    private boolean hasLength(Descriptor blob) throws IOException {
        return content.find(blob.digest()).orElse(-1) == blob.size();
    }

    private boolean hasAll(Set<Digest> blobs) throws IOException {
        for (Digest blob : blobs) {
            if (!content.exists(blob)) {
                return false;
            }
        }
        return true;
    }
}
