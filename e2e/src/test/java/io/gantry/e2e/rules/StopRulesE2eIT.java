package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.e2e.harness.TestImages;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.Signal;
import io.gantry.proto.cri.StopContainerRequest;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** StopContainer: signals, the time that a container has, and who may shorten it. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class StopRulesE2eIT {

    private static final String UNKNOWN = "fedcba9876543210".repeat(4);

    /** Exits with 10 plus the number of a signal that it gets, and says when it listens. */
    private static final String TELLS =
            "trap 'exit 25' TERM; trap 'exit 20' USR1; trap 'exit 12' INT; echo up;"
                    + " while :; do usleep 10000; done";

    private static final String IGNORES = "trap '' TERM; echo up; while :; do usleep 10000; done";

    private static String runUp(Subject node, String name, ContainerConfig.Builder config) {
        String container = node.run(name, config);
        awaitUp(node, name);
        return container;
    }

    private static void awaitUp(Subject node, String name) {
        Await.until(
                "the container of " + name + " is up",
                Await.seconds(60),
                () -> Texts.read(node.log(name, "c")).contains(" up\n"));
    }

    @Rule(notContainerd = "it answers NOT_FOUND before 1.7")
    void stoppingAContainerThatIsNotThereSucceeds(Subject node) {
        node.cri().stop(UNKNOWN, 0);
    }

    @Rule
    void stoppingAStoppedAndACreatedContainerSucceeds(Subject node) {
        String container = node.runIdle("stopped");
        node.cri().stop(container, 0);
        node.cri().stop(container, 0);
        PodSandboxConfig pod = node.pod("created").build();
        String created = node.cri().create(node.runPod(pod), pod, node.idle("c").build());
        node.cri().stop(created, 0);
        assertThat(node.cri().status(created).getState())
                .isEqualTo(ContainerState.CONTAINER_CREATED);
    }

    @Rule
    void aContainerIsAskedBySigtermFirst(Subject node) {
        String container = runUp(node, "asked", node.script("c", TELLS));
        node.cri().stop(container, 60);
        assertThat(node.cri().status(container).getExitCode()).isEqualTo(25);
    }

    @Rule
    void aContainerThatIgnoresTheSignalIsKilledWhenTheTimeIsOver(Subject node) {
        String container = runUp(node, "ignores", node.script("c", IGNORES));
        long begin = System.nanoTime();
        node.cri().stop(container, 1);
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(node.cri().status(container).getExitCode()).isEqualTo(137);
    }

    @Rule
    void withoutTimeAContainerIsKilledAtOnce(Subject node) {
        String container = runUp(node, "at-once", node.script("c", TELLS));
        node.cri().stop(container, 0);
        ContainerStatus status = node.cri().status(container);
        assertThat(status.getExitCode()).isEqualTo(137);
        assertThat(status.getReason()).isEqualTo("Error");
    }

    @Rule
    void theSignalOfTheImageComesBeforeSigterm(Subject node) {
        Map<String, Object> config = new TreeMap<>(TestImages.configuration());
        config.put("StopSignal", "SIGUSR1");
        String image =
                node.registry()
                        .push(node.images().busybox("stop-signal", config), "e2e/stop-signal:1");
        node.cri().pull(image);
        ContainerConfig.Builder asks = node.script("c", TELLS);
        asks.getImageBuilder().setImage(image);
        String container = runUp(node, "of-image", asks);
        node.cri().stop(container, 60);
        assertThat(node.cri().status(container).getExitCode()).isEqualTo(20);
        node.cri().remove(container);
        node.cri().removeImage(image);
    }

    @Rule(notContainerd = "the field is newer")
    void theSignalOfTheRequestComesBeforeThatOfTheImageAndIsShown(Subject node) {
        ContainerConfig.Builder asks = node.script("c", TELLS).setStopSignal(Signal.SIGNAL_SIGINT);
        String container = runUp(node, "of-request", asks);
        assertThat(node.cri().status(container).getStopSignal()).isEqualTo(Signal.SIGNAL_SIGINT);
        node.cri().stop(container, 60);
        assertThat(node.cri().status(container).getExitCode()).isEqualTo(12);
        String plain = node.runIdle("plain");
        assertThat(node.cri().status(plain).getStopSignal()).isEqualTo(Signal.SIGNAL_SIGTERM);
    }

    @Rule(notContainerd = "the field is newer")
    void aSignalThatThereIsNotIsRefused(Subject node) {
        PodSandboxConfig pod = node.pod("no-signal").build();
        String sandbox = node.runPod(pod);
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () ->
                        node.cri()
                                .create(
                                        sandbox,
                                        pod,
                                        node.idle("c").setStopSignalValue(999).build()),
                "stop_signal");
        assertThat(node.cri().containers()).isEmpty();
    }

    @Rule
    void aClientThatGivesUpWaitingDoesNotKeepTheContainer(Subject node) {
        String container = runUp(node, "gives-up", node.script("c", IGNORES));
        StopContainerRequest stop =
                StopContainerRequest.newBuilder().setContainerId(container).setTimeout(600).build();
        node.refuses(
                Status.Code.DEADLINE_EXCEEDED,
                () ->
                        node.cri()
                                .runtime()
                                .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                                .stopContainer(stop));
        assertThat(node.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
        node.cri().stop(container, 0);
        assertThat(node.cri().status(container).getExitCode()).isEqualTo(137);
    }

    @Rule
    void aLaterStopShortensTheTimeOfAnEarlierOne(Subject node) {
        String container = runUp(node, "shortens", node.script("c", IGNORES + "; # wait"));
        CompletableFuture<Void> patient = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                node.cri().stop(container, 50);
                                patient.complete(null);
                            } catch (RuntimeException e) {
                                patient.completeExceptionally(e);
                            }
                        });
        node.cri().stop(container, 0);
        patient.orTimeout(40, TimeUnit.SECONDS).join();
        assertThat(node.cri().status(container).getExitCode()).isEqualTo(137);
    }

    @Rule
    void stoppingAPodDoesNotWaitForItsContainers(Subject node) {
        String container = runUp(node, "pod-stop", node.script("c", IGNORES));
        node.cri().stopPod(node.cri().pods().getFirst().getId());
        ContainerStatus status = node.cri().status(container);
        assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(status.getExitCode()).isEqualTo(137);
    }

    @Rule
    void whatAContainerLeftInTheBackgroundEndsWithIt(Subject node) {
        String script = "(trap '' TERM; while :; do sleep 1; done) & " + TELLS;
        PodSandboxConfig pod = node.pod("family").build();
        String sandbox = node.runPod(pod);
        String container = node.cri().create(sandbox, pod, node.script("c", script).build());
        node.cri().start(container);
        awaitUp(node, "family");
        node.cri().stop(container, 60);
        assertThat(node.cri().status(container).getExitCode()).isEqualTo(25);
        node.cri().remove(container);
        assertThat(node.cri().containers()).isEqualTo(List.of());
    }
}
