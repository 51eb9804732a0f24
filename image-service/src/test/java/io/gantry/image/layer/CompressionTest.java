package io.gantry.image.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {

    /** Compresses by half, and has stretches that do not. */
    private static byte[] text() {
        byte[] text = new byte[1_000_003];
        Random random = new Random(7);
        random.nextBytes(text);
        for (int i = 0; i < text.length; i++) {
            if (i / 50_000 % 2 == 0) {
                text[i] = (byte) ('a' + (text[i] & 7));
            }
        }
        return text;
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Packed and unpacked in pieces of these sizes. */
    private static byte[] unpack(byte[] packed, int piece, int room) throws IOException {
        ByteBuffer all = ByteBuffer.allocateDirect(packed.length).put(packed).flip();
        Pieces pieces =
                () -> {
                    if (!all.hasRemaining()) {
                        return null;
                    }
                    ByteBuffer next = all.slice(all.position(), Math.min(piece, all.remaining()));
                    all.position(all.position() + next.remaining());
                    return next;
                };
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteBuffer target = ByteBuffer.allocateDirect(room);
        try (UnpackingSource source = Compression.unpacked(pieces, Libraries.INSTALLED)) {
            while (source.read(target.clear())) {
                byte[] got = new byte[target.flip().remaining()];
                assertThat(got).as("bytes of one read").isNotEmpty();
                target.get(got);
                out.writeBytes(got);
            }
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 1000, 262_144})
    void everyPackingComesOutWhole(int piece) throws IOException {
        byte[] text = text();
        for (int room : new int[] {777, 65_536, 300_000}) {
            assertThat(unpack(text, piece, room)).as("none").isEqualTo(text);
            assertThat(unpack(gzip(text), piece, room)).as("gzip").isEqualTo(text);
            assertThat(unpack(Zstd.compress(text), piece, room)).as("zstd").isEqualTo(text);
        }
    }

    @Test
    void membersAndFramesFollowEachOther() throws IOException {
        byte[] text = text();
        byte[] twice = joined(text, text);
        byte[] empty = gzip(new byte[0]);
        assertThat(unpack(joined(gzip(text), empty, gzip(text)), 10_000, 4096)).isEqualTo(twice);
        byte[] frames = joined(Zstd.compress(text), Zstd.compress(text));
        assertThat(unpack(frames, 10_000, 4096)).isEqualTo(twice);
    }

    @Test
    void whatEndsTooEarlyIsRefused() throws IOException {
        for (byte[] packed : new byte[][] {gzip(text()), Zstd.compress(text())}) {
            for (int missing : new int[] {1, 5, 9, packed.length / 2}) {
                byte[] cut = Arrays.copyOf(packed, packed.length - missing);
                assertThatThrownBy(() -> unpack(cut, 4096, 65_536))
                        .as("%d bytes missing", missing)
                        .isInstanceOf(EOFException.class)
                        .hasMessageEndingWith("ends too early");
            }
        }
    }

    @Test
    void whatIsDamagedIsRefused() throws IOException {
        byte[] checksum = gzip(text());
        checksum[checksum.length - 6] ^= 1;
        assertThatThrownBy(() -> unpack(checksum, 4096, 65_536))
                .hasMessage("gzip checksum does not match");
        byte[] garbage = joined(gzip(text()), "garbage, no member".getBytes(US_ASCII));
        assertThatThrownBy(() -> unpack(garbage, 4096, 65_536)).hasMessage("no gzip header");
        byte[] zstd = joined(Zstd.compress(text()), "garbage, no frame".getBytes(US_ASCII));
        assertThatThrownBy(() -> unpack(zstd, 4096, 65_536))
                .isInstanceOf(LayerFormatException.class)
                .hasMessageStartingWith("zstd data is damaged: ");
    }

    @Test
    void anEmptyBlobIsAnEmptyArchive() throws IOException {
        assertThat(unpack(new byte[0], 1, 10)).isEmpty();
    }
}
