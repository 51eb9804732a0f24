package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network configuration that comes of what the kubelet says of the addresses of pods. */
class PodCidrConfigurationTest {

    private static final String TEMPLATE =
            """
            {
              "name": "k8s-pod-network",
              "cniVersion": "0.3.1",
              "plugins": [
                {
                  "type": "ptp",
                  "ipam": {
                    "type": "host-local",
                    "subnet": "{{.PodCIDR}}",
                    "ranges": [{{range $i, $range := .PodCIDRRanges}}{{if $i}}, {{end}}[{"subnet": "{{$range}}"}]{{end}}],
                    "routes": [{{range $i, $route := .Routes}}{{if $i}}, {{end}}{"dst": "{{$route}}"}{{end}}]
                  }
                },
                {"type": "portmap", "capabilities": {"portMappings": true}}
              ]
            }
            """;

    @TempDir private Path directory;
    private Path template;
    private Path configurations;
    private Path written;
    private CniPodNetwork network;

    @BeforeEach
    void lay() throws IOException {
        template = Files.writeString(directory.resolve("template"), TEMPLATE);
        configurations = directory.resolve("net.d");
        written = configurations.resolve(PodCidrConfiguration.FILE);
        network = network(Optional.of(template));
    }

    private CniPodNetwork network(Optional<Path> of) {
        return new CniPodNetwork(
                CniSettings.of(configurations, List.of(directory), directory.resolve("attached"))
                        .withTemplate(of),
                Clock.SYSTEM);
    }

    @Test
    void theTemplateIsFilledInWithTheRangesOfBothFamilies() throws IOException {
        network.usePodCidrs(List.of("10.1.0.0/24", "fd00:1::/64"));

        JsonNode ipam =
                new ObjectMapper().readTree(written.toFile()).path("plugins").path(0).path("ipam");
        assertThat(ipam.path("subnet").asText()).isEqualTo("10.1.0.0/24");
        assertThat(ipam.path("ranges").toString())
                .isEqualTo("[[{\"subnet\":\"10.1.0.0/24\"}],[{\"subnet\":\"fd00:1::/64\"}]]");
        assertThat(ipam.path("routes").toString())
                .isEqualTo("[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\"}]");
        assertThat(network.status().message()).startsWith("network k8s-pod-network: ");
        assertThat(Files.getPosixFilePermissions(written)).hasSize(4);
        assertThat(names()).containsExactly(PodCidrConfiguration.FILE);
    }

    @Test
    void rangesThatChangeAreWrittenAnewAndTheSameAreNot() throws IOException {
        network.usePodCidrs(List.of("10.1.0.0/24"));
        Object first = Files.readAttributes(written, "unix:ino").get("ino");
        network.usePodCidrs(List.of("10.1.0.0/24"));
        assertThat(Files.readAttributes(written, "unix:ino").get("ino")).isEqualTo(first);

        network.usePodCidrs(List.of("10.2.0.0/24"));
        assertThat(Files.readString(written)).contains("10.2.0.0/24").doesNotContain("10.1.");
    }

    @Test
    void nothingIsWrittenBesideAnotherConfigurationHoweverBrokenThatIs() throws IOException {
        Files.createDirectories(configurations);
        Files.writeString(configurations.resolve("zz.conf"), "{");

        network.usePodCidrs(List.of("10.1.0.0/24"));
        assertThat(names()).containsExactly("zz.conf");
    }

    @Test
    void withoutATemplateOrARangeNothingIsWritten() throws IOException {
        network(Optional.empty()).usePodCidrs(List.of("10.1.0.0/24"));
        network.usePodCidrs(List.of());
        assertThat(configurations).doesNotExist();
    }

    @Test
    void aTemplateThatMakesNoNetworkIsNamedAndNothingIsWritten() throws IOException {
        Files.writeString(template, "{\"name\": \"{{.PodCIDR}}\"}");
        assertThatThrownBy(() -> network.usePodCidrs(List.of("10.1.0.0/24")))
                .isInstanceOf(CniException.class)
                .hasMessage(
                        "network configuration "
                                + template
                                + ": name is missing or not valid: 10.1.0.0/24");
        Files.writeString(template, "{{nonsense}}");
        assertThatThrownBy(() -> network.usePodCidrs(List.of("10.1.0.0/24")))
                .hasMessage(
                        "network template "
                                + template
                                + ": line 1: {{nonsense}}: it is not understood");
        Files.delete(template);
        assertThatThrownBy(() -> network.usePodCidrs(List.of("10.1.0.0/24")))
                .hasMessage("no network template at " + template);
        assertThat(configurations).doesNotExist();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(configurations)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
