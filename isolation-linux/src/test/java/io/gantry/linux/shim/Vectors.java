package io.gantry.linux.shim;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.stream.Collectors;

/** The byte vectors that the C codec is tested against too. */
final class Vectors {

    private Vectors() {}

    static byte[] bytes(String name) {
        String resource = "/shim-vectors/" + name + ".hex";
        try (InputStream stream = Vectors.class.getResourceAsStream(resource)) {
            String text =
                    new String(
                            Objects.requireNonNull(stream, resource).readAllBytes(),
                            StandardCharsets.UTF_8);
            String digits =
                    text.lines()
                            .filter(line -> !line.startsWith("#"))
                            .collect(Collectors.joining())
                            .replace(" ", "");
            return HexFormat.of().parseHex(digits);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Frame frame(String name) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
        int length = buffer.getInt();
        if (length != buffer.remaining()) {
            throw new IllegalStateException(name + " has length " + length);
        }
        int type = buffer.getShort();
        buffer.getShort();
        return new Frame(type, buffer.getInt(), buffer);
    }
}
