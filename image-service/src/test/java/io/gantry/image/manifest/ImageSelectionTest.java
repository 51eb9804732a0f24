package io.gantry.image.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ImageSelectionTest {

    private static final Platform AMD64 = Platform.of("linux", "amd64", "");

    private final Map<Digest, byte[]> documents = new HashMap<>();
    private int reads;

    @Test
    void manifestIsTakenAsItIs() throws Exception {
        Descriptor manifest = manifest("only");
        ImageSelection selection = select(manifest);
        assertThat(selection.descriptor()).isEqualTo(manifest);
        assertThat(selection.indexes()).isEmpty();
    }

    @Test
    void hostsPlatformIsChosenAndAttestationsAreNot() throws Exception {
        Descriptor wanted = manifest("amd64");
        Descriptor index =
                index(
                        entry(manifest("attestation"), "unknown", "unknown", ""),
                        entry(manifest("arm64"), "linux", "arm64", ""),
                        entry(wanted, "linux", "amd64", ""));
        ImageSelection selection = select(index);
        assertThat(selection.descriptor()).isEqualTo(wanted);
        assertThat(selection.indexes()).containsExactly(index);
        assertThat(reads).as("documents that were fetched").isEqualTo(2);
    }

    @Test
    void firstOfEqualsIsChosen() throws Exception {
        Descriptor first = manifest("first");
        Descriptor index =
                index(
                        entry(first, "linux", "amd64", ""),
                        entry(manifest("second"), "linux", "amd64", ""));
        assertThat(select(index).descriptor()).isEqualTo(first);
    }

    @Test
    void imageIsFoundInANestedIndex() throws Exception {
        Descriptor wanted = manifest("amd64");
        Descriptor inner = index(entry(wanted, "linux", "amd64", ""));
        Descriptor outer = index(entry(inner, "", "", ""));
        assertThat(select(outer).indexes()).containsExactly(outer, inner);
        assertThat(select(outer).descriptor()).isEqualTo(wanted);
    }

    @Test
    void missingPlatformIsNamedWithThoseThatThereAre() {
        Descriptor index =
                index(
                        entry(manifest("a"), "linux", "arm64", ""),
                        entry(manifest("b"), "windows", "amd64", ""));
        assertThatThrownBy(() -> select(index))
                .isInstanceOf(NotFoundException.class)
                .hasMessage(
                        "image "
                                + index.digest()
                                + " has no manifest for platform linux/amd64, only for"
                                + " [linux/arm64, windows/amd64]");
    }

    @Test
    void deepNestingIsRefused() {
        Descriptor nested = index(entry(manifest("x"), "linux", "amd64", ""));
        for (int i = 0; i < ImageSelection.MAX_DEPTH; i++) {
            nested = index(entry(nested, "", "", ""));
        }
        Descriptor root = nested;
        assertThatThrownBy(() -> select(root))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("is nested deeper than 4 levels");
    }

    @Test
    void circleEnds() {
        // No digest can be within its own document: only a source that lies makes a circle.
        Descriptor liar = Descriptor.of(MediaType.OCI_INDEX, new byte[] {1});
        String self = "{\"schemaVersion\":2,\"manifests\":[" + entry(liar, "", "", "") + "]}";
        documents.put(liar.digest(), self.getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> select(liar)).isInstanceOf(NotFoundException.class);
        assertThat(reads).isEqualTo(1);
    }

    @Test
    void indexCannotMakeUsFetchWithoutEnd() {
        String[] entries = new String[100];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = entry(index(entry(manifest("m" + i), "plan9", "mips", "")), "", "", "");
        }
        Descriptor wide = index(entries);
        assertThatThrownBy(() -> select(wide))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("more than 16 documents");
        assertThat(reads).isEqualTo(16);
    }

    @Test
    void indexOfTenThousandManifestsCostsOneFetchMore() throws Exception {
        Descriptor wanted = manifest("wanted");
        String other = entry(manifest("other"), "plan9", "mips", "");
        String[] entries = new String[10_000];
        Arrays.fill(entries, other);
        entries[entries.length - 1] = entry(wanted, "linux", "amd64", "");
        assertThat(select(index(entries)).descriptor()).isEqualTo(wanted);
        assertThat(reads).isEqualTo(2);
    }

    private ImageSelection select(Descriptor root) throws Exception {
        return ImageSelection.select(
                root,
                AMD64,
                descriptor -> {
                    reads++;
                    return Objects.requireNonNull(documents.get(descriptor.digest()));
                });
    }

    private Descriptor manifest(String author) {
        String text =
                "{\"schemaVersion\":2,\"config\":{\"mediaType\":\""
                        + MediaType.OCI_CONFIG
                        + "\",\"digest\":\""
                        + Digest.sha256(author.getBytes(StandardCharsets.UTF_8))
                        + "\",\"size\":1},\"layers\":[]}";
        return add(MediaType.OCI_MANIFEST, text);
    }

    private Descriptor index(String... entries) {
        return add(
                MediaType.OCI_INDEX,
                "{\"schemaVersion\":2,\"manifests\":[" + String.join(",", entries) + "]}");
    }

    private static String entry(Descriptor of, String os, String architecture, String variant) {
        String platform =
                os.isEmpty()
                        ? ""
                        : ",\"platform\":{\"os\":\""
                                + os
                                + "\",\"architecture\":\""
                                + architecture
                                + "\",\"variant\":\""
                                + variant
                                + "\"}";
        return "{\"mediaType\":\""
                + of.mediaType()
                + "\",\"digest\":\""
                + of.digest()
                + "\",\"size\":"
                + of.size()
                + platform
                + "}";
    }

    private Descriptor add(String mediaType, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Descriptor descriptor = Descriptor.of(mediaType, bytes);
        documents.put(descriptor.digest(), bytes);
        return descriptor;
    }
}
