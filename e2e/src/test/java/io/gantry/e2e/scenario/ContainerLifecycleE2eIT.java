package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.Container;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerFilter;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStateValue;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.Int64Value;
import io.gantry.proto.cri.KeyValue;
import io.gantry.proto.cri.ListContainersRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.Signal;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ContainerLifecycleE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String UNKNOWN = "fedcba9876543210".repeat(4);
    private static final long LIMIT = 32L << 20;

    @Test
    void aContainerIsCreatedThenRunsThenHasExitedThenIsGone() {
        PodSandboxConfig pod = NODE.pod("states").build();
        String sandbox = NODE.cri().runPod(pod);
        ContainerConfig config =
                Requests.script("c", NODE.image(), "sleep 1000").putLabels("tier", "db").build();
        String container = NODE.cri().create(sandbox, pod, config);

        ContainerStatus created = NODE.cri().status(container);
        assertThat(created.getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
        assertThat(created.getCreatedAt()).isPositive();
        assertThat(created.getStartedAt()).isZero();
        assertThat(created.getMetadata()).isEqualTo(config.getMetadata());
        assertThat(created.getLabelsMap()).containsEntry("tier", "db");
        assertThat(created.getImage().getImage()).isEqualTo(NODE.image());
        assertThat(created.getImageId()).isEqualTo(NODE.cri().pull(NODE.image()));
        assertThat(created.getImageRef()).contains("e2e/busybox@sha256:");
        assertThat(created.getLogPath()).isEqualTo(log("states").toString());

        NODE.cri().start(container);
        ContainerStatus running = NODE.cri().status(container);
        assertThat(running.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(running.getStartedAt()).isGreaterThanOrEqualTo(created.getCreatedAt());
        assertThatThrownBy(() -> NODE.cri().start(container))
                .satisfies(e -> Failures.is(e, Status.Code.FAILED_PRECONDITION, container));

        NODE.cri().stop(container, 0);
        ContainerStatus exited = NODE.cri().status(container);
        assertThat(exited.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(exited.getExitCode()).isEqualTo(128 + 9);
        assertThat(exited.getFinishedAt()).isGreaterThanOrEqualTo(running.getStartedAt());
        assertThatThrownBy(() -> NODE.cri().start(container))
                .satisfies(e -> Failures.is(e, Status.Code.FAILED_PRECONDITION, container));

        NODE.cri().remove(container);
        assertThatThrownBy(() -> NODE.cri().status(container))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, container));
    }

    @Test
    void exitCodeZeroIsCompletedAndAnyOtherIsError() {
        ContainerStatus good = NODE.cri().awaitExit(NODE.run("good", "exit 0"));
        assertThat(good.getExitCode()).isZero();
        assertThat(good.getReason()).isEqualTo("Completed");
        ContainerStatus bad = NODE.cri().awaitExit(NODE.run("bad", "exit 42"));
        assertThat(bad.getExitCode()).isEqualTo(42);
        assertThat(bad.getReason()).isEqualTo("Error");
    }

    @Test
    void aContainerBeyondItsMemoryIsOomKilled() {
        PodSandboxConfig pod = NODE.pod("oom").build();
        ContainerConfig.Builder config =
                Requests.container("c", NODE.image())
                        .addAllCommand(
                                List.of("/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=256M"));
        config.getLinuxBuilder().setResources(Requests.memory(LIMIT));
        ContainerStatus status = NODE.cri().awaitExit(NODE.run(pod, config.build()));
        assertThat(status.getReason()).isEqualTo("OOMKilled");
        assertThat(status.getExitCode()).isEqualTo(128 + 9);
        assertThat(status.getResources().getLinux().getMemoryLimitInBytes()).isEqualTo(LIMIT);
    }

    @Test
    void stoppingAsksFirstAndTheContainerMayCleanUp() {
        String container =
                NODE.run(
                        "asks",
                        "trap 'echo bye; exit 7' TERM; echo up; while :; do usleep 10000; done");
        awaitLines("asks", 1);
        NODE.cri().stop(container, 60);
        assertThat(NODE.cri().status(container).getExitCode()).isEqualTo(7);
        assertThat(lines("asks")).containsExactly("stdout F up", "stdout F bye");
    }

    @Test
    void stoppingKillsWhatIgnoresTheSignalOnceTheTimeIsOver() {
        String container =
                NODE.run("ignores", "trap '' TERM; echo up; while :; do usleep 10000; done");
        awaitLines("ignores", 1);
        long begin = System.nanoTime();
        NODE.cri().stop(container, 1);
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(Duration.ofSeconds(1), Await.seconds(60));
        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getExitCode()).isEqualTo(128 + 9);
        assertThat(status.getReason()).isEqualTo("Error");
    }

    @Test
    void theStopSignalIsTheOneAskedFor() {
        ContainerConfig config =
                Requests.script(
                                "c",
                                NODE.image(),
                                "trap 'exit 5' USR1; trap 'exit 6' TERM;"
                                        + " echo up; while :; do usleep 10000; done")
                        .setStopSignal(Signal.SIGNAL_SIGUSR1)
                        .build();
        String container = NODE.run(NODE.pod("signal").build(), config);
        awaitLines("signal", 1);
        NODE.cri().stop(container, 60);
        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getExitCode()).isEqualTo(5);
        assertThat(status.getStopSignal()).isEqualTo(Signal.SIGNAL_SIGUSR1);
    }

    @Test
    void stoppingAndRemovingAnUnknownContainerSucceeds() {
        NODE.cri().stop(UNKNOWN, 0);
        NODE.cri().remove(UNKNOWN);
    }

    @Test
    void theStatusOfAnUnknownContainerIsNotFound() {
        assertThatThrownBy(() -> NODE.cri().status(UNKNOWN))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, UNKNOWN));
    }

    @Test
    void removingARunningContainerKillsIt() {
        String container = NODE.idle("remove-running");
        NODE.cri().remove(container);
        assertThat(NODE.cri().containers()).isEmpty();
        NODE.cri().remove(container);
    }

    @Test
    void everyLineOfOutputIsInTheLogAsItWasWritten() {
        String container =
                NODE.run(
                        "logged",
                        "seq 1 5; echo oops >&2; printf '\\n"
                                + "\\ttab  and \\303\\244\\n"
                                + "'; printf end");
        NODE.cri().awaitExit(container);
        List<String> lines = lines("logged");
        assertThat(lines.stream().filter(line -> line.startsWith("stdout")))
                .containsExactly(
                        "stdout F 1",
                        "stdout F 2",
                        "stdout F 3",
                        "stdout F 4",
                        "stdout F 5",
                        "stdout F ",
                        "stdout F \ttab  and ä",
                        "stdout P end");
        assertThat(lines.stream().filter(line -> line.startsWith("stderr")))
                .containsExactly("stderr F oops");
        assertThat(Texts.read(log("logged")).lines())
                .allSatisfy(
                        line ->
                                assertThat(line)
                                        .matches(
                                                "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}(Z|[+-]\\d\\d:\\d\\d)"
                                                    + " (stdout|stderr) [FP] .*"));
    }

    @Test
    void aLongLineIsSplitAndMuchOutputIsComplete() {
        String container =
                NODE.run(
                        "long", "dd if=/dev/zero bs=40000 count=1 | tr '\\0' x; echo; seq 1 20000");
        NODE.cri().awaitExit(container);
        List<String> lines =
                lines("long").stream().filter(line -> line.startsWith("stdout")).toList();
        List<String> parts = lines.subList(0, 3);
        assertThat(parts.get(0)).startsWith("stdout P ");
        assertThat(parts.get(1)).startsWith("stdout P ");
        assertThat(parts.get(2)).startsWith("stdout F ");
        assertThat(parts.stream().mapToInt(part -> part.length() - "stdout P ".length()).sum())
                .isEqualTo(40000);
        assertThat(lines.subList(3, lines.size()))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 20000).mapToObj(i -> "stdout F " + i).toList());
    }

    @Test
    void theImagesDefaultsHoldWhereNothingElseIsAsked() {
        String image = NODE.bed().defaults();
        NODE.cri().pull(image);
        String container =
                NODE.run(NODE.pod("defaults").build(), Requests.container("c", image).build());
        NODE.cri().awaitExit(container);
        assertThat(lines("defaults"))
                .containsExactly(
                        "stdout F uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)",
                        "stdout F /home/app",
                        "stdout F from the image",
                        "stdout F /home/app cmd");
        assertThat(NODE.cri().status(container).getStopSignal()).isEqualTo(Signal.SIGNAL_SIGINT);
        assertThat(NODE.cri().status(container).getUser().getLinux().getUid()).isEqualTo(1000);
        NODE.cri().removePod(NODE.cri().pods().getFirst().getId());
        NODE.cri().removeImage(image);
    }

    @Test
    void whatIsAskedForComesBeforeTheImagesDefaults() {
        ContainerConfig.Builder config =
                Requests.container("c", NODE.image())
                        .addAllCommand(List.of("/bin/sh", "-c"))
                        .addArgs("id -u; id -g; pwd; echo $GREETING; echo $EXTRA; echo $HOSTNAME")
                        .setWorkingDir("/data")
                        .addEnvs(variable("GREETING", "good day"))
                        .addEnvs(variable("EXTRA", "more"));
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(1234))
                .setRunAsGroup(Int64Value.newBuilder().setValue(4321));
        NODE.cri().awaitExit(NODE.run(NODE.pod("asked").build(), config.build()));
        assertThat(lines("asked"))
                .containsExactly(
                        "stdout F 1234",
                        "stdout F 4321",
                        "stdout F /data",
                        "stdout F good day",
                        "stdout F more",
                        "stdout F asked");
    }

    @Test
    void aVolumeIsSharedAndAReadOnlyOneCannotBeWritten() throws IOException {
        Path shared = Files.createDirectories(NODE.home().resolve("volume"));
        Files.writeString(shared.resolve("in"), "from outside\n");
        ContainerConfig config =
                Requests.script(
                                "c",
                                NODE.image(),
                                "cat /rw/in; echo inside > /rw/out; echo no > /ro/no; echo $?")
                        .addMounts(Requests.bind(shared, "/rw"))
                        .addMounts(Requests.bind(shared, "/ro").toBuilder().setReadonly(true))
                        .build();
        NODE.cri().awaitExit(NODE.run(NODE.pod("volume").build(), config));
        assertThat(lines("volume")).contains("stdout F from outside", "stdout F 1");
        assertThat(lines("volume").toString()).contains("Read-only file system");
        assertThat(shared.resolve("out")).hasContent("inside\n");
        assertThat(shared.resolve("no")).doesNotExist();
    }

    @Test
    void containersAreListedByPodStateLabelAndPrefix() {
        String one = NODE.idle("list-one");
        PodSandboxConfig pod = NODE.pod("list-two").build();
        String two =
                NODE.run(
                        pod,
                        Requests.script("c", NODE.image(), "exit 0").putLabels("k", "v").build());
        NODE.cri().awaitExit(two);
        assertThat(list(ContainerFilter.newBuilder())).containsExactlyInAnyOrder(one, two);
        assertThat(list(ContainerFilter.newBuilder().setId(one.substring(0, 10))))
                .containsExactly(one);
        assertThat(list(state(ContainerState.CONTAINER_RUNNING))).containsExactly(one);
        assertThat(list(state(ContainerState.CONTAINER_EXITED))).containsExactly(two);
        assertThat(list(ContainerFilter.newBuilder().putLabelSelector("k", "v")))
                .containsExactly(two);
        assertThat(list(state(ContainerState.CONTAINER_RUNNING).putLabelSelector("k", "v")))
                .isEmpty();
        String sandbox = NODE.cri().containers().getFirst().getPodSandboxId();
        assertThat(list(ContainerFilter.newBuilder().setPodSandboxId(sandbox))).hasSize(1);
    }

    @Test
    void theSameCreateAgainAnswersTheSameContainer() {
        PodSandboxConfig pod = NODE.pod("same").build();
        String sandbox = NODE.cri().runPod(pod);
        ContainerConfig config = Requests.container("c", NODE.image()).build();
        String container = NODE.cri().create(sandbox, pod, config);
        assertThat(NODE.cri().create(sandbox, pod, config)).isEqualTo(container);
        assertThatThrownBy(
                        () ->
                                NODE.cri()
                                        .create(
                                                sandbox,
                                                pod,
                                                config.toBuilder().setTty(true).build()))
                .satisfies(e -> Failures.is(e, Status.Code.ALREADY_EXISTS, container));
    }

    @Test
    void anImageThatIsNotHereIsNotPulled() {
        PodSandboxConfig pod = NODE.pod("absent").build();
        String sandbox = NODE.cri().runPod(pod);
        String absent = NODE.bed().registry().reference("e2e/absent:1");
        assertThatThrownBy(
                        () ->
                                NODE.cri()
                                        .create(
                                                sandbox,
                                                pod,
                                                Requests.container("c", absent).build()))
                .satisfies(e -> Failures.is(e, Status.Code.NOT_FOUND, absent));
        assertThat(NODE.cri().containers()).isEmpty();
    }

    private static KeyValue variable(String name, String value) {
        return KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value)).build();
    }

    private static ContainerFilter.Builder state(ContainerState state) {
        return ContainerFilter.newBuilder()
                .setState(ContainerStateValue.newBuilder().setState(state));
    }

    private static List<String> list(ContainerFilter.Builder filter) {
        return NODE
                .cri()
                .runtime()
                .listContainers(ListContainersRequest.newBuilder().setFilter(filter).build())
                .getContainersList()
                .stream()
                .map(Container::getId)
                .toList();
    }

    private static Path log(String pod) {
        return NODE.logs().resolve(pod).resolve("c.log");
    }

    /** The lines of a pod's only container, without their times. */
    private static List<String> lines(String pod) {
        return Texts.read(log(pod)).lines().map(line -> line.split(" ", 2)[1]).toList();
    }

    private static void awaitLines(String pod, int count) {
        Await.until("output of " + pod, Await.seconds(60), () -> lines(pod).size() >= count);
    }
}
