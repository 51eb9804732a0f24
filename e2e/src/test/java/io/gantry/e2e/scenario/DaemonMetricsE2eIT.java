package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.proto.cri.ContainerStatusRequest;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the daemon tells of itself. */
class DaemonMetricsE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final Pattern SAMPLE =
            Pattern.compile(
                    "[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})? [0-9.]+(E-?[0-9]+)?");

    private static int port;

    @BeforeAll
    static void configureAPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        NODE.daemon().stop();
        Files.writeString(
                NODE.daemon().config(),
                "[metrics]\nport = " + port + "\n",
                StandardOpenOption.APPEND);
        NODE.daemon().start();
        // What a daemon opens for its first pull, pods and scrape, it keeps.
        NODE.cri().pull(NODE.image());
        NODE.cri().awaitExit(NODE.run("first", "exit 0"));
        NODE.cri().exec(NODE.idle("second"), "/bin/sh", "-c", "true");
        scrape();
        NODE.daemon().removeEverything();
    }

    private static HttpResponse<String> get(String path) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
                    BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError("scrape", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("scrape", e);
        }
    }

    private static String scrape() {
        return get("/metrics").body();
    }

    private static double value(String sample) {
        return scrape().lines()
                .filter(line -> line.startsWith(sample + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    private static String calls(String method, String code) {
        return "gantry_call_seconds_count{method=\"runtime.v1.RuntimeService/"
                + method
                + "\",code=\""
                + code
                + "\"}";
    }

    @Test
    void podsContainersAndShimsAreCountedByState() {
        NODE.idle("running");
        String over = NODE.run("over", "exit 0");
        NODE.cri().awaitExit(over);

        assertThat(value("gantry_pod_sandboxes{state=\"ready\"}")).isEqualTo(2);
        assertThat(value("gantry_containers{state=\"running\"}")).isEqualTo(1);
        assertThat(value("gantry_containers{state=\"exited\"}")).isEqualTo(1);
        assertThat(value("gantry_shims")).isEqualTo(2);
    }

    @Test
    void everyCallIsCountedByItsOutcome() {
        double runs = value(calls("RunPodSandbox", "OK"));
        double missing = value(calls("ContainerStatus", "NOT_FOUND"));
        NODE.idle("counted");
        assertThatThrownBy(
                        () ->
                                NODE.cri()
                                        .runtime()
                                        .containerStatus(
                                                ContainerStatusRequest.newBuilder()
                                                        .setContainerId("f".repeat(64))
                                                        .build()))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, "f".repeat(64)));

        assertThat(value(calls("RunPodSandbox", "OK"))).isEqualTo(runs + 1);
        assertThat(value(calls("ContainerStatus", "NOT_FOUND"))).isEqualTo(missing + 1);
        assertThat(
                        value(
                                "gantry_calls_running{method=\"runtime.v1.RuntimeService/"
                                        + "RunPodSandbox\"}"))
                .isZero();
    }

    @Test
    void pullsAreCountedByTheirResultWithTheirBytes() {
        NODE.cri().removeImage(NODE.image());
        double pulled = value(pulls("pulled"));
        double again = value(pulls("up_to_date"));
        double failed = value(pulls("failed"));
        double bytes = value("gantry_image_pull_bytes_total");
        NODE.cri().pull(NODE.image());
        assertThat(value("gantry_image_pull_bytes_total")).isGreaterThan(bytes + 100_000);
        NODE.cri().pull(NODE.image());
        String missing = NODE.bed().registry().reference("e2e/no-such-image:1");
        assertThatThrownBy(() -> NODE.cri().pull(missing)).hasMessageContaining("no-such-image");

        assertThat(value(pulls("pulled"))).isEqualTo(pulled + 1);
        assertThat(value(pulls("up_to_date"))).isEqualTo(again + 1);
        assertThat(value(pulls("failed"))).isEqualTo(failed + 1);
    }

    private static String pulls(String result) {
        return "gantry_image_pull_seconds_count{result=\"" + result + "\"}";
    }

    @Test
    void thePhasesOfAStartAreMeasured() {
        NODE.idle("measured");
        for (String phase :
                List.of(
                        "of=\"sandbox\",phase=\"launch\"",
                        "of=\"sandbox\",phase=\"network\"",
                        "of=\"container\",phase=\"mounts\"",
                        "of=\"container\",phase=\"launch\"")) {
            assertThat(value("gantry_start_phase_seconds_sum{" + phase + "}"))
                    .as(phase)
                    .isPositive();
        }
    }

    @Test
    void theTextIsWellFormedAndNothingButMetricsIsServed() {
        assertThat(scrape().lines())
                .allSatisfy(
                        line ->
                                assertThat(line.startsWith("# ") || SAMPLE.matcher(line).matches())
                                        .as(line)
                                        .isTrue());
        assertThat(value("process_resident_memory_bytes")).isGreaterThan(10 << 20);
        assertThat(value("process_open_fds")).isGreaterThan(3);
        assertThat(value("gantry_heap_bytes{part=\"used\"}")).isPositive();
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/metrics").headers().firstValue("Content-Type").orElseThrow())
                .startsWith("text/plain; version=0.0.4");
    }
}
