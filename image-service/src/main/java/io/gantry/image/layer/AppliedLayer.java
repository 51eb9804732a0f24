package io.gantry.image.layer;

import io.gantry.image.content.Digest;
import java.util.List;

/**
 * What came out of unpacking a layer.
 *
 * @param diffId digest of the uncompressed tar
 * @param bytes space that its files take, in blocks of 4 KiB
 * @param inodes number of files, links to the same one counted once
 * @param opaqueRoot whether it hides everything below it
 * @param impliedDirectories paths of directories that it has files in but does not describe,
 *     parents first: their attributes are to be those of the layers below
 */
public record AppliedLayer(
        Digest diffId,
        long bytes,
        long inodes,
        boolean opaqueRoot,
        List<String> impliedDirectories) {

    public AppliedLayer {
        impliedDirectories = List.copyOf(impliedDirectories);
    }
}
