package io.gantry.image.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ImageConfigTest {

    private static final Digest DIFF_ID = Digest.sha256(new byte[] {1});

    @Test
    void readsWhatDockerWrites() {
        ImageConfig config =
                parse(
                        1,
                        """
                        {"architecture":"amd64","os":"linux","created":"2024-05-01T10:00:00.5Z",
                         "author":"somebody","container":"ignored",
                         "config":{"User":"app:app","ExposedPorts":{"80/tcp":{},"53/udp":{}},
                          "Env":["PATH=/bin","A=b=c"],"Entrypoint":["/init"],"Cmd":["-v"],
                          "Volumes":{"/data":{}},"WorkingDir":"/srv","StopSignal":"SIGQUIT",
                          "Labels":{"z":"1","a":null},"OnBuild":null,
                          "Healthcheck":{"Test":["CMD","true"],"Interval":30000000000,"Retries":3}},
                         "rootfs":{"type":"layers","diff_ids":["%s"]},
                         "history":[{"created":"2024-05-01T10:00:00Z","created_by":"ADD x"},
                                    {"created_by":"CMD","empty_layer":true}]}
                        """
                                .formatted(DIFF_ID));
        assertThat(config.platform()).hasToString("linux/amd64");
        assertThat(config.created()).isEqualTo(Instant.parse("2024-05-01T10:00:00.5Z"));
        assertThat(config.diffIds()).containsExactly(DIFF_ID);
        assertThat(config.history())
                .extracting(ImageConfig.History::emptyLayer)
                .containsExactly(false, true);
        ContainerDefaults defaults = config.defaults();
        assertThat(defaults.user()).isEqualTo("app:app");
        assertThat(defaults.exposedPorts()).containsExactly("80/tcp", "53/udp");
        assertThat(defaults.env()).containsExactly("PATH=/bin", "A=b=c");
        assertThat(defaults.entrypoint()).containsExactly("/init");
        assertThat(defaults.cmd()).containsExactly("-v");
        assertThat(defaults.volumes()).containsExactly("/data");
        assertThat(defaults.workingDir()).isEqualTo("/srv");
        assertThat(defaults.stopSignal()).isEqualTo("SIGQUIT");
        assertThat(defaults.labels()).containsExactly(Map.entry("z", "1"), Map.entry("a", ""));
        assertThat(defaults.healthcheck())
                .extracting(
                        ContainerDefaults.Healthcheck::interval,
                        ContainerDefaults.Healthcheck::retries)
                .containsExactly(Duration.ofSeconds(30), 3L);
    }

    @Test
    void everythingButTheLayersMayBeAbsent() {
        ImageConfig config = parse(0, "{\"rootfs\":{\"type\":\"layers\"},\"config\":null}");
        assertThat(config.created()).isNull();
        assertThat(config.defaults().cmd()).isEmpty();
        assertThat(config.defaults().healthcheck()).isNull();
    }

    @Test
    void timeThatIsNoneIsLeftOut() {
        assertThat(parse(0, "{\"created\":\"now\",\"rootfs\":{\"type\":\"layers\"}}").created())
                .isNull();
    }

    @Test
    void diffIdsMustMatchTheLayers() {
        assertThatThrownBy(
                        () ->
                                parse(
                                        2,
                                        "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                                                + DIFF_ID
                                                + "\"]}}"))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("has 1 diff ids for 2 layers");
    }

    @Test
    void malformedDiffIdIsRefused() {
        assertThatThrownBy(
                        () ->
                                parse(
                                        1,
                                        "{\"rootfs\":{\"type\":\"layers\","
                                                + "\"diff_ids\":[\"sha256:../../x\"]}}"))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("rootfs: diff_ids[0] is bad: invalid digest");
    }

    @Test
    void artifactIsNotAContainerImage() {
        Descriptor config = Descriptor.of("application/vnd.helm.config.v1+json", new byte[0]);
        Manifest chart =
                new Manifest(MediaType.OCI_MANIFEST, "", config, List.of(), null, Map.of());
        assertThatThrownBy(() -> ImageConfig.parse(chart, new byte[0]))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("not a container image: its config")
                .hasMessageContaining("application/vnd.helm.config.v1+json");
    }

    private static ImageConfig parse(int layers, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Descriptor layer = Descriptor.of(MediaType.OCI_LAYER, new byte[0]);
        Manifest manifest =
                new Manifest(
                        MediaType.OCI_MANIFEST,
                        "",
                        Descriptor.of(MediaType.OCI_CONFIG, bytes),
                        Collections.nCopies(layers, layer),
                        null,
                        Map.of());
        return ImageConfig.parse(manifest, bytes);
    }
}
