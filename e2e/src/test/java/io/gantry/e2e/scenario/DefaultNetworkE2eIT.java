package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.PodNetworkConfig;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.NetworkConfig;
import io.gantry.proto.cri.PodIP;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxNetworkStatus;
import io.gantry.proto.cri.PortMapping;
import io.gantry.proto.cri.RuntimeCondition;
import io.gantry.proto.cri.RuntimeConfig;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.UpdateRuntimeConfigRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The network of a node that nobody has configured one for, with addresses of both families. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "that kernel has no IPv6")
class DefaultNetworkE2eIT {

    @RegisterExtension
    static final Node NODE =
            Node.withCni(
                    """
                    default_network = true
                    default_subnets = ["10.92.0.0/24", "fd00:92::/64"]
                    conf_template = "$HOME/template"
                    """);

    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String IPV4 = "10.92.0.";
    private static final String IPV6 = "fd00:92::";
    private static final String STRAY = "5742".repeat(16);
    private static final int HOST_PORT = 18081;
    private static final String SERVER = "while :; do echo served | nc -l -p 8080; done";

    @AfterEach
    void noAddressAndNoRuleIsLeft() throws IOException {
        NODE.daemon().removeEverything();
        assertThat(leases()).isEmpty();
        for (String save : List.of("iptables-save", "ip6tables-save")) {
            assertThat(inNetwork(save).lines())
                    .noneMatch(rule -> rule.contains(IPV4 + "2") || rule.contains(IPV6 + "2"))
                    .noneMatch(rule -> rule.contains(Integer.toString(HOST_PORT)));
        }
    }

    @Test
    void aPodHasAnAddressOfEachFamilyInItsStatusOnItsInterfaceAndInItsHostsFile()
            throws IOException {
        String container = NODE.idle("both");
        PodSandboxNetworkStatus network = network("both");

        assertThat(network.getIp()).startsWith(IPV4);
        assertThat(network.getAdditionalIpsList())
                .singleElement()
                .extracting(PodIP::getIp)
                .asString()
                .startsWith(IPV6);
        String additional = network.getAdditionalIps(0).getIp();
        assertThat(NODE.cri().shell(container, "ip -o addr show eth0"))
                .contains(" " + network.getIp() + "/24 ", " " + additional + "/64 ");
        assertThat(NODE.cri().shell(container, "ip route; ip -6 route"))
                .contains("default via " + IPV4 + "1 ", "default via " + IPV6 + "1 ");
        assertThat(NODE.cri().shell(container, "cat /etc/hosts"))
                .contains("\n" + network.getIp() + "\t", "\n" + additional + "\t");
        assertThat(NODE.cri().shell(container, "grep \"$(hostname)$\" /etc/hosts | wc -l"))
                .isEqualTo("2\n");
        assertThat(leases()).containsExactlyInAnyOrder(network.getIp(), additional);
    }

    @Test
    void podsReachEachOtherByEitherAddressAndPortsOfTheHostLeadToThem() {
        PodSandboxConfig pod =
                NODE.pod("server")
                        .addPortMappings(
                                PortMapping.newBuilder()
                                        .setHostPort(HOST_PORT)
                                        .setContainerPort(8080))
                        .build();
        NODE.run(pod, Requests.script("c", NODE.image(), SERVER).build());
        String client = NODE.idle("client");
        PodSandboxNetworkStatus server = network("server");

        for (String address : List.of(server.getIp(), server.getAdditionalIps(0).getIp())) {
            awaitServed(
                    () ->
                            NODE.cri()
                                    .exec(client, 5, "nc", address, "8080")
                                    .getStdout()
                                    .toStringUtf8());
        }
        awaitServed(
                () ->
                        inNetwork(
                                "busybox",
                                "nc",
                                "-w",
                                "5",
                                IPV4 + "1",
                                Integer.toString(HOST_PORT)));
    }

    @Test
    void theNodeIsReadyAndGantryRunHasANetwork() {
        assertThat(networkReady().getStatus()).isTrue();
        assertThat(networkReady().getReason()).isEmpty();
        assertThat(NODE.client().ok("run", "--rm", NODE.image(), "ip", "route"))
                .contains("default via " + IPV4 + "1 dev eth0");
        assertThat(NODE.client().ok("run", "--rm", "--network", "none", NODE.image(), "ip", "addr"))
                .doesNotContain("eth0");
    }

    @Test
    void aConfigurationThatAppearsIsUsedAtOnceAndFormerPodsKeepTheirNetwork() throws IOException {
        String former = NODE.idle("former");
        Path file = PodNetworkConfig.bridge(NODE.leases()).write(NODE.daemon().cniConfig());
        try {
            NODE.idle("later");
            assertThat(network("later").getIp()).startsWith(PodNetworkConfig.SUBNET);
            assertThat(networkReady().getMessage()).isEqualTo("network e2e");
            assertThat(NODE.cri().shell(former, "ip -o -4 addr show eth0"))
                    .contains(network("former").getIp());

            Files.writeString(file, "{");
            assertThat(networkReady().getStatus()).isFalse();
            assertThat(networkReady().getReason()).isEqualTo("NetworkPluginNotReady");
            assertThat(networkReady().getMessage()).contains(file.toString());
        } finally {
            NODE.daemon().removeEverything();
            Files.delete(file);
            inNetwork("ip", "link", "delete", "gantry-e2e");
        }
        assertThat(networkReady().getMessage()).isEqualTo("network " + bridge());
    }

    @Test
    void aSubnetThatIsInUseAlreadyIsRefusedUntilItIsFree() {
        inNetwork("ip", "link", "delete", bridge());
        inNetwork("ip", "route", "add", "10.92.0.128/25", "dev", "lo");
        Throwable failure = catchThrowable(() -> NODE.cri().runPod(NODE.pod("refused").build()));
        RuntimeCondition meanwhile = networkReady();
        inNetwork("ip", "route", "delete", "10.92.0.128/25", "dev", "lo");
        NODE.idle("afterwards");

        String reason =
                "subnet 10.92.0.0/24 of the default network overlaps the route to 10.92.0.128/25 by"
                        + " lo: set cni.default_subnets to one that is free";
        assertThat(meanwhile.getStatus()).isFalse();
        assertThat(meanwhile.getMessage()).isEqualTo(reason);
        assertThat(Status.fromThrowable(failure).getDescription()).contains(reason);
        assertThat(network("afterwards").getIp()).startsWith(IPV4);
    }

    @Test
    void anAddressThatBelongsToNobodyIsFoundByACheckAndFreedByARepair() throws IOException {
        NODE.idle("owner");
        Path stray = Files.writeString(taken().resolve(IPV4 + "77"), STRAY + "\r\neth0");

        assertThat(NODE.client().run("system", "check", "--skip-blobs").out())
                .contains("network", STRAY.substring(0, 12), "has no record", "1 finding");
        assertThat(stray).exists();
        NODE.client().ok("system", "check", "--skip-blobs", "--repair");
        assertThat(stray).doesNotExist();
        assertThat(leases())
                .containsExactlyInAnyOrder(
                        network("owner").getIp(), network("owner").getAdditionalIps(0).getIp());
        assertThat(NODE.client().ok("system", "check", "--skip-blobs")).startsWith("0 findings");
    }

    @Test
    void whatTheKubeletTellsOfAddressesFillsInTheTemplateOfANetwork() throws IOException {
        Files.writeString(
                NODE.home().resolve("template"),
                """
                {"cniVersion": "1.0.0", "name": "told", "plugins": [
                  {"type": "bridge", "bridge": "gantry-told", "isGateway": true,
                   "ipam": {"type": "host-local", "dataDir": "%s", "ranges": [
                     {{- range $i, $range := .PodCIDRRanges}}{{if $i}}, {{end -}}
                     [{"subnet": "{{$range}}"}]{{end}}],
                     "routes": [{{range $i, $route := .Routes}}{{if $i}}, {{end}}{"dst": "{{$route}}"}{{end}}]}}]}
                """
                        .formatted(NODE.leases()));
        Throwable failure = catchThrowable(() -> tell("10.93.0.0/24,fd00:93::/64/x"));
        assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(NODE.daemon().cniConfig()).isEmptyDirectory();

        tell("10.93.0.0/24,fd00:93::/64");
        try {
            assertThat(networkReady().getMessage()).isEqualTo("network told");
            NODE.idle("told");
            assertThat(network("told").getIp()).startsWith("10.93.0.");
            assertThat(network("told").getAdditionalIps(0).getIp()).startsWith("fd00:93::");
        } finally {
            NODE.daemon().removeEverything();
            Files.delete(NODE.daemon().cniConfig().resolve("99-gantry-pod-cidr.conflist"));
            inNetwork("ip", "link", "delete", "gantry-told");
        }
    }

    private static void tell(String podCidr) {
        NODE.cri()
                .runtime()
                .updateRuntimeConfig(
                        UpdateRuntimeConfigRequest.newBuilder()
                                .setRuntimeConfig(
                                        RuntimeConfig.newBuilder()
                                                .setNetworkConfig(
                                                        NetworkConfig.newBuilder()
                                                                .setPodCidr(podCidr)))
                                .build());
    }

    @Test
    void aPodGetsTheAddressesThatItAsksForOrNone() throws IOException {
        PodSandboxConfig asking =
                NODE.pod("asking")
                        .putAnnotations("io.gantry.ips", "10.92.0.55,fd00:92::55")
                        .build();
        NODE.run(asking, Requests.script("c", NODE.image(), "sleep 1000").build());
        assertThat(network("asking").getIp()).isEqualTo("10.92.0.55");
        assertThat(network("asking").getAdditionalIps(0).getIp()).isEqualTo("fd00:92::55");

        PodSandboxConfig second =
                NODE.pod("second").putAnnotations("io.gantry.ips", "10.92.0.55").build();
        Throwable failure = catchThrowable(() -> NODE.cri().runPod(second));
        assertThat(Status.fromThrowable(failure).getDescription()).contains("10.92.0.55");
        assertThat(NODE.cri().pods()).hasSize(1);
        assertThat(leases()).containsExactlyInAnyOrder("10.92.0.55", "fd00:92::55");
    }

    @Test
    void aContainerOfTheClientGetsTheAddressesThatItAsksFor() {
        String all =
                NODE.client()
                        .ok(
                                "run",
                                "--rm",
                                "--ip=10.92.0.77",
                                "--ip6=fd00:92::77",
                                NODE.image(),
                                "ip",
                                "addr",
                                "show",
                                "eth0");
        assertThat(all).contains("10.92.0.77/24", "fd00:92::77/64");
        Command.Result wrong = NODE.client().run("run", "--ip=10.92.0", NODE.image(), "true");
        assertThat(wrong.code()).isEqualTo(125);
        assertThat(wrong.err()).contains("ips", "10.92.0", "it must be an IP address");
        Command.Result host =
                NODE.client().run("run", "--network=host", "--ip=10.92.0.7", NODE.image(), "true");
        assertThat(host.code()).isEqualTo(125);
        assertThat(host.err()).contains("only the network of pods gives addresses");
    }

    private static PodSandboxNetworkStatus network(String pod) {
        return NODE.cri().pods().stream()
                .filter(each -> each.getMetadata().getName().equals(pod))
                .map(each -> NODE.cri().podStatus(each.getId()).getNetwork())
                .findFirst()
                .orElseThrow();
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

    private static String inNetwork(String... words) {
        return Command.of(NODE.daemon().network().enter(words)).run().orThrow();
    }

    private static void awaitServed(Callable<String> request) {
        Await.until("an answer", Await.seconds(60), () -> request.call().equals("served\n"));
    }

    /** The bridge, which is named as the daemon's control group. */
    private static String bridge() {
        return NODE.daemon().cgroupParent().substring(1);
    }

    private static Path taken() {
        return NODE.daemon().root().resolve("cni/networks").resolve(bridge());
    }

    /** Addresses that are taken. */
    private static List<String> leases() throws IOException {
        try (Stream<Path> files = Files.list(taken())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(IPV4) || name.startsWith(IPV6))
                    .toList();
        }
    }
}
