package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.build.api.ImageOptions.Attest;
import io.gantry.image.build.api.ImageOptions.Format;
import io.gantry.image.build.api.ImageOptions.Provenance;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is attested of images that are built. */
@Tag("privileged")
class AttestationsPrivilegedIT {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String FILE =
            "FROM scratch\nARG WORD\nCOPY status /var/lib/dpkg/\nCOPY os-release /etc/\n";

    @TempDir private Path directory;
    private Building building;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        building = new Building(directory);
        building.file("status", "Package: hello\nVersion: 2.10-3\nArchitecture: amd64\n");
        building.file("os-release", "ID=debian\n");
    }

    @AfterEach
    void close() {
        building.close();
    }

    @Test
    void packagesAndProvenanceAreBesideTheImageInAnIndex() throws IOException {
        Attest both = new Attest(true, Provenance.MIN);
        BuildResult result = building.build(request(both, Format.OCI), building.inputs());
        JsonNode index = json(result.index().orElseThrow().digest());
        Digest image = result.images().getFirst().manifest().digest();
        JsonNode entry = index.path("manifests").path(1);
        assertThat(index.path("manifests").path(0).path("digest").asText())
                .isEqualTo(image.toString());
        assertThat(entry.path("platform").path("os").asText()).isEqualTo("unknown");
        assertThat(entry.path("annotations").path("vnd.docker.reference.digest").asText())
                .isEqualTo(image.toString());
        JsonNode manifest = json(Digest.parse(entry.path("digest").asText()));
        JsonNode packages = statement(manifest, 0, "https://spdx.dev/Document", image);
        assertThat(packages.path("packages").findValuesAsText("referenceLocator"))
                .containsExactly("pkg:deb/debian/hello@2.10-3?arch=amd64");
        JsonNode made = statement(manifest, 1, "https://slsa.dev/provenance/v1", image);
        assertThat(made.path("buildDefinition").path("externalParameters").path("file").asText())
                .isEqualTo("Dockerfile");
        assertThat(made.toString()).doesNotContain("a-word", "FROM scratch");
        assertThat(building.store.service.images().find("x").orElseThrow().repoDigests())
                .containsExactly("docker.io/library/x@" + result.index().orElseThrow().digest());
        BuildResult again = building.build(request(both, Format.OCI), building.inputs());
        assertThat(again.root()).isEqualTo(result.root());
    }

    @Test
    void argumentsAndTheFileAreToldOnlyWhenAllIs() throws IOException {
        BuildResult result =
                building.build(
                        request(new Attest(false, Provenance.MAX), Format.OCI), building.inputs());
        JsonNode index = json(result.index().orElseThrow().digest());
        JsonNode manifest =
                json(Digest.parse(index.path("manifests").path(1).path("digest").asText()));
        Digest image = result.images().getFirst().manifest().digest();
        JsonNode made = statement(manifest, 0, "https://slsa.dev/provenance/v1", image);
        JsonNode parameters = made.path("buildDefinition").path("externalParameters");
        assertThat(parameters.path("arg:WORD").asText()).isEqualTo("a-word");
        assertThat(parameters.path("dockerfile").asText()).isEqualTo(FILE);
    }

    @Test
    void dockersMediaTypesHaveNoPlaceForThem() {
        assertThatThrownBy(
                        () ->
                                building.build(
                                        request(new Attest(true, Provenance.NONE), Format.DOCKER),
                                        building.inputs()))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("attestations need OCI media types");
    }

    private JsonNode statement(JsonNode manifest, int layer, String type, Digest image)
            throws IOException {
        JsonNode blob = manifest.path("layers").path(layer);
        assertThat(blob.path("annotations").path("in-toto.io/predicate-type").asText())
                .isEqualTo(type);
        JsonNode statement = json(Digest.parse(blob.path("digest").asText()));
        assertThat(statement.path("predicateType").asText()).isEqualTo(type);
        JsonNode subject = statement.path("subject").path(0);
        assertThat(subject.path("name").asText()).isEqualTo("docker.io/library/x:latest");
        assertThat(subject.path("digest").path("sha256").asText()).isEqualTo(image.hex());
        return statement.path("predicate");
    }

    private JsonNode json(Digest digest) throws IOException {
        return MAPPER.readTree(building.text(digest));
    }

    private static BuildRequest request(Attest attest, Format format) {
        Map<String, String> arguments = Map.of("SOURCE_DATE_EPOCH", "1700000000", "WORD", "a-word");
        BuildRequest plain = Building.request("x", FILE, arguments);
        ImageOptions image = plain.image();
        ImageOptions changed =
                new ImageOptions(
                        image.names(),
                        image.labels(),
                        image.annotations(),
                        format,
                        image.packing(),
                        image.sourceDate(),
                        image.rewritesTimes(),
                        attest);
        return new BuildRequest(
                plain.file(),
                plain.target(),
                plain.arguments(),
                plain.platforms(),
                changed,
                plain.cache(),
                plain.run());
    }
}
