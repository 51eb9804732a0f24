package io.gantry.image.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTest {

    private static final String EMPTY_JSON =
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    @Test
    void namesBytesAsTheSpecificationDoes() {
        byte[] emptyObject = "{}".getBytes(StandardCharsets.UTF_8);
        assertThat(Digest.sha256(emptyObject)).hasToString(EMPTY_JSON);
        assertThat(Digest.parse(EMPTY_JSON).matches(emptyObject)).isTrue();
        assertThat(Digest.parse(EMPTY_JSON).matches(new byte[0])).isFalse();
    }

    @Test
    void readsSha512() {
        Digest digest = Digest.of(Digest.Algorithm.SHA512, new byte[] {1});
        assertThat(digest.hex()).hasSize(128);
        assertThat(Digest.parse(digest.toString())).isEqualTo(digest);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256",
                "sha256:",
                "sha256:abc",
                "sha256:../../../../../../../../../../../../../../etc/passwd/aaaaaaaaaaaaaaaaaaaaa",
                "sha256:44136FA355B3678A1146AD16F7E8649E94FB4FC21FE77E8310C060F61CAAFF8A",
                "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a0",
                "SHA256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
                "md5:d41d8cd98f00b204e9800998ecf8427e",
                "../sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
            })
    void refusesWhatMustNotNameAFile(String text) {
        assertThatThrownBy(() -> Digest.parse(text))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("invalid digest \"" + text + "\": ");
    }
}
