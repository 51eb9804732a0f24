package io.gantry.runtime.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.pod.PodNetwork.Inspection;
import io.gantry.runtime.pod.PodSandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** STATUS, GC and CHECK; plugins here are real programs that note how they were called. */
class NodeVerbsTest {

    private static final String RESULT =
            "{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"10.1.2.3/24\"}]}";

    @TempDir Path directory;
    private Path configurations;
    private Path binaries;
    private Path calls;
    private Path netns;
    private CniPodNetwork network;
    private final AtomicLong passed = new AtomicLong();
    private final PodSandbox pod = CniPods.pod(List.of(), Map.of());

    /** Stands still unless the test puts it forward. */
    private final Clock clock =
            new Clock() {
                @Override
                public Instant now() {
                    return SYSTEM.now();
                }

                @Override
                public long nanoTime() {
                    return passed.get();
                }

                @Override
                public void sleep(Duration duration) throws InterruptedException {
                    SYSTEM.sleep(duration);
                }
            };

    @BeforeEach
    void lay() throws IOException {
        configurations = Files.createDirectory(directory.resolve("net.d"));
        binaries = Files.createDirectory(directory.resolve("bin"));
        calls = directory.resolve("calls");
        netns = Files.createFile(directory.resolve("netns"));
        network =
                new CniPodNetwork(
                        CniSettings.of(
                                configurations,
                                List.of(binaries),
                                directory.resolve("attachments")),
                        clock);
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(5), Clock.SYSTEM);
    }

    private void configure(String head) throws IOException {
        Files.writeString(
                configurations.resolve("10.conflist"),
                "{"
                        + head
                        + ",\"name\":\"net\",\"plugins\":[{\"type\":\"one\"},{\"type\":\"two\"}]}");
    }

    private void plugin(String name, String body) throws IOException {
        Path file = binaries.resolve(name);
        Files.writeString(
                file,
                "#!/bin/sh\necho %s $CNI_COMMAND >> %s\ncat > %s\n%s\n"
                        .formatted(name, calls, directory.resolve(name + ".in"), body));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void plugins() throws IOException {
        plugin("one", "[ $CNI_COMMAND = ADD ] && echo '" + RESULT + "'; exit 0");
        plugin("two", "[ $CNI_COMMAND = ADD ] && echo '" + RESULT + "'; exit 0");
    }

    private List<String> calls() throws IOException {
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private JsonNode input(String name) throws IOException {
        return new ObjectMapper().readTree(directory.resolve(name + ".in").toFile());
    }

    @Test
    void theNodeIsNotReadyWhileAPluginSaysSoAndSaysWhy() throws IOException {
        configure("\"cniVersion\":\"1.1.0\"");
        plugins();
        Path ready = directory.resolve("ready");
        plugin(
                "two",
                "[ -e "
                        + ready
                        + " ] || { echo '{\"code\":50,\"msg\":\"no route yet\"}'; exit 1; }");

        assertThat(network.status().ready()).isFalse();
        assertThat(network.status().message())
                .isEqualTo("network net: network plugin two: STATUS: no route yet (exit status 1)");
        assertThat(calls()).containsExactly("one STATUS", "two STATUS");

        Files.createFile(ready);
        passed.addAndGet(NodeVerbs.FRESH.toNanos());
        assertThat(network.status().ready()).isTrue();
        assertThat(network.status().message()).isEqualTo("network net");
        assertThat(calls()).hasSize(4);
        assertThat(input("two").path("cniVersion").asText()).isEqualTo("1.1.0");
    }

    @Test
    void anotherConfigurationIsAskedAboutAtOnce() throws IOException {
        configure("\"cniVersion\":\"1.1.0\"");
        plugins();
        network.status();
        Files.delete(configurations.resolve("10.conflist"));
        assertThat(network.status().message()).startsWith("no network configuration in ");
        configure("\"cniVersion\":\"1.1.0\",\"comment\":\"x\"");
        assertThat(network.status().ready()).isTrue();
    }

    @Test
    void pluginsBeforeVersion11AreNotAskedButHaveToBeThere() throws IOException {
        configure("\"cniVersion\":\"1.0.0\"");
        plugin("one", "exit 1");

        assertThat(network.status().ready()).isFalse();
        assertThat(network.status().message())
                .isEqualTo("network net: network plugin two is not in [" + binaries + "]");
        plugin("two", "exit 1");
        passed.addAndGet(NodeVerbs.FRESH.toNanos());
        assertThat(network.status().ready()).isTrue();
        network.collect(soon());
        assertThat(calls()).isEmpty();
    }

    @Test
    void theNewestOfferedVersionIsSpoken() throws IOException {
        configure("\"cniVersion\":\"0.4.0\",\"cniVersions\":[\"1.1.0\",\"0.4.0\",\"9.0.0\"]");
        plugins();
        network.add(pod, netns, soon());
        assertThat(input("one").path("cniVersion").asText()).isEqualTo("1.1.0");
    }

    @Test
    void garbageIsCollectedAroundTheSandboxesThatAreConnected() throws IOException {
        configure("\"cniVersion\":\"1.1.0\"");
        plugins();
        network.add(pod, netns, soon());
        Files.delete(calls);

        network.collect(soon());

        assertThat(calls()).containsExactly("one GC", "two GC");
        assertThat(input("one").path("cni.dev/valid-attachments").toString())
                .isEqualTo("[{\"containerID\":\"" + pod.id().value() + "\",\"ifname\":\"eth0\"}]");
        network.release(pod.id(), soon());
        network.collect(soon());
        assertThat(calls())
                .containsExactly("one GC", "two GC", "two DEL", "one DEL", "one GC", "two GC");
        assertThat(input("two").path("cni.dev/valid-attachments").isEmpty()).isTrue();
    }

    @Test
    void everyPluginCollectsThoughAnotherFails() throws IOException {
        configure("\"cniVersion\":\"1.1.0\"");
        plugins();
        plugin("one", "echo '{\"msg\":\"stuck\"}'; exit 3");
        assertThatThrownBy(() -> network.collect(soon()))
                .hasMessage("network plugin one: GC: stuck (exit status 3)");
        assertThat(calls()).containsExactly("one GC", "two GC");
    }

    @Test
    void whoSharesANetworkCanDoWithoutCollection() throws IOException {
        configure("\"cniVersion\":\"1.1.0\",\"disableGC\":true");
        plugins();
        network.collect(soon());
        assertThat(calls()).isEmpty();
    }

    @Test
    void aConnectedPodIsLookedAtWithWhatPluginsSaidOfIt() throws IOException {
        configure("\"cniVersion\":\"1.1.0\"");
        plugins();
        assertThat(network.inspect(pod, soon())).isEmpty();
        network.add(pod, netns, soon());
        Files.delete(calls);

        Inspection fine = network.inspect(pod, soon()).orElseThrow();

        assertThat(fine.problem()).isEmpty();
        assertThat(fine.result()).isEqualTo(RESULT);
        assertThat(calls()).containsExactly("one CHECK", "two CHECK");
        assertThat(input("one").path("prevResult").path("ips").size()).isEqualTo(1);

        plugin("two", "echo '{\"msg\":\"eth0 is gone\"}'; exit 1");
        assertThat(network.inspect(pod, soon()).orElseThrow().problem())
                .isEqualTo("network plugin two: CHECK: eth0 is gone (exit status 1)");
        configure("\"cniVersion\":\"1.1.0\",\"disableCheck\":true");
        assertThat(network.inspect(pod, soon()).orElseThrow().problem()).isEmpty();
    }

    @Test
    void versionsAreComparedAsNumbers() {
        assertThat(CniNetwork.isAtLeast("1.10.0", 1, 9)).isTrue();
        assertThat(CniNetwork.isAtLeast("0.4.0", 1, 1)).isFalse();
        assertThat(CniNetwork.isAtLeast("2.0.0", 1, 1)).isTrue();
        assertThat(CniNetwork.isAtLeast("new", 0, 0)).isFalse();
        assertThat(CniNetwork.isAtLeast("1.x", 1, 0)).isFalse();
    }
}
