package io.gantry.linux.syscall;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibcryptoDigestTest {

    private static final int[] LENGTHS = {0, 1, 63, 64, 65, 32 * 1024, 200_001};

    private static MessageDigest digest(String name) {
        return LibcryptoDigest.of(name)
                .orElseThrow(() -> new AssertionError("libcrypto.so.3 is not installed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA-256", "SHA-512"})
    void saysWhatTheJdkSaysOfArraysAndBuffers(String name) throws Exception {
        MessageDigest digest = digest(name);
        for (int length : LENGTHS) {
            byte[] bytes = new byte[length];
            new Random(length).nextBytes(bytes);
            byte[] expected = MessageDigest.getInstance(name).digest(bytes);
            ByteBuffer direct = ByteBuffer.allocateDirect(length + 3).put(new byte[3]).put(bytes);

            assertThat(digest.digest(bytes)).as("array of %d", length).isEqualTo(expected);
            digest.update(ByteBuffer.wrap(bytes));
            assertThat(digest.digest()).as("buffer of %d", length).isEqualTo(expected);
            digest.update(direct.flip().position(3));
            assertThat(direct.hasRemaining()).isFalse();
            assertThat(digest.digest()).as("direct buffer of %d", length).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA-256", "SHA-512"})
    void resetForgetsWhatWasFed(String name) throws Exception {
        MessageDigest digest = digest(name);
        digest.update((byte) 1);
        digest.reset();
        assertThat(digest.digest()).isEqualTo(MessageDigest.getInstance(name).digest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"MD5", "SHA-1"})
    void otherFunctionsAreLeftToTheJdk(String name) {
        assertThat(LibcryptoDigest.of(name)).isEmpty();
    }
}
