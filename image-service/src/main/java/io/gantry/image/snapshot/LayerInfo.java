package io.gantry.image.snapshot;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
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
    private static final int LINES = 4;

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

    /**
     * Empty when there is no such layer, or it has no such file any more: a layer that was not
     * durable when the power went is left with any part of what it had.
     */
    static Optional<LayerInfo> read(Path directory) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(directory.resolve(FILE));
        } catch (NoSuchFileException | CharacterCodingException e) {
            return Optional.empty();
        }
        return parse(lines);
    }

    private static Optional<LayerInfo> parse(List<String> lines) {
        if (lines.size() != LINES) {
            return Optional.empty();
        }
        try {
            Usage usage = new Usage(Long.parseLong(lines.get(1)), Long.parseLong(lines.get(2)));
            boolean opaque = Boolean.parseBoolean(lines.get(3));
            return Optional.of(new LayerInfo(Digest.parse(lines.get(0)), usage, opaque));
        } catch (NumberFormatException | InvalidArgumentException e) {
            return Optional.empty();
        }
    }
}
