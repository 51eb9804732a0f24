package io.gantry.image.manifest;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a container image (OCI image-spec config.md); Docker's has the same fields.
 *
 * @param platform what it runs on
 * @param created when it was built; null: not said, or not a time
 * @param author as written; may be empty
 * @param defaults how a container of it runs unless told otherwise
 * @param diffIds digests of the uncompressed layers, lowest first
 * @param history how it came about, oldest first
 */
public record ImageConfig(
        Platform platform,
        @Nullable Instant created,
        String author,
        ContainerDefaults defaults,
        List<Digest> diffIds,
        List<History> history) {

    /** Largest configuration that is accepted, in bytes. */
    public static final int MAX_BYTES = 8 * 1024 * 1024;

    public ImageConfig {
        diffIds = List.copyOf(diffIds);
        history = List.copyOf(history);
    }

    /**
     * A build step.
     *
     * @param created when; null: not said
     * @param emptyLayer whether it changed no file, and so has no layer
     */
    public record History(
            @Nullable Instant created,
            String createdBy,
            String author,
            String comment,
            boolean emptyLayer) {}

    /** What stands for the configuration of an artifact, which has none of an image's. */
    public static ImageConfig ofArtifact(Manifest manifest) {
        return ImageConfigReader.ofArtifact(manifest);
    }

    /**
     * Reads the configuration of an image.
     *
     * @param manifest the manifest that points to it
     * @throws InvalidImageException when it is malformed, no container image's, or does not fit the
     *     manifest's layers
     */
    public static ImageConfig parse(Manifest manifest, byte[] bytes) {
        Descriptor config = manifest.config();
        if (!MediaType.isConfig(config.mediaType())) {
            throw new InvalidImageException(
                    "not a container image: its config "
                            + config.digest()
                            + " has media type "
                            + config.mediaType());
        }
        ImageConfig parsed = ImageConfigReader.read("image config " + config.digest(), bytes);
        if (parsed.diffIds.size() != manifest.layers().size()) {
            throw new InvalidImageException(
                    "image config "
                            + config.digest()
                            + " has "
                            + parsed.diffIds.size()
                            + " diff ids for "
                            + manifest.layers().size()
                            + " layers");
        }
        return parsed;
    }
}
