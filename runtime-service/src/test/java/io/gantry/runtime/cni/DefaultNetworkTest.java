package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.IpSubnet;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.Route;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The network of a node that has none configured; plugins here note how they were called. */
class DefaultNetworkTest {

    private static final String HEADING = "Iface Destination\n";
    private static final String RESULT =
            "{\"cniVersion\":\"1.0.0\",\"ips\":[{\"address\":\"10.91.0.2/16\"}]}";

    @TempDir Path directory;
    private Path configurations;
    private Path routes;
    private DefaultNetwork standard;
    private CniPodNetwork network;
    private final PodSandbox pod = CniPods.pod(List.of(), Map.of());

    @BeforeEach
    void lay() throws IOException {
        configurations = directory.resolve("net.d");
        Path binaries = Files.createDirectory(directory.resolve("bin"));
        for (String plugin : List.of("bridge", "portmap", "firewall", "host-local", "other")) {
            Path file = binaries.resolve(plugin);
            Files.writeString(
                    file,
                    "#!/bin/sh\necho %s $CNI_COMMAND $CNI_CONTAINERID >> %s\ncat > %s\n[ $CNI_COMMAND = ADD ] && echo '%s'; exit 0\n"
                            .formatted(
                                    plugin,
                                    directory.resolve("calls"),
                                    directory.resolve(plugin + ".in"),
                                    RESULT));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        routes = Files.createDirectories(directory.resolve("proc/self/net")).resolve("route");
        Files.writeString(routes, HEADING);
        standard =
                new DefaultNetwork(
                        "gantry-x",
                        List.of(IpSubnet.parse("10.91.0.0/16"), IpSubnet.parse("fd00::/64")),
                        directory.resolve("networks"));
        network =
                new CniPodNetwork(
                        CniSettings.of(
                                        configurations,
                                        List.of(binaries),
                                        directory.resolve("attachments"))
                                .withDefault(standard),
                        new ProcFs(directory.resolve("proc")),
                        Clock.SYSTEM);
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(5), Clock.SYSTEM);
    }

    private PodNetworkStatus add() throws IOException {
        return network.add(pod, directory.resolve("netns"), soon());
    }

    private List<String> calls() throws IOException {
        Path calls = directory.resolve("calls");
        return Files.exists(calls)
                ? Files.readAllLines(calls).stream()
                        .map(line -> line.substring(0, line.lastIndexOf(' ')))
                        .toList()
                : List.of();
    }

    @Test
    void withoutAnyConfigurationPodsAreConnectedToIt() throws IOException {
        assertThat(network.status().ready()).isTrue();
        assertThat(network.status().message()).isEqualTo("network gantry-x");
        assertThat(add().ips()).containsExactly("10.91.0.2");
        assertThat(calls()).containsExactly("bridge ADD", "portmap ADD", "firewall ADD");
        JsonNode bridge = new ObjectMapper().readTree(directory.resolve("bridge.in").toFile());
        assertThat(bridge.path("bridge").asText()).isEqualTo("gantry-x");
        assertThat(bridge.path("ipam").path("ranges").toString())
                .isEqualTo(
                        "[[{\"subnet\":\"10.91.0.0/16\"}],[{\"subnet\":\"fd00:0:0:0:0:0:0:0/64\"}]]");
        assertThat(bridge.path("ipam").path("routes").toString())
                .isEqualTo("[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\"}]");
    }

    @Test
    void aConfigurationIsUsedAsSoonAsThereIsOneAndFormerPodsAreDisconnectedAsTheyWere()
            throws IOException {
        add();
        configure("{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"other\"}]}");

        PodSandbox later = CniPods.pod(List.of(), Map.of());
        network.add(later, directory.resolve("netns"), soon());
        network.remove(pod, directory.resolve("netns"), soon());

        assertThat(network.status().message()).isEqualTo("network n");
        assertThat(calls())
                .containsExactly(
                        "bridge ADD",
                        "portmap ADD",
                        "firewall ADD",
                        "other ADD",
                        "firewall DEL",
                        "portmap DEL",
                        "bridge DEL");
    }

    @Test
    void aConfigurationThatCannotBeReadIsNotHidden() throws IOException {
        configure("{");

        assertThat(network.status().ready()).isFalse();
        assertThat(network.status().message()).contains("10.conflist");
        assertThatThrownBy(this::add).hasMessageContaining("10.conflist");
        assertThat(calls()).isEmpty();
    }

    @Test
    void aSubnetThatLeadsElsewhereIsRefusedAndSaysWhatToDo() throws IOException {
        Files.writeString(routes, HEADING + "tun0 0000000A 0 1 0 0 0 000000FF 0 0 0\n");

        assertThat(network.status().ready()).isFalse();
        assertThat(network.status().message())
                .isEqualTo(
                        "subnet 10.91.0.0/16 of the default network overlaps the route to"
                                + " 10.0.0.0/8 by tun0: set cni.default_subnets to one that is"
                                + " free");
        assertThatThrownBy(this::add).hasMessageContaining("10.0.0.0/8 by tun0");
        assertThat(calls()).isEmpty();
        assertThat(network.connected()).isEmpty();

        configure("{\"cniVersion\":\"1.0.0\",\"name\":\"n\",\"plugins\":[{\"type\":\"other\"}]}");
        assertThat(network.status().ready()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "10.91.7.0/24, eth0, true",
        "10.91.0.0/16, eth0, true",
        "fd00::/48, eth0, true",
        "10.92.0.0/16, eth0, false",
        "0.0.0.0/0, eth0, false",
        "0.0.0.0/1, tun0, false",
        "2000::/3, eth0, false",
        "10.91.0.0/16, gantry-x, false",
        "10.90.0.0/15, gantry-x, false"
    })
    void anyRouteButThatOfTheRestAndTheOwnOneIsInTheWay(
            String destination, String device, boolean refused) {
        List<Route> there = List.of(new Route(IpSubnet.parse(destination), device));
        if (refused) {
            assertThatThrownBy(() -> standard.check(there)).isInstanceOf(CniException.class);
        } else {
            assertThatCode(() -> standard.check(there)).doesNotThrowAnyException();
        }
    }

    @Test
    void aSubnetThatTheOwnBridgeHasStaysUsableWhateverComesLater() {
        DefaultNetwork single =
                new DefaultNetwork("gantry-x", standard.subnets().subList(0, 1), standard.leases());
        assertThatCode(
                        () ->
                                single.check(
                                        List.of(
                                                new Route(
                                                        IpSubnet.parse("10.91.0.0/16"), "gantry-x"),
                                                new Route(IpSubnet.parse("10.0.0.0/8"), "tun0"))))
                .doesNotThrowAnyException();
    }

    @Test
    void anAddressThatNobodyRemembersIsFoundAndGivenBack() throws IOException {
        PodSandboxId lost = PodSandboxId.random();
        Path leases = Files.createDirectories(directory.resolve("networks/gantry-x"));
        Files.writeString(leases.resolve("10.91.0.9"), lost.value() + "\r\neth0");
        Files.writeString(leases.resolve("last_reserved_ip.0"), "10.91.0.9");
        Files.writeString(leases.resolve("lock"), "");
        add();

        assertThat(network.connected()).containsExactlyInAnyOrder(pod.id(), lost);
        network.release(lost, soon());

        assertThat(Files.readAllLines(directory.resolve("calls")))
                .endsWith("firewall DEL " + lost, "portmap DEL " + lost, "bridge DEL " + lost);
        JsonNode input = new ObjectMapper().readTree(directory.resolve("firewall.in").toFile());
        assertThat(input.path("prevResult").path("ips").path(0).path("address").asText())
                .isEqualTo("10.91.0.9/32");
    }

    private void configure(String json) throws IOException {
        Files.createDirectories(configurations);
        Files.writeString(configurations.resolve("10.conflist"), json);
    }
}
