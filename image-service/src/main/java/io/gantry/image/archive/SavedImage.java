package io.gantry.image.archive;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.manifest.Platform;
import java.util.List;

/**
 * An image that is put into an archive.
 *
 * @param manifest descriptor of its manifest
 * @param document what that says
 * @param platform what it runs on
 * @param diffIds of its layers, lowest first
 * @param chainIds likewise
 * @param names that it has in the archive, in full, with a tag
 */
public record SavedImage(
        Descriptor manifest,
        Manifest document,
        Platform platform,
        List<Digest> diffIds,
        List<Digest> chainIds,
        List<String> names) {
    public SavedImage {
        diffIds = List.copyOf(diffIds);
        chainIds = List.copyOf(chainIds);
        names = List.copyOf(names);
    }
}
