package io.gantry.image.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.DataLossException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DescriptorTest {

    private static final byte[] BYTES = "{}".getBytes(StandardCharsets.UTF_8);
    private static final Digest DIGEST = Digest.sha256(BYTES);

    private static Descriptor holding(String data) {
        return new Descriptor(
                MediaType.OCI_CONFIG, DIGEST, BYTES.length, List.of(), Map.of(), data);
    }

    @Test
    void blobMayBeInItsDescriptor() {
        assertThat(holding(Base64.getEncoder().encodeToString(BYTES)).embedded()).contains(BYTES);
        assertThat(holding("").embedded()).isEmpty();
    }

    @Test
    void anotherBlobInADescriptorIsDataLoss() {
        for (byte[] other : List.of(new byte[] {'[', ']'}, new byte[] {'{'}, new byte[3])) {
            assertThatThrownBy(() -> holding(Base64.getEncoder().encodeToString(other)).embedded())
                    .isInstanceOf(DataLossException.class)
                    .hasMessage("data in the descriptor of " + DIGEST + " is not that blob");
        }
        assertThatThrownBy(() -> holding("?").embedded())
                .isInstanceOf(DataLossException.class)
                .hasMessageEndingWith(" is not base64");
    }
}
