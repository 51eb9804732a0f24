package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.PodNetworkConfig;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ListPodSandboxStatsRequest;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.NetworkUsage;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.PortMapping;
import io.gantry.proto.cri.RuntimeCondition;
import io.gantry.proto.cri.StatusRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pods in a network of Debian's CNI plugins: bridge, host-local, portmap. */
class PodNetworkE2eIT {

    @RegisterExtension static final Node NODE = Node.withPodNetwork();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final int HOST_PORT = 18080;
    private static final String SERVER = "while :; do echo served | nc -l -p 8080; done";

    @AfterEach
    void noAddressAndNoRuleIsLeft() throws IOException {
        NODE.daemon().removeEverything();
        assertThat(leases()).isEmpty();
        assertThat(rules()).noneMatch(rule -> rule.contains(PodNetworkConfig.SUBNET + "2"));
    }

    @Test
    void aPodHasAnInterfaceWithTheAddressThatItsStatusTells() throws IOException {
        String container = NODE.idle("addressed");
        String ip = ipOf("addressed");
        assertThat(ip).startsWith(PodNetworkConfig.SUBNET);
        assertThat(NODE.cri().shell(container, "ip -o -4 addr show eth0"))
                .contains(" " + ip + "/24");
        assertThat(NODE.cri().shell(container, "ip route"))
                .contains("default via " + PodNetworkConfig.GATEWAY);
        assertThat(leases()).containsExactly(ip);
        assertThat(NODE.client().ok("pods", "--owner", "cri")).contains(ip);
    }

    @Test
    void whatGoesThroughItsInterfaceIsCounted() {
        NODE.run("counted-server", SERVER);
        String client = NODE.idle("counted");
        String ip = ipOf("counted-server");
        awaitServed(() -> NODE.cri().exec(client, 5, "nc", ip, "8080").getStdout().toStringUtf8());
        NetworkUsage network = networkOf("counted");

        assertThat(network.getDefaultInterface().getName()).isEqualTo("eth0");
        assertThat(network.getDefaultInterface().getRxBytes().getValue()).isPositive();
        assertThat(network.getDefaultInterface().getTxBytes().getValue()).isPositive();
        assertThat(network.getInterfacesList()).containsExactly(network.getDefaultInterface());
    }

    private static NetworkUsage networkOf(String pod) {
        return NODE
                .cri()
                .runtime()
                .listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance())
                .getStatsList()
                .stream()
                .filter(each -> each.getAttributes().getMetadata().getName().equals(pod))
                .findFirst()
                .orElseThrow()
                .getLinux()
                .getNetwork();
    }

    @Test
    void podsReachEachOtherAndTheirHostReachesThem() {
        NODE.run("server", SERVER);
        String client = NODE.idle("client");
        String ip = ipOf("server");
        awaitServed(() -> NODE.cri().exec(client, 5, "nc", ip, "8080").getStdout().toStringUtf8());
        awaitServed(() -> fromHost(ip, 8080));
    }

    @Test
    void aPortOfTheHostLeadsToThePod() {
        PodSandboxConfig pod =
                NODE.pod("mapped")
                        .addPortMappings(
                                PortMapping.newBuilder()
                                        .setHostPort(HOST_PORT)
                                        .setContainerPort(8080))
                        .build();
        NODE.run(pod, Requests.script("c", NODE.image(), SERVER).build());
        awaitServed(() -> fromHost(PodNetworkConfig.GATEWAY, HOST_PORT));
    }

    @Test
    void gantryRunPublishesPorts() {
        NODE.client()
                .ok(
                        "run",
                        "-d",
                        "--name",
                        "web",
                        "-p",
                        HOST_PORT + ":8080",
                        NODE.image(),
                        "sh",
                        "-c",
                        SERVER);
        assertThat(NODE.client().ok("ps")).contains(HOST_PORT + "->8080/tcp");
        awaitServed(() -> fromHost(PodNetworkConfig.GATEWAY, HOST_PORT));
        NODE.client().ok("rm", "-f", "web");
    }

    @Test
    void aStoppedPodGivesItsAddressBack() throws IOException {
        NODE.idle("stopped");
        String pod = NODE.cri().pods().getFirst().getId();
        NODE.cri().stopPod(pod);
        assertThat(NODE.cri().podStatus(pod).getNetwork().getIp()).isEmpty();
        assertThat(leases()).isEmpty();
        NODE.cri().stopPod(pod);
    }

    @Test
    void aPodOfTheHostsNetworkHasNoAddressOfItsOwn() throws IOException {
        PodSandboxConfig pod =
                NODE.pod("host").setLinux(Requests.namespaces(NamespaceMode.NODE)).build();
        String container = NODE.run(pod, Requests.script("c", NODE.image(), "sleep 1000").build());
        assertThat(NODE.cri().shell(container, "ip -o link show")).contains("gantry-e2e");
        assertThat(ipOf("host")).isEmpty();
        assertThat(leases()).isEmpty();
    }

    @Test
    void aPodOutlivesTheDaemonWithItsAddressAndGivesItBackAfterwards() {
        String container = NODE.idle("outlives");
        String ip = ipOf("outlives");
        NODE.daemon().kill();
        NODE.daemon().start();
        assertThat(ipOf("outlives")).isEqualTo(ip);
        assertThat(NODE.cri().shell(container, "ip -o -4 addr show eth0")).contains(ip);
    }

    @Test
    void aPluginThatFailsIsNamedAndNothingIsLeft() throws IOException {
        Path broken = PodNetworkConfig.broken(NODE.leases()).write(NODE.daemon().cniConfig());
        Throwable failure = catchThrowable(() -> NODE.cri().runPod(NODE.pod("broken").build()));
        Files.delete(broken);
        assertThat(failure).isNotNull();
        assertThat(Status.fromThrowable(failure).getDescription()).contains("no-such-plugin");
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(leases()).isEmpty();
    }

    @Test
    void theNetworkIsReady() {
        assertThat(networkReady().getStatus()).isTrue();
    }

    @Test
    void theNodeIsNotReadyWithoutANetworkOrAPluginAndIsAgainWithoutARestart() throws IOException {
        Path directory = NODE.daemon().cniConfig();
        Path broken = PodNetworkConfig.broken(NODE.leases()).write(directory);
        assertThat(networkReady().getStatus()).isFalse();
        assertThat(networkReady().getReason()).isEqualTo("NetworkPluginNotReady");
        assertThat(networkReady().getMessage()).contains("no-such-plugin is not in ");

        Files.delete(broken);
        Files.delete(directory.resolve(PodNetworkConfig.bridge(NODE.leases()).file()));
        assertThat(networkReady().getStatus()).isFalse();
        assertThat(networkReady().getReason()).isEqualTo("NetworkPluginNotReady");
        assertThat(networkReady().getMessage())
                .isEqualTo("no network configuration in " + directory);

        PodNetworkConfig.bridge(NODE.leases()).write(directory);
        assertThat(networkReady().getStatus()).isTrue();
        assertThat(networkReady().getReason()).isEmpty();
    }

    @Test
    void aVerboseStatusHasWhatPluginsSaidOfThePodAndWhatTheyMissNow() throws IOException {
        NODE.idle("looked-at");
        String pod = NODE.cri().pods().getFirst().getId();
        Map<String, String> info = info(pod);
        JsonNode network = new ObjectMapper().readTree(info.get("network"));
        assertThat(network.path("problem").asText()).isEmpty();
        assertThat(network.path("cniResult").path("ips").path(0).path("address").asText())
                .isEqualTo(ipOf("looked-at") + "/24");

        String shim = new ObjectMapper().readTree(info.get("info")).path("pid").asText();
        Command.of(
                        "nsenter",
                        "--net=/proc/" + shim + "/ns/net",
                        "ip",
                        "addr",
                        "flush",
                        "dev",
                        "eth0")
                .run()
                .orThrow();
        assertThat(new ObjectMapper().readTree(info(pod).get("network")).path("problem").asText())
                .startsWith("network plugin bridge: CHECK: ");
        NODE.cri().stopPod(pod);
        assertThat(info(pod)).doesNotContainKey("network");
    }

    private static Map<String, String> info(String pod) {
        return NODE.cri()
                .runtime()
                .podSandboxStatus(
                        PodSandboxStatusRequest.newBuilder()
                                .setPodSandboxId(pod)
                                .setVerbose(true)
                                .build())
                .getInfoMap();
    }

    private static RuntimeCondition networkReady() {
        return NODE
                .cri()
                .runtime()
                .status(StatusRequest.getDefaultInstance())
                .getStatus()
                .getConditionsList()
                .stream()
                .filter(condition -> condition.getType().equals("NetworkReady"))
                .findFirst()
                .orElseThrow();
    }

    private static String ipOf(String pod) {
        return NODE.cri().pods().stream()
                .filter(each -> each.getMetadata().getName().equals(pod))
                .map(each -> NODE.cri().podStatus(each.getId()).getNetwork().getIp())
                .findFirst()
                .orElseThrow();
    }

    /** What a server answers a program in the daemon's network. */
    private static String fromHost(String address, int port) {
        List<String> words = List.of("busybox", "nc", "-w", "5", address, Integer.toString(port));
        return Command.of(NODE.daemon().network().enter(words)).run().out();
    }

    private static void awaitServed(Callable<String> request) {
        Await.until("an answer", Await.seconds(60), () -> request.call().equals("served\n"));
    }

    /** Addresses that are taken. */
    private static List<String> leases() throws IOException {
        Path network = NODE.leases().resolve("e2e");
        if (!Files.isDirectory(network)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(network)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(PodNetworkConfig.SUBNET))
                    .toList();
        }
    }

    private static List<String> rules() {
        return Command.of(NODE.daemon().network().enter("iptables-save"))
                .run()
                .orThrow()
                .lines()
                .toList();
    }
}
