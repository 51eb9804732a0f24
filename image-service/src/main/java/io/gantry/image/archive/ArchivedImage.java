package io.gantry.image.archive;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import java.util.List;
import java.util.Set;

/**
 * An image that an archive has.
 *
 * @param root its manifest, or an index that leads to it; in the content store
 * @param names that the archive gives it, in full, with a tag
 * @param parts the blobs of the archive: all that the image may be made of
 */
public record ArchivedImage(Descriptor root, List<String> names, Set<Digest> parts) {
    public ArchivedImage {
        names = List.copyOf(names);
        parts = Set.copyOf(parts);
    }
}
