package io.gantry.image.gc;

import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.metadata.RootfsRow;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who needs which blobs and layers, at one moment. Blobs and layers are told apart, since a layer
 * that came unpacked has the digest of its blob for a chain id. Does not change.
 */
public final class References {

    private final Map<Digest, Integer> blobs = new HashMap<>();
    private final Map<Digest, Integer> layers = new HashMap<>();
    private final Set<Digest> ofContainers = new HashSet<>();
    private final Set<Digest> held;

    private References(Set<Digest> held) {
        this.held = held;
    }

    /**
     * The references of some images, and of everything else.
     *
     * @param images those that count
     * @param ofContainers what containers have of images
     * @param held what is under lease
     */
    static References of(
            Collection<ImageRow> images, Collection<RootfsRow> ofContainers, Set<Digest> held) {
        References references = new References(held);
        for (ImageRow image : images) {
            blobsOf(image).forEach(blob -> references.blobs.merge(blob, 1, Integer::sum));
            Set<Digest> own = new LinkedHashSet<>(image.layers());
            own.forEach(layer -> references.layers.merge(layer, 1, Integer::sum));
        }
        ofContainers.forEach(each -> references.ofContainers.addAll(each.layers()));
        return references;
    }

    static References of(ImageTables.Contents contents, Set<Digest> held) {
        return of(contents.images().values(), contents.ofContainers(), held);
    }

    /** Every blob of an image, by all its manifests, each once. */
    public static Set<Digest> blobsOf(ImageRow image) {
        Set<Digest> blobs = new LinkedHashSet<>();
        for (ManifestRow manifest : image.manifests()) {
            blobs.addAll(manifest.blobs());
            blobs.add(manifest.manifest());
        }
        blobs.add(image.id());
        return blobs;
    }

    /** Whether anything needs a blob. */
    public boolean needBlob(Digest blob) {
        return blobs.containsKey(blob) || held.contains(blob);
    }

    /** Whether anything needs a layer. */
    public boolean needLayer(Digest chainId) {
        return layers.containsKey(chainId)
                || ofContainers.contains(chainId)
                || held.contains(chainId);
    }

    /** Whether one image needs a blob, and nothing else does. */
    public boolean oneImageNeedsBlob(Digest blob) {
        return blobs.getOrDefault(blob, 0) == 1 && !held.contains(blob);
    }

    /** Whether one image needs a layer, and nothing else does. */
    public boolean oneImageNeedsLayer(Digest chainId) {
        return layers.getOrDefault(chainId, 0) == 1
                && !ofContainers.contains(chainId)
                && !held.contains(chainId);
    }
}
