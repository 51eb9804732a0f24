package io.gantry.image.snapshot;

import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a layer, kept in a file beside its files.
 *
 * @param usage what it takes up
 * @param opaqueRoot whether it hides everything below it
 */
public record LayerInfo(Digest diffId, Usage usage, boolean opaqueRoot) {

    private static final String FILE = "layer";

    void write(Path directory) throws IOException {
        Files.writeString(
                directory.resolve(FILE),
                String.join(
                        "\n",
                        diffId.toString(),
                        Long.toString(usage.bytes()),
                        Long.toString(usage.inodes()),
                        Boolean.toString(opaqueRoot),
                        ""));
    }

    /** Empty when there is no such layer. */
    static Optional<LayerInfo> read(Path directory) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(directory.resolve(FILE));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (lines.size() != 4) {
            throw new IOException(directory.resolve(FILE) + " has " + lines.size() + " lines");
        }
        Usage usage = new Usage(Long.parseLong(lines.get(1)), Long.parseLong(lines.get(2)));
        boolean opaque = Boolean.parseBoolean(lines.get(3));
        return Optional.of(new LayerInfo(Digest.parse(lines.get(0)), usage, opaque));
    }
}
