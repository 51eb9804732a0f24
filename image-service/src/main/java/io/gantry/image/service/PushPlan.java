package io.gantry.image.service;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Index;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.manifest.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What there is to push.
 *
 * @param documents manifests and indexes, children before the indexes that name them; the last is
 *     the one that gets the names
 */
record PushPlan(List<Part> documents) {

    /** Indexes within indexes that are followed. */
    private static final int MAX_DEPTH = 4;

    PushPlan {
        documents = List.copyOf(documents);
    }

    /**
     * A manifest or index.
     *
     * @param bytes as they came
     * @param blobs that it needs, without those that registries need not hold
     */
    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    record Part(Descriptor descriptor, byte[] bytes, List<Descriptor> blobs) {
        Part {
            blobs = List.copyOf(blobs);
        }
    }

    /** The documents that are here. */
    @FunctionalInterface
    interface Source {
        /** Yields a document; empty when it is not here. */
        Optional<byte[]> find(Digest digest) throws IOException;
    }

    /**
     * Plans.
     *
     * @param root what gets the names
     * @throws FailedPreconditionException naming the platforms whose manifests are not here
     */
    static PushPlan of(String image, Digest root, Source source) throws IOException {
        Walk walk = new Walk(source);
        walk.visit(root, "", "", 0);
        if (!walk.missing.isEmpty()) {
            throw new FailedPreconditionException(
                    "image "
                            + image
                            + " cannot be pushed whole, not all of "
                            + root
                            + " is here: "
                            + String.join(", ", walk.missing)
                            + "; push it for one platform, or pull these first");
        }
        return new PushPlan(walk.documents);
    }

    /** What gets the names. */
    Descriptor root() {
        return documents.getLast().descriptor();
    }

    /** Every blob once, in the order in which documents name them. */
    static List<Descriptor> blobsOf(List<Part> documents) {
        Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
        for (Part document : documents) {
            document.blobs().forEach(blob -> blobs.putIfAbsent(blob.digest(), blob));
        }
        return List.copyOf(blobs.values());
    }

    private static final class Walk {
        private final Source source;
        private final Set<Digest> visited = new HashSet<>();
        private final List<Part> documents = new ArrayList<>();
        private final List<String> missing = new ArrayList<>();

        Walk(Source source) {
            this.source = source;
        }

        /**
         * Takes in a document with what it names.
         *
         * @param mediaType by its descriptor; empty: it says itself
         * @param platform that it is for, in messages; may be empty
         */
        void visit(Digest digest, String mediaType, String platform, int depth) throws IOException {
            if (!visited.add(digest)) {
                return;
            }
            Optional<byte[]> found = source.find(digest);
            if (found.isEmpty()) {
                missing.add(platform.isEmpty() ? digest.toString() : platform + " " + digest);
                return;
            }
            byte[] bytes = found.get();
            Document document = Document.parse("manifest " + digest, mediaType, bytes);
            List<Descriptor> blobs =
                    switch (document) {
                        case Manifest manifest -> blobs(manifest);
                        case Index index -> descend(digest, index, depth);
                    };
            Descriptor descriptor = new Descriptor(document.mediaType(), digest, bytes.length);
            documents.add(new Part(descriptor, bytes, blobs));
        }

        private static List<Descriptor> blobs(Manifest manifest) {
            List<Descriptor> blobs = new ArrayList<>();
            blobs.add(manifest.config());
            manifest.layers().stream()
                    .filter(layer -> !MediaType.isForeignLayer(layer.mediaType()))
                    .forEach(blobs::add);
            return blobs;
        }

        /** Yields what an index names that is no document. */
        private List<Descriptor> descend(Digest digest, Index index, int depth) throws IOException {
            if (depth == MAX_DEPTH) {
                throw new InvalidImageException(
                        "index " + digest + " is nested deeper than " + MAX_DEPTH + " levels");
            }
            List<Descriptor> others = new ArrayList<>();
            for (Index.Entry entry : index.entries()) {
                Descriptor child = entry.descriptor();
                if (MediaType.isIndex(child.mediaType())
                        || MediaType.isManifest(child.mediaType())) {
                    visit(child.digest(), child.mediaType(), text(entry.platform()), depth + 1);
                } else {
                    others.add(child);
                }
            }
            return others;
        }

        private static String text(@Nullable Platform platform) {
            return platform == null ? "" : platform.toString();
        }
    }
}
