package io.gantry.linux.syscall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class LibisalDeflaterTest {

    private static final byte[] NOTHING = {};

    private final LibisalDeflater deflater =
            LibisalDeflater.open()
                    .orElseThrow(() -> new AssertionError("libisal.so.2 is not installed"));

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void looksBackAtWhatCameBefore() throws Exception {
        byte[] block = random(30_000);
        byte[] alone = deflater.deflate(block, block.length, NOTHING, true);
        byte[] behind = deflater.deflate(block, block.length, block, true);

        assertThat(alone).hasSizeGreaterThan(block.length);
        assertThat(behind).hasSizeLessThan(block.length / 50);
        try (Inflater inflater = new Inflater(true)) {
            inflater.setDictionary(block);
            inflater.setInput(behind);
            byte[] unpacked = new byte[block.length];
            assertThat(inflater.inflate(unpacked)).isEqualTo(block.length);
            assertThat(unpacked).isEqualTo(block);
        }
    }

    @Test
    void makesTheSameOfTheSameWhateverItDidBefore() {
        byte[] block = random(200_000);
        byte[] first = deflater.deflate(block, block.length, NOTHING, false);
        deflater.deflate(random(1 << 20), 1 << 20, random(32 * 1024), true);

        assertThat(deflater.deflate(block, block.length, NOTHING, false)).isEqualTo(first);
    }

    @Test
    void refusesWhatItHasNoRoomFor() {
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () ->
                                deflater.deflate(
                                        new byte[(1 << 20) + 1], (1 << 20) + 1, NOTHING, true))
                .withMessageContaining("1048577");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> deflater.deflate(NOTHING, 0, new byte[(32 << 10) + 1], true))
                .withMessageContaining("32769");
    }
}
