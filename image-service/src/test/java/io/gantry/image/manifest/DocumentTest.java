package io.gantry.image.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.content.MediaType;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentTest {

    private static final String DIGEST = "sha256:" + "0".repeat(64);
    private static final String CONFIG =
            "{\"mediaType\":\""
                    + MediaType.OCI_CONFIG
                    + "\",\"digest\":\""
                    + DIGEST
                    + "\",\"size\":2}";
    private static final String LAYER =
            "{\"mediaType\":\""
                    + MediaType.OCI_LAYER_GZIP
                    + "\",\"digest\":\""
                    + DIGEST
                    + "\",\"size\":7}";

    @Test
    void readsAManifest() {
        Document document =
                parse(
                        MediaType.OCI_MANIFEST,
                        "{\"schemaVersion\":2,\"config\":"
                                + CONFIG
                                + ",\"layers\":["
                                + LAYER
                                + "],"
                                + "\"annotations\":{\"b\":\"2\",\"a\":\"1\"},\"future\":[1,{}]}");
        assertThat(document).isInstanceOf(Manifest.class);
        Manifest manifest = (Manifest) document;
        assertThat(manifest.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
        assertThat(manifest.config().size()).isEqualTo(2);
        assertThat(manifest.layers()).hasSize(1);
        assertThat(manifest.annotations().keySet()).containsExactly("b", "a");
        assertThat(manifest.subject()).isNull();
    }

    @Test
    void readsAnIndexWithItsPlatforms() {
        Index index =
                (Index)
                        parse(
                                MediaType.DOCKER_INDEX + "; charset=utf-8",
                                "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\""
                                        + MediaType.DOCKER_MANIFEST
                                        + "\",\"digest\":\""
                                        + DIGEST
                                        + "\",\"size\":5,\"platform\":{\"os\":\"linux\","
                                        + "\"architecture\":\"arm\",\"variant\":\"7\"}}]}");
        assertThat(index.entries().getFirst().platform()).hasToString("linux/arm/v7");
    }

    @Test
    void nullLayersAreNoLayers() {
        Manifest manifest =
                (Manifest)
                        parse(
                                MediaType.OCI_MANIFEST,
                                "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":null}");
        assertThat(manifest.layers()).isEmpty();
    }

    @Test
    void theDocumentSaysWhatItIsWhereNobodyElseDoes() {
        String text =
                "{\"schemaVersion\":2,\"mediaType\":\""
                        + MediaType.OCI_MANIFEST
                        + "\",\"config\":"
                        + CONFIG
                        + ",\"layers\":[]}";
        assertThat(parse("application/json", text).mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
        assertThat(parse("", text).mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
    }

    @Test
    void theShapeTellsWhatAnOciDocumentIsThatDoesNotSay() {
        String config = "\"config\":" + CONFIG;
        assertThat(parse("", "{\"schemaVersion\":2," + config + ",\"layers\":[]}").mediaType())
                .isEqualTo(MediaType.OCI_MANIFEST);
        assertThat(parse("", "{\"schemaVersion\":2,\"manifests\":[]}").mediaType())
                .isEqualTo(MediaType.OCI_INDEX);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // CVE-2021-41190: one document, two readings
                "M|{'schemaVersion':2,'manifests':[],'layers':[]}"
                        + "|manifests stands beside config or layers: ambiguous",
                "|{'schemaVersion':2,'manifests':[],'layers':[],'config':C}"
                        + "|manifests stands beside config or layers: ambiguous",
                "I|{'schemaVersion':2,'manifests':[],'config':{}}"
                        + "|manifests stands beside config or layers: ambiguous",
                "M|{'schemaVersion':2,'manifests':[]}|but the document lists manifests",
                "I|{'schemaVersion':2,'config':{},'layers':[]}|but the document describes an image",
                "I|{'schemaVersion':2,'mediaType':'M','manifests':[]}|but it was served as",
                "I|{'schemaVersion':2,'manifests':[],'manifests':[]}|Duplicate",
                "text/html|{'schemaVersion':2,'layers':[]}|text/html is not supported",
                "|{'schemaVersion':2,'layers':[]}|is missing and it was served without one",
                "M|{'schemaVersion':1,'layers':[]}|schemaVersion is 1, only 2 is supported",
                "M|{'layers':[]}|schemaVersion is 0, only 2 is supported",
                "M|[]|is not a JSON object",
                "M|{|is not JSON",
                "M|{'schemaVersion':2,'layers':[]} x|is not JSON",
                "M|{'schemaVersion':2,'layers':[]}|config is missing",
                "M|{'schemaVersion':2,'layers':{},'config':C}|layers is not an array",
                "M|{'schemaVersion':2,'layers':[7],'config':C}|layers[0] is not an object",
                "M|{'schemaVersion':2,'config':{'mediaType':'x','digest':'sha256:../x','size':1}}"
                        + "|config: digest is bad",
                "M|{'schemaVersion':2,'config':{'mediaType':'x','digest':'D','size':-1}}"
                        + "|config: size is missing or negative",
                "M|{'schemaVersion':2,'config':{'mediaType':'x','digest':'D','size':1e99}}"
                        + "|size is not a whole number",
                "M|{'schemaVersion':2,'config':{'digest':'D','size':1}}|mediaType is missing"
            })
    void refusesWhatBreaksTheSpecification(String mediaType, String text, String reason) {
        String type =
                mediaType == null
                        ? ""
                        : mediaType
                                .replace("M", MediaType.OCI_MANIFEST)
                                .replace("I", MediaType.OCI_INDEX);
        String json =
                text.replace("'M'", "'" + MediaType.OCI_MANIFEST + "'")
                        .replace("'D'", "'" + DIGEST + "'")
                        .replace(":C}", ":" + CONFIG + "}")
                        .replace('\'', '"');
        assertThatThrownBy(() -> parse(type, json))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageStartingWith("image x")
                .hasMessageContaining(reason);
    }

    @Test
    void refusesDeepNestingWithoutOverflowingTheStack() {
        String deep =
                "{\"schemaVersion\":2,\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThatThrownBy(() -> parse(MediaType.OCI_MANIFEST, deep))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("is not JSON");
    }

    @Test
    void refusesAHugeDocumentUnread() {
        assertThatThrownBy(
                        () ->
                                Document.parse(
                                        "image x",
                                        MediaType.OCI_MANIFEST,
                                        new byte[Document.MAX_BYTES + 1]))
                .hasMessage("image x is larger than 4194304 bytes");
    }

    private static Document parse(String mediaType, String text) {
        return Document.parse("image x", mediaType, text.getBytes(StandardCharsets.UTF_8));
    }
}
