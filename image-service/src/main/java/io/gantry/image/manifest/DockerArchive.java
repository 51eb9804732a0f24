package io.gantry.image.manifest;

import java.util.ArrayList;
import java.util.List;

/**
 * The {@code manifest.json} of an archive that {@code docker save} makes.
 *
 * @param images in order
 */
public record DockerArchive(List<Entry> images) {

    public DockerArchive {
        images = List.copyOf(images);
    }

    /**
     * An image.
     *
     * @param config path of its configuration in the archive
     * @param repoTags its names
     * @param layers paths in the archive, lowest first
     */
    public record Entry(String config, List<String> repoTags, List<String> layers) {
        public Entry {
            repoTags = List.copyOf(repoTags);
            layers = List.copyOf(layers);
        }
    }

    /**
     * Reads it.
     *
     * @throws InvalidImageException when it is malformed
     */
    public static DockerArchive parse(byte[] bytes) {
        List<Entry> images = new ArrayList<>();
        for (JsonObject image : JsonObject.parseArray("manifest.json", bytes)) {
            images.add(
                    new Entry(
                            image.requiredText("Config"),
                            image.texts("RepoTags"),
                            image.texts("Layers")));
        }
        return new DockerArchive(images);
    }
}
