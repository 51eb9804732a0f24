package io.gantry.image.snapshot;

import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Short names for layers: 128 of them should fit into the one page of options that mount(2) takes.
 * A name is a piece of the chain id, longer where a shorter one is another layer's.
 */
final class LayerLinks {

    private static final int SHORTEST = 8;

    private final Path directory;

    LayerLinks(Path directory) {
        this.directory = directory;
    }

    /** The link to a layer, made where it is missing. */
    Path linkTo(Digest chainId, Path layer) throws IOException {
        Path target = directory.relativize(layer);
        for (int length = SHORTEST; length <= chainId.hex().length(); length++) {
            Path link = directory.resolve(chainId.hex().substring(0, length));
            try {
                if (Files.readSymbolicLink(link).equals(target)) {
                    return link;
                }
            } catch (NoSuchFileException e) {
                if (create(link, target)) {
                    return link;
                }
            }
        }
        throw new FileAlreadyExistsException(directory + ": no free name for " + chainId);
    }

    /** Removes the link to a layer. */
    void remove(Digest chainId, Path layer) throws IOException {
        Path target = directory.relativize(layer);
        for (int length = SHORTEST; length <= chainId.hex().length(); length++) {
            Path link = directory.resolve(chainId.hex().substring(0, length));
            try {
                if (Files.readSymbolicLink(link).equals(target)) {
                    Files.deleteIfExists(link);
                    return;
                }
            } catch (NoSuchFileException e) {
                return;
            }
        }
    }

    /** Removes links to what is not there. */
    void sweep() throws IOException {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(directory)) {
            for (Path link : links) {
                if (!Files.exists(link)) {
                    Files.delete(link);
                }
            }
        }
    }

    private static boolean create(Path link, Path target) throws IOException {
        try {
            Files.createSymbolicLink(link, target);
            return true;
        } catch (FileAlreadyExistsException e) {
            return Files.readSymbolicLink(link).equals(target);
        }
    }
}
