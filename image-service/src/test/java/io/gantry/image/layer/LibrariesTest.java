package io.gantry.image.layer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Digest;
import io.gantry.image.content.Digest.Algorithm;
import io.gantry.linux.syscall.LibcryptoDigest;
import io.gantry.linux.syscall.Libisal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With native libraries and without, the same comes out and the same is refused. */
class LibrariesTest {

    private static final int FHCRC = 2;
    private static final int FEXTRA = 4;
    private static final int FNAME = 8;
    private static final int FCOMMENT = 16;

    private static final byte[] TEXT = text();
    private static final byte[] PACKED = gzip(TEXT);

    private static byte[] text() {
        byte[] text = new byte[400_001];
        new Random(11).nextBytes(text);
        for (int i = 0; i < text.length; i++) {
            if (i / 30_000 % 2 == 0) {
                text[i] = (byte) ('a' + (text[i] & 7));
            }
        }
        return text;
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return packed.toByteArray();
    }

    /** A member whose header has all that RFC 1952 allows. */
    private static byte[] wordy(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int flags = FHCRC | FEXTRA | FNAME | FCOMMENT;
        out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, (byte) flags, 1, 2, 3, 4, 0, 3});
        out.writeBytes(new byte[] {6, 0, 'A', 'B', 2, 0, 'x', 'y'});
        out.writeBytes("layer.tar\0said of it\0".getBytes(US_ASCII));
        little(out, crc(out.toByteArray()) & 0xffff, 2);
        Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        byte[] room = new byte[bytes.length + 1000];
        deflater.setInput(bytes);
        deflater.finish();
        out.write(room, 0, deflater.deflate(room));
        deflater.end();
        little(out, crc(bytes), 4);
        little(out, bytes.length, 4);
        return out.toByteArray();
    }

    private static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    private static void little(ByteArrayOutputStream out, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >>> (8 * i)));
        }
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static byte[] damaged(byte[] packed, int at) {
        byte[] bytes = packed.clone();
        bytes[at < 0 ? bytes.length + at : at] ^= 0x41;
        return bytes;
    }

    private static Map<String, byte[]> right() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("one member", PACKED);
        files.put("two members", joined(PACKED, PACKED));
        files.put("empty members around one", joined(gzip(new byte[0]), PACKED, gzip(new byte[0])));
        files.put("a header with all fields", joined(wordy(TEXT), wordy(TEXT)));
        return files;
    }

    private static Map<String, byte[]> wrong() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("zeros behind", joined(PACKED, new byte[512]));
        files.put("garbage behind", joined(PACKED, "no member".getBytes(US_ASCII)));
        files.put("a byte of garbage behind", joined(PACKED, new byte[] {7}));
        files.put("half a magic number behind", joined(PACKED, new byte[] {0x1f}));
        files.put("half a header behind", joined(PACKED, Arrays.copyOf(PACKED, 6)));
        files.put("wrong checksum", damaged(PACKED, -8));
        files.put("wrong length", damaged(PACKED, -4));
        files.put("wrong checksum of the first member", joined(damaged(PACKED, -7), PACKED));
        files.put("unknown method", damaged(PACKED, 2));
        files.put("no type of block", joined(Arrays.copyOf(PACKED, 10), new byte[] {7, 7, 7}));
        for (int missing : new int[] {1, 4, 8, 9, PACKED.length / 2, PACKED.length - 11}) {
            files.put(missing + " bytes missing", Arrays.copyOf(PACKED, PACKED.length - missing));
        }
        return files;
    }

    /** All that comes out before the end or the failure. */
    private record Outcome(boolean whole, ByteBuffer bytes, String failure) {}

    private static Outcome unpack(byte[] packed, int room, Libraries libraries) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Pieces pieces = direct(packed);
        ByteBuffer target = ByteBuffer.allocateDirect(room);
        try (UnpackingSource source = Compression.unpacked(pieces, libraries)) {
            while (source.read(target.clear())) {
                byte[] got = new byte[target.flip().remaining()];
                target.get(got);
                out.writeBytes(got);
            }
            return new Outcome(true, ByteBuffer.wrap(out.toByteArray()), "");
        } catch (IOException e) {
            return new Outcome(false, ByteBuffer.wrap(out.toByteArray()), e.toString());
        }
    }

    private static Pieces direct(byte[] packed) {
        ByteArrayInputStream in = new ByteArrayInputStream(packed);
        return () -> {
            byte[] piece = in.readNBytes(3001);
            return piece.length == 0
                    ? null
                    : ByteBuffer.allocateDirect(piece.length).put(piece).flip();
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {700, 65_536, 262_144})
    void bothUnpackTheSame(int room) {
        assertThat(Libisal.open()).as("ISA-L").isPresent();
        right().forEach(
                        (name, packed) -> {
                            Outcome portable = unpack(packed, room, Libraries.NONE);
                            Outcome installed = unpack(packed, room, Libraries.INSTALLED);
                            assertThat(portable.failure).as(name).isEmpty();
                            assertThat(installed.failure).as(name).isEmpty();
                            assertThat(portable.bytes).as(name).isEqualTo(installed.bytes);
                            assertThat(portable.bytes.slice(0, TEXT.length))
                                    .as(name)
                                    .isEqualTo(ByteBuffer.wrap(TEXT));
                        });
    }

    @ParameterizedTest
    @ValueSource(ints = {700, 65_536, 262_144})
    void bothRefuseTheSame(int room) {
        assertThat(Libisal.open()).as("ISA-L").isPresent();
        wrong().forEach(
                        (name, packed) -> {
                            Outcome portable = unpack(packed, room, Libraries.NONE);
                            Outcome installed = unpack(packed, room, Libraries.INSTALLED);
                            assertThat(portable.whole).as(name + " without ISA-L").isFalse();
                            assertThat(installed.whole).as(name + " by ISA-L").isFalse();
                        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA256", "SHA512"})
    void bothHashTheSame(String name) {
        Algorithm algorithm = Algorithm.valueOf(name);
        String jcaName = name.replace("SHA", "SHA-");
        assertThat(LibcryptoDigest.of(jcaName)).as("libcrypto").isPresent();
        Random random = new Random(13);
        for (int round = 0; round < 3; round++) {
            long seed = random.nextLong();
            Digest installed = hashed(algorithm, algorithm::newHash, new Random(seed));
            assertThat(installed)
                    .isEqualTo(hashed(algorithm, algorithm::newJdkHash, new Random(seed)));
        }
    }

    /** Of bytes in arrays, on the heap and off it, in pieces of many lengths. */
    private static Digest hashed(
            Algorithm algorithm, Supplier<MessageDigest> functions, Random random) {
        MessageDigest hash = functions.get();
        for (int i = 0; i < 60; i++) {
            byte[] bytes = new byte[random.nextInt(100_000)];
            random.nextBytes(bytes);
            switch (i % 3) {
                case 0 -> hash.update(bytes, bytes.length / 3, bytes.length - bytes.length / 3);
                case 1 -> hash.update(ByteBuffer.wrap(bytes));
                default -> hash.update(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
            }
        }
        return Digest.finish(algorithm, hash);
    }

    @Test
    void withoutLibrariesNoneIsUsed() {
        assertThat(Libraries.NONE.gunzip().get()).isEmpty();
        assertThat(Libraries.NONE.sha256().get()).isNotInstanceOf(LibcryptoDigest.class);
    }
}
