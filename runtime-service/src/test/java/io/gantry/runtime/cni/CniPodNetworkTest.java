package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PortMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plugins here are real programs that note how they were called. */
class CniPodNetworkTest {

    private static final String RESULT =
            "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.1.2.3/24\"},{\"address\":\"fd00::3/64\"}]}";

    @TempDir Path directory;
    private Path configurations;
    private Path binaries;
    private Path attachments;
    private Path calls;
    private Path netns;
    private CniPodNetwork network;
    private final PodSandbox pod = CniPods.pod(List.of(), Map.of());

    @BeforeEach
    void lay() throws IOException {
        configurations = Files.createDirectory(directory.resolve("net.d"));
        binaries = Files.createDirectory(directory.resolve("bin"));
        attachments = directory.resolve("attachments");
        calls = directory.resolve("calls");
        netns = Files.createFile(directory.resolve("netns"));
        network =
                new CniPodNetwork(
                        CniSettings.of(configurations, List.of(binaries), attachments),
                        Clock.SYSTEM);
    }

    @Test
    void withoutConfigurationAPodHasNoAddressAndTheNodeIsNotReady() throws IOException {
        assertThat(network.add(pod, netns, soon())).isEqualTo(PodNetworkStatus.none());
        assertThat(network.status().ready()).isFalse();
        assertThat(network.status().message()).contains(configurations.toString());
    }

    @Test
    void firstConfigurationByNameCounts() throws IOException {
        configure("20-b.conflist", "b", "{\"type\":\"missing\"}");
        configure("10-a.conflist", "a", "{\"type\":\"first\"}");
        plugin("first", RESULT);

        assertThat(network.add(pod, netns, soon()).ips()).containsExactly("10.1.2.3", "fd00::3");
        assertThat(network.status().message()).contains("network a");
    }

    @Test
    void singlePluginFileIsAChainOfOne() throws IOException {
        Files.writeString(
                configurations.resolve("10-a.conf"),
                "{\"cniVersion\":\"0.3.1\",\"name\":\"a\",\"type\":\"first\"}");
        plugin("first", RESULT);

        assertThat(network.add(pod, netns, soon()).ips()).contains("10.1.2.3");
    }

    @Test
    void pluginIsToldThePodAndThePreviousResult() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"first\"},{\"type\":\"second\"}");
        plugin("first", RESULT);
        plugin("second", RESULT);

        network.add(pod, netns, soon());

        String environment = Files.readString(calls.resolveSibling("second.env"));
        assertThat(environment)
                .contains("CNI_CONTAINERID=" + pod.id().value())
                .contains("CNI_IFNAME=eth0")
                .contains("CNI_NETNS=" + netns)
                .contains("IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;");
        JsonNode input = new ObjectMapper().readTree(directory.resolve("second.in").toFile());
        assertThat(input.path("name").asText()).isEqualTo("net");
        assertThat(input.path("prevResult").path("ips").size()).isEqualTo(2);
    }

    @Test
    void capabilitiesReachOnlyThePluginThatDeclaresThem() throws IOException {
        configure(
                "10.conflist",
                "net",
                "{\"type\":\"first\"},{\"type\":\"second\",\"capabilities\":{\"portMappings\":true,"
                        + "\"bandwidth\":true}}");
        plugin("first", RESULT);
        plugin("second", RESULT);
        PodSandbox asking =
                CniPods.pod(
                        List.of(
                                new PortMapping(PortMapping.Protocol.UDP, 53, 5353, ""),
                                new PortMapping(PortMapping.Protocol.TCP, 80, 0, "")),
                        Map.of("kubernetes.io/ingress-bandwidth", "10M"));

        network.add(asking, netns, soon());

        JsonNode first = new ObjectMapper().readTree(directory.resolve("first.in").toFile());
        JsonNode second = new ObjectMapper().readTree(directory.resolve("second.in").toFile());
        assertThat(first.has("runtimeConfig")).isFalse();
        assertThat(second.path("runtimeConfig").path("portMappings").toString())
                .isEqualTo(
                        "[{\"hostPort\":5353,\"containerPort\":53,\"protocol\":\"udp\",\"hostIP\":\"\"}]");
        assertThat(second.path("runtimeConfig").path("bandwidth").path("ingressRate").asLong())
                .isEqualTo(10_000_000);
    }

    @Test
    void failedAddIsUndoneInReverseAndNamesThePlugin() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"first\"},{\"type\":\"broken\"}");
        plugin("first", RESULT);
        script(
                "broken",
                "[ $CNI_COMMAND = DEL ] && exit 0; echo '{\"code\":7,\"msg\":\"no"
                        + " room\",\"details\":\"all taken\"}'; exit 1");

        assertThatThrownBy(() -> network.add(pod, netns, soon()))
                .isInstanceOf(CniException.class)
                .hasMessage("network plugin broken: ADD: no room; all taken (exit status 1)");
        assertThat(Files.readAllLines(calls))
                .containsExactly("first ADD", "broken ADD", "broken DEL", "first DEL");
        assertThat(network.connected()).isEmpty();
    }

    @Test
    void missingPluginIsNoticedBeforeAnyOtherHasRun() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"first\"},{\"type\":\"absent\"}");
        plugin("first", RESULT);

        assertThatThrownBy(() -> network.add(pod, netns, soon()))
                .hasMessageContaining("network plugin absent is not in ");
        assertThat(calls).doesNotExist();
        assertThat(network.connected()).isEmpty();
    }

    @Test
    void missingAddressPluginIsNoticedBeforeAnyOtherHasRun() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"first\",\"ipam\":{\"type\":\"absent\"}}");
        plugin("first", RESULT);

        assertThatThrownBy(() -> network.add(pod, netns, soon()))
                .hasMessageContaining("network plugin absent is not in ");
        assertThat(calls).doesNotExist();
    }

    @Test
    void missingPluginIsNamedWithWhereItWasLookedFor() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"absent\"}");

        assertThatThrownBy(() -> network.add(pod, netns, soon()))
                .hasMessageContaining("network plugin absent is not in [" + binaries + "]");
    }

    @Test
    void removalUsesWhatWasRememberedAndIsIdempotent() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"first\"}");
        plugin("first", RESULT);
        network.add(pod, netns, soon());
        Files.delete(configurations.resolve("10.conflist"));
        Files.delete(netns);

        CniPodNetwork restarted =
                new CniPodNetwork(
                        CniSettings.of(configurations, List.of(binaries), attachments),
                        Clock.SYSTEM);
        assertThat(restarted.connected()).containsExactly(pod.id());
        restarted.remove(pod, netns, soon());
        restarted.remove(pod, netns, soon());

        assertThat(Files.readAllLines(calls)).containsExactly("first ADD", "first DEL");
        assertThat(Files.readString(directory.resolve("first.env"))).contains("CNI_NETNS=\n");
        assertThat(restarted.connected()).isEmpty();
    }

    @Test
    void pluginThatHangsIsEnded() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"slow\"}");
        script("slow", "[ $CNI_COMMAND = DEL ] && exit 0; exec sleep 60");

        assertThatThrownBy(
                        () ->
                                network.add(
                                        pod,
                                        netns,
                                        Deadline.after(Duration.ofMillis(300), Clock.SYSTEM)))
                .hasMessage("network plugin slow: ADD timed out");
    }

    @Test
    void malformedConfigurationNamesItsFile() throws IOException {
        Files.writeString(configurations.resolve("10.conflist"), "{\"name\":");

        assertThatThrownBy(() -> network.add(pod, netns, soon()))
                .isInstanceOf(CniException.class)
                .hasMessageContaining("10.conflist");
        assertThat(network.status().ready()).isFalse();
    }

    @Test
    void pluginTypeCannotLeaveItsDirectory() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"../../bin/sh\"}");

        assertThatThrownBy(() -> network.add(pod, netns, soon()))
                .hasMessageContaining("a plugin needs a type without '/'");
    }

    @Test
    void networkWithoutAnAddressIsRefused() throws IOException {
        configure("10.conflist", "net", "{\"type\":\"first\"}");
        plugin("first", "{\"cniVersion\":\"1.0.0\"}");

        assertThatThrownBy(() -> network.add(pod, netns, soon()))
                .hasMessage("network net gave no address to eth0");
        assertThat(network.connected()).isEmpty();
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(5), Clock.SYSTEM);
    }

    private void configure(String file, String name, String plugins) throws IOException {
        Files.writeString(
                configurations.resolve(file),
                "{\"cniVersion\":\"1.0.0\",\"name\":\""
                        + name
                        + "\",\"plugins\":["
                        + plugins
                        + "]}");
    }

    private void plugin(String name, String result) throws IOException {
        script(name, "[ $CNI_COMMAND = ADD ] && echo '" + result + "'; exit 0");
    }

    private void script(String name, String body) throws IOException {
        Path file = binaries.resolve(name);
        String note =
                "#!/bin/sh\necho "
                        + name
                        + " $CNI_COMMAND >> "
                        + calls
                        + "\ncat > "
                        + directory.resolve(name + ".in")
                        + "\nenv > "
                        + directory.resolve(name + ".env")
                        + "\n";
        Files.writeString(file, note + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
