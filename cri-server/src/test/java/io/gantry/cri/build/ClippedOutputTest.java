package io.gantry.cri.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClippedOutputTest {

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final ClippedOutput output =
            new ClippedOutput((_, bytes, offset, length) -> shown.write(bytes, offset, length));

    @Test
    void aLittleIsPassedOnAtOnceAndAsItIs() {
        output.write(true, "one".getBytes(StandardCharsets.UTF_8));
        assertThat(shown).hasToString("one");
        output.finish();
        assertThat(shown).hasToString("one");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, ClippedOutput.TAIL - 1, ClippedOutput.TAIL})
    void whatIsOnlyALittleTooMuchIsShownWhole(int more) {
        byte[] all = bytes(ClippedOutput.HEAD + more);
        write(all, 70_001);
        output.finish();
        assertThat(shown.toByteArray()).isEqualTo(all);
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 4096, 70_001, 3 << 20})
    void ofTooMuchTheBeginningAndTheEndAreShown(int piece) {
        int more = 3 * ClippedOutput.TAIL + 123;
        byte[] all = bytes(ClippedOutput.HEAD + more);
        write(all, piece);
        assertThat(shown.size()).isEqualTo(ClippedOutput.HEAD);
        output.finish();
        byte[] seen = shown.toByteArray();
        String gap = "\n[output clipped: " + (more - ClippedOutput.TAIL) + " bytes left out]\n";
        int tail = seen.length - ClippedOutput.TAIL;
        assertThat(Arrays.copyOf(seen, ClippedOutput.HEAD))
                .isEqualTo(Arrays.copyOf(all, ClippedOutput.HEAD));
        assertThat(
                        new String(
                                seen,
                                ClippedOutput.HEAD,
                                tail - ClippedOutput.HEAD,
                                StandardCharsets.UTF_8))
                .isEqualTo(gap);
        assertThat(Arrays.copyOfRange(seen, tail, seen.length))
                .isEqualTo(Arrays.copyOfRange(all, all.length - ClippedOutput.TAIL, all.length));
    }

    private void write(byte[] all, int piece) {
        for (int at = 0; at < all.length; at += piece) {
            output.write(false, Arrays.copyOfRange(all, at, Math.min(all.length, at + piece)));
        }
    }

    private static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new Random(7).nextBytes(bytes);
        return bytes;
    }
}
