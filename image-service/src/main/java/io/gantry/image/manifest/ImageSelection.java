package io.gantry.image.manifest;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The way from a name's document to the manifest of one platform, through indexes if need be.
 *
 * @param indexes those on the way, outermost first; empty when the document is a manifest
 * @param descriptor the manifest's
 * @param manifest of the image that fits best
 */
public record ImageSelection(List<Descriptor> indexes, Descriptor descriptor, Manifest manifest) {

    /** Indexes within indexes that are followed. */
    static final int MAX_DEPTH = 4;

    /** Documents that one selection reads: what a hostile index can make us fetch. */
    static final int MAX_DOCUMENTS = 16;

    public ImageSelection {
        indexes = List.copyOf(indexes);
    }

    /** Digest of the document where the way begins. */
    public Digest root() {
        return indexes.isEmpty() ? descriptor.digest() : indexes.getFirst().digest();
    }

    /** Where the documents of an index are had. */
    @FunctionalInterface
    public interface Source {
        /** Yields the verified bytes of a manifest or index. */
        byte[] read(Descriptor descriptor) throws IOException;
    }

    /**
     * Chooses.
     *
     * @param root where to begin: an index or a manifest; a manifest is taken as it is
     * @throws NotFoundException when no image fits, naming the platforms that there are
     * @throws InvalidImageException when a document is bad or the nesting too deep
     */
    public static ImageSelection select(Descriptor root, Platform host, Source source)
            throws IOException {
        Walk walk = new Walk(host, source);
        Optional<ImageSelection> selection = walk.visit(root, List.of());
        return selection.orElseThrow(
                () ->
                        new NotFoundException(
                                "image "
                                        + root.digest()
                                        + " has no manifest for platform "
                                        + host
                                        + ", only for "
                                        + (walk.seen.isEmpty() ? "none" : walk.seen)));
    }

    private static final class Walk {
        private final Platform host;
        private final Source source;
        private final Set<Digest> visited = new HashSet<>();
        private final List<Platform> seen = new ArrayList<>();

        Walk(Platform host, Source source) {
            this.host = host;
            this.source = source;
        }

        Optional<ImageSelection> visit(Descriptor descriptor, List<Descriptor> indexes)
                throws IOException {
            // An index that is met again, in a circle or twice, has nothing new to offer.
            if (!visited.add(descriptor.digest())) {
                return Optional.empty();
            }
            if (visited.size() > MAX_DOCUMENTS) {
                throw new InvalidImageException(
                        "image leads through more than " + MAX_DOCUMENTS + " documents");
            }
            Document document =
                    Document.parse(
                            "manifest " + descriptor.digest(),
                            descriptor.mediaType(),
                            source.read(descriptor));
            return switch (document) {
                case Manifest manifest ->
                        Optional.of(new ImageSelection(indexes, descriptor, manifest));
                case Index index -> descend(descriptor, index, indexes);
            };
        }

        private Optional<ImageSelection> descend(
                Descriptor descriptor, Index index, List<Descriptor> indexes) throws IOException {
            if (indexes.size() == MAX_DEPTH) {
                throw new InvalidImageException(
                        "index "
                                + descriptor.digest()
                                + " is nested deeper than "
                                + MAX_DEPTH
                                + " levels");
            }
            List<Descriptor> path = new ArrayList<>(indexes);
            path.add(descriptor);
            for (Candidate candidate : candidates(index)) {
                Optional<ImageSelection> found = visit(candidate.descriptor, path);
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        }

        private List<Candidate> candidates(Index index) {
            List<Candidate> candidates = new ArrayList<>();
            for (Index.Entry entry : index.entries()) {
                String mediaType = entry.descriptor().mediaType();
                if (MediaType.isIndex(mediaType) || MediaType.isManifest(mediaType)) {
                    distance(entry)
                            .ifPresent(d -> candidates.add(new Candidate(d, entry.descriptor())));
                }
            }
            candidates.sort(Comparator.comparingInt(Candidate::distance));
            return candidates;
        }

        /** An entry that says no platform is the last resort. */
        private OptionalInt distance(Index.Entry entry) {
            Platform platform = entry.platform();
            if (platform == null || platform.os().isEmpty()) {
                return OptionalInt.of(Integer.MAX_VALUE);
            }
            if (platform.isUnknown()) {
                return OptionalInt.empty();
            }
            seen.add(platform);
            return platform.distanceFrom(host);
        }
    }

    private record Candidate(int distance, Descriptor descriptor) {}
}
