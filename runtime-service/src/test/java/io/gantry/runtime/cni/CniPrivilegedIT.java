package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PortMapping;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's plugins. They run inside a network namespace that stands for the host, so that bridges
 * and firewall rules end with it and the machine's own network is not touched.
 */
@Tag("privileged")
@Timeout(600)
final class CniPrivilegedIT {

    private static final Path PLUGINS = Path.of("/usr/lib/cni");
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final int HOST_PORT = 18_080;
    private static final String HOST_PORT_RULE = "ports? " + HOST_PORT;
    private static final int POD_PORT = 8080;
    private static final String GATEWAY = "10.231.7.1";

    private final String name = "gantry-cni-" + Ids.random().substring(0, 8);
    private final String host = name + "-host";
    private final String inside = name + "-pod";
    private final PodSandbox pod =
            CniPods.pod(
                    List.of(new PortMapping(PortMapping.Protocol.TCP, POD_PORT, HOST_PORT, "")),
                    Map.of());
    private final List<Process> servers = new ArrayList<>();

    @TempDir private Path directory;

    private Path leases;

    @BeforeEach
    void lay() throws Exception {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        for (String namespace : List.of(host, inside)) {
            run("ip", "netns", "add", namespace);
            run("ip", "-n", namespace, "link", "set", "lo", "up");
        }
        leases = directory.resolve("leases");
        Path bin = Files.createDirectories(directory.resolve("bin"));
        for (String plugin : List.of("bridge", "portmap")) {
            Path script = bin.resolve(plugin);
            Files.writeString(
                    script,
                    "#!/bin/sh\nexec ip netns exec %s %s/%s\n".formatted(host, PLUGINS, plugin));
            Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        Path configuration = Files.createDirectories(directory.resolve("net.d"));
        Files.writeString(
                configuration.resolve("10-test.conflist"),
                """
                {"cniVersion": "1.0.0", "name": "%s", "plugins": [
                  {"type": "bridge", "bridge": "br0", "isGateway": true, "ipMasq": true,
                   "ipam": {"type": "host-local", "dataDir": "%s",
                     "ranges": [[{"subnet": "10.231.7.0/24"}]],
                     "routes": [{"dst": "0.0.0.0/0"}]}},
                  {"type": "portmap", "capabilities": {"portMappings": true}}]}
                """
                        .formatted(name, leases));
    }

    @AfterEach
    void removeAll() throws Exception {
        for (Process server : servers) {
            server.descendants().forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly().waitFor();
        }
        for (String namespace : List.of(host, inside)) {
            new ProcessBuilder("ip", "netns", "delete", namespace).start().waitFor();
        }
    }

    private CniPodNetwork network() {
        return new CniPodNetwork(
                CniSettings.of(
                        directory.resolve("net.d"),
                        List.of(directory.resolve("bin"), PLUGINS),
                        directory.resolve("attachments")),
                Clock.SYSTEM);
    }

    /** Plug-ins and iptables take half a minute in a user-mode kernel that shares its processor. */
    private static Deadline deadline() {
        return Deadline.after(Duration.ofMinutes(4), Clock.SYSTEM);
    }

    private PodNetworkStatus add() throws IOException {
        return network().add(pod, NAMESPACES.resolve(inside), deadline());
    }

    private void remove() throws IOException {
        network().remove(pod, NAMESPACES.resolve(inside), deadline());
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as("%s: %s", List.of(command), output).isZero();
        return output;
    }

    private String onHost(String... command) throws Exception {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", host));
        whole.addAll(List.of(command));
        return run(whole.toArray(String[]::new));
    }

    /** What the pod answers; the attempts give its server the time to listen. */
    private String ask(String address, int port) throws Exception {
        Deadline deadline = deadline();
        String answer = "";
        while (answer.isEmpty() && !deadline.expired()) {
            Process client =
                    new ProcessBuilder(
                                    "ip",
                                    "netns",
                                    "exec",
                                    host,
                                    "busybox",
                                    "nc",
                                    "-w",
                                    "10",
                                    address,
                                    Integer.toString(port))
                            .start();
            client.getOutputStream().close();
            answer =
                    new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                            .strip();
            client.waitFor();
        }
        return answer;
    }

    private List<String> leased() throws IOException {
        try (var files = Files.list(leases.resolve(name))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.startsWith("10."))
                    .toList();
        }
    }

    @Test
    void podIsReachedAtItsAddressAndThroughItsHostPort() throws Exception {
        PodNetworkStatus status = add();

        assertThat(status.ips()).hasSize(1);
        String address = status.ips().getFirst();
        assertThat(address).startsWith("10.231.7.");
        servers.add(
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                inside,
                                "busybox",
                                "nc",
                                "-ll",
                                "-p",
                                Integer.toString(POD_PORT),
                                "-e",
                                "echo",
                                "here")
                        .start());
        assertThat(ask(address, POD_PORT)).isEqualTo("here");
        assertThat(ask(GATEWAY, HOST_PORT)).isEqualTo("here");
        remove();
    }

    @Test
    void nothingOfThePodIsLeftAfterRemoval() throws Exception {
        String address = add().ips().getFirst();
        assertThat(leased()).containsExactly(address);
        assertThat(onHost("iptables-save", "-t", "nat"))
                .contains(pod.id().value())
                .containsPattern(HOST_PORT_RULE);
        assertThat(run("ip", "-n", inside, "link")).contains("eth0");

        remove();

        assertThat(leased()).isEmpty();
        assertThat(onHost("iptables-save", "-t", "nat"))
                .doesNotContain(pod.id().value())
                .doesNotContainPattern(HOST_PORT_RULE);
        assertThat(run("ip", "-n", inside, "link")).doesNotContain("eth0");
        assertThat(onHost("ip", "link")).doesNotContain("veth");
        assertThat(network().connected()).isEmpty();
        remove();
    }

    @Test
    void addressIsFreedWhenTheNamespaceIsGoneAlready() throws Exception {
        add();
        run("ip", "netns", "delete", inside);

        remove();

        assertThat(leased()).isEmpty();
        // The bridge plugin of Debian 12 learns from the interface what to stop masquerading, so
        // that
        // one rule stays; it is for an address that the next pod gets.
        assertThat(onHost("iptables-save", "-t", "nat")).doesNotContainPattern(HOST_PORT_RULE);
        assertThat(network().connected()).isEmpty();
    }

    @Test
    void aPodHasAnInterfaceInEachOfTwoNetworksAndGivesBothBack() throws Exception {
        Path first = directory.resolve("net.d").resolve("10-test.conflist");
        Files.writeString(
                directory.resolve("net.d").resolve("20-second.conflist"),
                """
                {"cniVersion": "1.0.0", "name": "second", "plugins": [
                  {"type": "bridge", "bridge": "br1",
                   "ipam": {"type": "host-local", "dataDir": "%s",
                     "ranges": [[{"subnet": "10.232.7.0/24"}]]}}]}
                """
                        .formatted(leases));
        CniPodNetwork both =
                new CniPodNetwork(
                        CniSettings.of(
                                        directory.resolve("net.d"),
                                        List.of(directory.resolve("bin"), PLUGINS),
                                        directory.resolve("attachments"))
                                .withNetworks(2),
                        Clock.SYSTEM);

        PodNetworkStatus status = both.add(pod, NAMESPACES.resolve(inside), deadline());

        assertThat(status.ips()).singleElement().asString().startsWith("10.231.7.");
        assertThat(run("ip", "-n", inside, "-o", "-4", "addr"))
                .containsPattern("eth0 +inet 10\\.231\\.7\\.")
                .containsPattern("eth1 +inet 10\\.232\\.7\\.");
        // As when there is one network again, and the namespace went with the machine's last boot.
        Files.delete(first);
        run("ip", "netns", "delete", inside);
        remove();
        assertThat(leased()).isEmpty();
        try (var files = Files.list(leases.resolve("second"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(file -> file.startsWith("10."));
        }
        assertThat(network().connected()).isEmpty();
    }

    @Test
    void chainThatFailsAtItsEndLeavesNothing() throws Exception {
        Path portmap = directory.resolve("bin").resolve("portmap");
        String real = Files.readString(portmap);
        Files.writeString(
                portmap,
                real.replace(
                        "\nexec",
                        "\n[ $CNI_COMMAND = DEL ] || { echo '{\"code\": 11, \"msg\": \"not now\"}';"
                                + " exit 1; }\nexec"));

        assertThatThrownBy(this::add)
                .isInstanceOf(CniException.class)
                .hasMessageContaining("portmap")
                .hasMessageContaining("not now");

        assertThat(leased()).isEmpty();
        assertThat(onHost("ip", "link")).doesNotContain("veth");
        assertThat(network().connected()).isEmpty();
    }
}
