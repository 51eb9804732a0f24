package io.gantry.image.snapshot;

import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Further names of layers: symbolic links beside these. */
final class LayerAliases {

    private final Path layers;

    LayerAliases(Path layers) {
        this.layers = layers;
    }

    /** Whether there is a layer of that name. */
    boolean isGiven(Digest name) {
        return Files.exists(layers.resolve(name.hex()), LinkOption.NOFOLLOW_LINKS);
    }

    /** Gives a layer a name unless there is a layer of that name. */
    void give(Digest name, Digest layer) throws IOException {
        try {
            Files.createSymbolicLink(layers.resolve(name.hex()), Path.of(layer.hex()));
        } catch (FileAlreadyExistsException e) {
            // The same files by the same name.
            return;
        }
    }

    /** The layers by their further names. */
    Map<Digest, Digest> list() throws IOException {
        Map<Digest, Digest> aliases = new HashMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(layers)) {
            for (Path entry : entries) {
                if (Files.isSymbolicLink(entry)) {
                    aliases.put(named(entry), named(Files.readSymbolicLink(entry)));
                }
            }
        }
        return aliases;
    }

    /** The name of a layer's directory or link. */
    static Digest named(Path entry) {
        return new Digest(Digest.Algorithm.SHA256, entry.getFileName().toString());
    }
}
