package io.gantry.image.trust;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cosign 3 has written, by {@code cosign sign --key}, in its older form and its newer. */
final class CosignOutputTest {

    private static final String NAME = "127.0.0.1:5777/team/app";

    @TempDir private Path directory;
    private final TestRepository repository;

    CosignOutputTest() throws IOException {
        repository = new TestRepository(resource("image-manifest.json"));
    }

    @Test
    void itsSignatureUnderATagCounts() throws Exception {
        repository.tag(repository.signatureTag(), resource("signature-manifest.json"));
        ObjectNode _ = repository.layer(resource("payload.json"), Map.of());
        assertThatCode(() -> repository.pull(policy(), NAME + ":v1")).doesNotThrowAnyException();
    }

    @Test
    void itsBundleCounts() throws Exception {
        repository.attach((ObjectNode) TestRepository.MAPPER.readTree(resource("bundle.json")));
        assertThatCode(() -> repository.pull(policy(), NAME + ":v1")).doesNotThrowAnyException();
    }

    @Test
    void neitherCountsForAnotherKey() throws Exception {
        repository.tag(repository.signatureTag(), resource("signature-manifest.json"));
        ObjectNode _ = repository.layer(resource("payload.json"), Map.of());
        repository.attach((ObjectNode) TestRepository.MAPPER.readTree(resource("bundle.json")));
        SignaturePolicy policy = policy();
        Files.writeString(
                directory.resolve("cosign.pub"),
                TestCertificates.pem(TestCertificates.keys().getPublic()));
        assertThatThrownBy(() -> repository.pull(policy, NAME + ":v1"))
                .isInstanceOf(SignatureRefusedException.class)
                .hasMessageContaining(".sig layer 1: it is by none of the keys that count")
                .hasMessageContaining("manifest sha256:");
    }

    private SignaturePolicy policy() throws IOException {
        Files.write(directory.resolve("cosign.pub"), resource("cosign.pub"));
        String text =
                """
                default = "reject"
                [prefix."127.0.0.1:5777"]
                action = "require"
                keys = ["cosign.pub"]
                """;
        return new PolicyFile(Files.writeString(directory.resolve("policy.toml"), text));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = CosignOutputTest.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("no resource " + name);
            }
            return in.readAllBytes();
        }
    }
}
