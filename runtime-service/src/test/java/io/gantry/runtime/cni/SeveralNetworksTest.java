package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PortMapping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods with an interface in each of several networks; plugins note how they were called. */
class SeveralNetworksTest {

    private static final PortMapping MAPPING =
            new PortMapping(PortMapping.Protocol.TCP, 80, 8080, "");

    @TempDir Path directory;
    private Path configurations;
    private Path binaries;
    private Path netns;

    @BeforeEach
    void lay() throws IOException {
        configurations = Files.createDirectory(directory.resolve("net.d"));
        binaries = Files.createDirectory(directory.resolve("bin"));
        netns = Files.createFile(directory.resolve("netns"));
        for (String name : List.of("a", "b", "c")) {
            configure(name, "1.1.0");
            plugin(name, result("fd00::" + name, "10.0.0." + name.codePointAt(0)));
        }
    }

    private void configure(String name, String version) throws IOException {
        Files.writeString(
                configurations.resolve(name + ".conflist"),
                "{\"cniVersion\":\"%s\",\"name\":\"%s\",\"plugins\":[{\"type\":\"%s\",\"capabilities\":{\"ips\":true,\"portMappings\":true,\"cgroupPath\":true}}]}"
                        .formatted(version, name, name));
    }

    /** As a bridge says it: an interface of the host, the pod's, and one more in the pod. */
    private static String result(String... addresses) {
        String ips =
                Stream.of(addresses)
                        .map(address -> ", {\"address\": \"" + address + "/64\", \"interface\": 1}")
                        .collect(Collectors.joining());
        return """
        {"cniVersion": "1.0.0",
         "interfaces": [{"name": "br0"},
           {"name": "$CNI_IFNAME", "sandbox": "$CNI_NETNS"},
           {"name": "extra", "sandbox": "$CNI_NETNS"}],
         "ips": [{"address": "192.0.2.1/24", "interface": 2}%s]}
        """
                .formatted(ips);
    }

    private void plugin(String name, String result) throws IOException {
        script(name, "[ $CNI_COMMAND = ADD ] || exit 0\ncat <<END\n" + result + "END");
    }

    private void script(String name, String body) throws IOException {
        Path file = binaries.resolve(name);
        Files.writeString(
                file,
                "#!/bin/sh\necho %s $CNI_COMMAND $CNI_IFNAME >> %s\ncat > %s\n%s\n"
                        .formatted(
                                name,
                                directory.resolve("calls"),
                                directory.resolve(name + ".in"),
                                body));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private CniPodNetwork network(int most, AddressOrder order) {
        return new CniPodNetwork(
                CniSettings.of(configurations, List.of(binaries), directory.resolve("attached"))
                        .withNetworks(most)
                        .withOrder(order),
                Clock.SYSTEM);
    }

    private static PodSandbox pod(Map<String, String> annotations) {
        return CniPods.pod(List.of(MAPPING), annotations);
    }

    private List<String> calls() throws IOException {
        Path calls = directory.resolve("calls");
        List<String> lines = Files.exists(calls) ? Files.readAllLines(calls) : List.of();
        Files.deleteIfExists(calls);
        return lines;
    }

    private JsonNode input(String name) throws IOException {
        return new ObjectMapper().readTree(directory.resolve(name + ".in").toFile());
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(5), Clock.SYSTEM);
    }

    @Test
    void aPodIsConnectedToTheFirstNetworkAloneUnlessToldOtherwise() throws IOException {
        assertThat(network(1, AddressOrder.IPV4).add(pod(Map.of()), netns, soon()).ips())
                .containsExactly("10.0.0.97", "fd00::a");
        assertThat(calls()).containsExactly("a ADD eth0");
    }

    @Test
    void itHasAnInterfaceInEachOfSoManyAndTheAddressesOfTheFirst() throws IOException {
        CniPodNetwork network = network(2, AddressOrder.CNI);
        PodSandbox pod = pod(Map.of());

        assertThat(network.add(pod, netns, soon()).ips()).containsExactly("fd00::a", "10.0.0.97");
        assertThat(calls()).containsExactly("a ADD eth0", "b ADD eth1");
        assertThat(network.status().message()).isEqualTo("network a; network b");
        calls();

        network.remove(pod, netns, soon());
        assertThat(calls()).containsExactly("b DEL eth1", "a DEL eth0");
        assertThat(network.connected()).isEmpty();
    }

    @Test
    void zeroIsAllOfThem() throws IOException {
        network(0, AddressOrder.IPV4).add(pod(Map.of()), netns, soon());
        assertThat(calls()).containsExactly("a ADD eth0", "b ADD eth1", "c ADD eth2");
    }

    @Test
    void whenALaterNetworkRefusesTheEarlierAreLeftToo() throws IOException {
        script("b", "[ $CNI_COMMAND = DEL ] || { echo '{\"msg\":\"full\"}'; exit 1; }");
        CniPodNetwork network = network(3, AddressOrder.IPV4);

        assertThatThrownBy(() -> network.add(pod(Map.of()), netns, soon()))
                .hasMessage("network plugin b: ADD: full (exit status 1)");
        assertThat(calls()).containsExactly("a ADD eth0", "b ADD eth1", "b DEL eth1", "a DEL eth0");
        assertThat(network.connected()).isEmpty();
    }

    @Test
    void aDisconnectionThatFailsKeepsTheMemoryOfThatInterfaceAloneAndIsTriedAgain()
            throws IOException {
        CniPodNetwork network = network(2, AddressOrder.IPV4);
        PodSandbox pod = pod(Map.of());
        network.add(pod, netns, soon());
        script("b", "[ $CNI_COMMAND != DEL ] || { echo '{\"msg\":\"busy\"}'; exit 1; }");
        calls();

        assertThatThrownBy(() -> network.remove(pod, netns, soon()))
                .hasMessage("network plugin b: DEL: busy (exit status 1)");
        assertThat(calls()).containsExactly("b DEL eth1", "a DEL eth0");
        assertThat(network.connected()).containsExactly(pod.id());

        script("b", "exit 0");
        network(1, AddressOrder.IPV4).remove(pod, netns, soon());
        assertThat(calls()).containsExactly("b DEL eth1");
        assertThat(network.connected()).isEmpty();
    }

    @Test
    void whatIsConnectedIsLookedAtAndCollectedByInterface() throws IOException {
        CniPodNetwork network = network(2, AddressOrder.IPV4);
        PodSandbox pod = pod(Map.of());
        network.add(pod, netns, soon());
        calls();

        assertThat(network.inspect(pod, soon()).orElseThrow().problem()).isEmpty();
        assertThat(calls()).containsExactly("a CHECK eth0", "b CHECK eth1");
        network.collect(soon());
        assertThat(calls()).containsExactly("a GC", "b GC");
        assertThat(input("b").path("cni.dev/valid-attachments").toString())
                .isEqualTo("[{\"containerID\":\"" + pod.id().value() + "\",\"ifname\":\"eth1\"}]");
    }

    @Test
    void networksOfOneNameAreRefused() throws IOException {
        Files.copy(configurations.resolve("a.conflist"), configurations.resolve("aa.conflist"));

        assertThat(network(2, AddressOrder.IPV4).status().message())
                .isEqualTo(
                        "network configuration "
                                + configurations.resolve("aa.conflist")
                                + ": name a is that of "
                                + configurations.resolve("a.conflist"));
        assertThat(network(1, AddressOrder.IPV4).status().ready()).isTrue();
    }

    @Test
    void addressesThatAPodAsksForGoToItsFirstNetwork() throws IOException {
        PodSandbox asking = pod(Map.of("io.gantry.ips", "10.0.0.9, fd00::9"));
        network(2, AddressOrder.IPV4).add(asking, netns, soon());

        assertThat(input("a").path("runtimeConfig").path("ips").toString())
                .isEqualTo("[\"10.0.0.9\",\"fd00:0:0:0:0:0:0:9\"]");
        assertThat(input("b").path("runtimeConfig").has("ips")).isFalse();
        assertThat(input("b").path("runtimeConfig").path("portMappings")).hasSize(1);
    }

    @Test
    void addressesThatNobodyWouldSeeToAreRefused() throws IOException {
        CniPodNetwork network = network(1, AddressOrder.IPV4);
        assertThatThrownBy(
                        () -> network.add(pod(Map.of("io.gantry.ips", "10.0.0.x")), netns, soon()))
                .hasMessage("annotation io.gantry.ips: \"10.0.0.x\" is no IP address");
        Files.writeString(
                configurations.resolve("a.conflist"),
                "{\"cniVersion\":\"1.0.0\",\"name\":\"a\",\"plugins\":[{\"type\":\"a\"}]}");
        assertThatThrownBy(
                        () -> network.add(pod(Map.of("io.gantry.ips", "10.0.0.9")), netns, soon()))
                .hasMessage(
                        "annotation io.gantry.ips: no plugin of network a has the capability ips");
        assertThat(calls()).isEmpty();
        assertThat(network.connected()).isEmpty();
    }

    @Test
    void thePrimaryAddressIsOfThePreferredFamily() throws IOException {
        List<String> given = List.of("fd00::1", "10.0.0.1", "10.0.0.2");
        assertThat(AddressOrder.IPV4.sorted(given))
                .containsExactly("10.0.0.1", "fd00::1", "10.0.0.2");
        assertThat(AddressOrder.IPV6.sorted(List.of("10.0.0.1", "fd00::1")))
                .containsExactly("fd00::1", "10.0.0.1");
        assertThat(AddressOrder.CNI.sorted(given)).isEqualTo(given);
        assertThat(AddressOrder.IPV6.sorted(List.of("10.0.0.1"))).containsExactly("10.0.0.1");
    }
}
