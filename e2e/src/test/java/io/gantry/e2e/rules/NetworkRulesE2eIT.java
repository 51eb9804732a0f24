package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.PodNetworkConfig;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.DNSConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PortMapping;
import io.gantry.proto.cri.Protocol;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The network of pods, their names, files and sysctls. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class NetworkRulesE2eIT {

    private static final String SERVER = "while :; do echo served | nc -l -p 8080; done";

    private static void awaitServed(Subject node, String address, int port) {
        Await.until(
                "an answer of " + address + ":" + port,
                Await.seconds(60),
                () ->
                        Command.of(
                                        node.network()
                                                .enter(
                                                        "busybox",
                                                        "timeout",
                                                        "2",
                                                        "busybox",
                                                        "nc",
                                                        address,
                                                        Integer.toString(port)))
                                .run()
                                .out()
                                .equals("served\n"));
    }

    @Rule
    void aPodHasTheAddressThatItsStatusTells(Subject node) {
        String container = node.runIdle("address");
        String ip = node.cri().podStatus(node.cri().pods().getFirst().getId()).getNetwork().getIp();
        assertThat(ip).startsWith(PodNetworkConfig.SUBNET);
        assertThat(node.cri().shell(container, "ip -o -4 addr show eth0")).contains(" " + ip + "/");
        assertThat(node.cri().shell(container, "ip -o link show lo")).contains("UP");
    }

    @Rule
    void thePortOfAContainerIsReachedAtTheAddressOfItsPod(Subject node) {
        PodSandboxConfig pod =
                node.pod("port")
                        .addPortMappings(PortMapping.newBuilder().setContainerPort(8080))
                        .build();
        node.run(pod, node.script("c", SERVER).build());
        String id = node.cri().pods().getFirst().getId();
        awaitServed(node, node.cri().podStatus(id).getNetwork().getIp(), 8080);
    }

    @Rule
    void aPortOfTheNodeLeadsToThatOfTheContainer(Subject node) {
        PodSandboxConfig pod =
                node.pod("host-port")
                        .addPortMappings(
                                PortMapping.newBuilder()
                                        .setProtocol(Protocol.TCP)
                                        .setHostPort(12000)
                                        .setContainerPort(8080))
                        .build();
        node.run(pod, node.script("c", SERVER).build());
        awaitServed(node, PodNetworkConfig.GATEWAY, 12000);
    }

    @Rule
    void containersResolveByTheDnsConfigurationOfTheirPod(Subject node) {
        DNSConfig dns =
                DNSConfig.newBuilder()
                        .addServers("10.10.10.10")
                        .addServers("10.10.10.11")
                        .addSearches("cluster.example")
                        .addOptions("ndots:8")
                        .build();
        String container =
                node.run(node.pod("dns").setDnsConfig(dns).build(), node.idle("c").build());
        assertThat(node.cri().shell(container, "cat /etc/resolv.conf").lines())
                .containsExactlyInAnyOrder(
                        "nameserver 10.10.10.10",
                        "nameserver 10.10.10.11",
                        "search cluster.example",
                        "options ndots:8");
    }

    @Rule
    void withoutADnsConfigurationContainersResolveAsTheirNode(Subject node) throws IOException {
        String container = node.runIdle("no-dns");
        assertThat(node.cri().shell(container, "cat /etc/resolv.conf"))
                .isEqualTo(Files.readString(Path.of("/etc/resolv.conf")));
    }

    @Rule(notContainerd = "it takes an empty configuration for none before 2.0")
    void anEmptyDnsConfigurationIsAnEmptyFile(Subject node) {
        PodSandboxConfig pod =
                node.pod("empty-dns").setDnsConfig(DNSConfig.getDefaultInstance()).build();
        assertThat(node.cri().shell(node.run(pod, node.idle("c").build()), "cat /etc/resolv.conf"))
                .isEmpty();
    }

    @Rule
    void containersHaveTheHostNameOfTheirPod(Subject node) {
        PodSandboxConfig pod = node.pod("named").setHostname("some-name").build();
        String container = node.run(pod, node.idle("c").build());
        assertThat(node.cri().shell(container, "hostname; cat /etc/hostname; echo $HOSTNAME"))
                .isEqualTo("some-name\nsome-name\nsome-name\n");
        assertThat(node.cri().shell(container, "cat /etc/hosts")).contains("localhost");
    }

    @Rule
    void containersOfAPodShareItsSharedMemoryAndItsSizeIs64Mebibytes(Subject node) {
        PodSandboxConfig pod = node.pod("shm").build();
        String one = node.run(pod, node.idle("one").build());
        String sandbox = node.cri().pods().getFirst().getId();
        String two = node.cri().create(sandbox, pod, node.idle("two").build());
        node.cri().start(two);
        node.cri().shell(one, "echo shared > /dev/shm/file");
        assertThat(node.cri().shell(two, "cat /dev/shm/file")).isEqualTo("shared\n");
        assertThat(node.cri().shell(two, "cat /proc/self/mountinfo"))
                .containsPattern(" /dev/shm [a-z,]*nosuid,nodev,noexec.* - tmpfs .*size=65536k");
    }

    private static String sysctl(Subject node, String container, String name) {
        return node.cri().shell(container, "cat /proc/sys/" + name.replace('.', '/')).strip();
    }

    private static String withSysctls(Subject node, String pod, Map<String, String> sysctls) {
        PodSandboxConfig.Builder config = node.pod(pod);
        config.getLinuxBuilder().putAllSysctls(sysctls);
        return node.run(config.build(), node.idle("c").build());
    }

    @Rule
    void safeAndUnsafeSysctlsHoldInThePod(Subject node) {
        String container =
                withSysctls(
                        node,
                        "sysctls",
                        Map.of("kernel.shm_rmid_forced", "1", "fs.mqueue.msg_max", "100"));
        assertThat(sysctl(node, container, "kernel.shm_rmid_forced")).isEqualTo("1");
        assertThat(sysctl(node, container, "fs.mqueue.msg_max")).isEqualTo("100");
    }

    @Rule(notContainerd = "it passes names on as they are, and runc refuses them")
    void aSysctlMayBeNamedWithSlashes(Subject node) {
        String container =
                withSysctls(node, "slashes", Map.of("net/ipv4/ip_unprivileged_port_start", "5"));
        assertThat(sysctl(node, container, "net.ipv4.ip_unprivileged_port_start")).isEqualTo("5");
    }

    @Rule
    void aSysctlOfTheHostIsRefused(Subject node) throws IOException {
        Path panic = Path.of("/proc/sys/kernel/panic");
        String before = Files.readString(panic);
        PodSandboxConfig.Builder pod = node.pod("host-sysctl");
        pod.getLinuxBuilder().putSysctls("kernel.panic", "77");
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.runPod(pod.build()),
                "config.linux.sysctls",
                "kernel.panic");
        assertThat(Files.readString(panic)).isEqualTo(before);
    }

    @Rule(notContainerd = "it has that off before 2.0")
    void aPodMayUseLowPortsAndPingWithoutPrivileges(Subject node) {
        String container = node.runIdle("unprivileged");
        assertThat(sysctl(node, container, "net.ipv4.ip_unprivileged_port_start")).isEqualTo("0");
        assertThat(sysctl(node, container, "net.ipv4.ping_group_range")).isEqualTo("0\t2147483647");
    }
}
