package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.Container;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerFilter;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStateValue;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.ContainerStatusRequest;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.ListContainersRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.StreamContainersRequest;
import io.gantry.proto.cri.UpdateContainerResourcesRequest;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * CreateContainer, StartContainer, RemoveContainer, ContainerStatus, ListContainers and
 * UpdateContainerResources.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class ContainerRulesE2eIT {

    private static final String UNKNOWN = "fedcba9876543210".repeat(4);
    private static final long MEBIBYTE = 1L << 20;

    /** A pod and a container that is created in it. */
    private record Made(String pod, String container) {}

    private static Made create(Subject node, String name, ContainerConfig.Builder config) {
        PodSandboxConfig pod = node.pod(name).build();
        String id = node.runPod(pod);
        return new Made(id, node.cri().create(id, pod, config.build()));
    }

    @Rule
    void aContainerIsCreatedThenRunsThenHasExitedAndIsListedSo(Subject node) {
        Made made = create(node, "states", node.idle("c"));
        assertThat(made.container).matches("[0-9a-f]{64}");
        ContainerStatus created = node.cri().status(made.container);
        assertThat(created.getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
        assertThat(created.getCreatedAt()).isPositive();
        assertThat(created.getStartedAt()).isZero();

        node.cri().start(made.container);
        ContainerStatus running = node.cri().status(made.container);
        assertThat(running.getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(running.getStartedAt()).isGreaterThanOrEqualTo(created.getCreatedAt());
        assertThat(running.getFinishedAt()).isZero();

        node.cri().stop(made.container, 60);
        ContainerStatus exited = node.cri().status(made.container);
        assertThat(exited.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(exited.getFinishedAt()).isGreaterThanOrEqualTo(running.getStartedAt());
        assertThat(node.cri().containers())
                .singleElement()
                .satisfies(
                        each -> {
                            assertThat(each.getId()).isEqualTo(made.container);
                            assertThat(each.getPodSandboxId()).isEqualTo(made.pod);
                            assertThat(each.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
                        });
    }

    @Rule
    void aContainerKeepsTheAttributesItWasAskedForWith(Subject node) {
        ContainerConfig.Builder config =
                node.idle("attributes").putLabels("tier", "db").putAnnotations("note", "Häuschen");
        config.getMetadataBuilder().setAttempt(2);
        String container = node.run("attributes", config);

        ContainerStatus status = node.cri().status(container);
        assertThat(status.getId()).isEqualTo(container);
        assertThat(status.getMetadata()).isEqualTo(config.getMetadata());
        assertThat(status.getLabelsMap()).isEqualTo(config.getLabelsMap());
        assertThat(status.getAnnotationsMap()).isEqualTo(config.getAnnotationsMap());
        assertThat(status.getLogPath()).isEqualTo(node.log("attributes", "attributes").toString());
        Container listed = node.cri().containers().getFirst();
        assertThat(listed.getMetadata()).isEqualTo(config.getMetadata());
        assertThat(listed.getLabelsMap()).isEqualTo(config.getLabelsMap());
        assertThat(listed.getAnnotationsMap()).isEqualTo(config.getAnnotationsMap());
        assertThat(listed.getCreatedAt()).isEqualTo(status.getCreatedAt());
    }

    @Rule
    void aContainerIsCreatedOfItsImageByTagDigestIdAndPrefixAndTellsWhich(Subject node) {
        String id = node.cri().pull(node.image());
        String digest = node.cri().imageStatus(id).orElseThrow().getRepoDigests(0);
        PodSandboxConfig pod = node.pod("references").build();
        String sandbox = node.runPod(pod);
        int n = 0;
        for (String reference :
                List.of(node.image(), digest, id, id.substring(7), id.substring(7, 20))) {
            ContainerConfig config = Requests.container("c" + n++, reference).build();
            ContainerStatus status = node.cri().status(node.cri().create(sandbox, pod, config));
            assertThat(status.getImageRef()).as("of %s", reference).isEqualTo(digest);
            if (reference.equals(node.image())) {
                assertThat(status.getImage().getImage()).isEqualTo(node.image());
            }
        }
    }

    @Rule(notContainerd = "the field is newer")
    void theImageIdOfAContainerIsTheIdOfItsImage(Subject node) {
        Made made = create(node, "image-id", node.idle("c"));
        assertThat(node.cri().status(made.container).getImageId())
                .isEqualTo(node.cri().pull(node.image()))
                .isEqualTo(node.cri().imageStatus(node.image()).orElseThrow().getId());
        assertThat(node.cri().containers().getFirst().getImageId())
                .isEqualTo(node.cri().pull(node.image()));
    }

    @Rule
    void anImageThatIsNotHereIsNotPulledAndStrandsNoName(Subject node) {
        String absent = node.registry().reference("e2e/pause:1");
        PodSandboxConfig pod = node.pod("absent").build();
        String sandbox = node.runPod(pod);
        String missing = node.isGantry() ? absent : node.registry().reference("e2e/absent:1");
        node.refuses(
                Status.Code.NOT_FOUND,
                () -> node.cri().create(sandbox, pod, Requests.container("c", missing).build()),
                missing);
        assertThat(node.cri().containers()).isEmpty();
        node.cri().create(sandbox, pod, node.idle("c").build());
    }

    @Rule
    void aContainerOfAPodThatIsNotThereIsRefused(Subject node) {
        node.refuses(
                Status.Code.NOT_FOUND,
                () ->
                        node.cri()
                                .create(
                                        UNKNOWN,
                                        node.pod("nowhere").build(),
                                        node.idle("c").build()),
                UNKNOWN);
    }

    @Rule
    void aContainerWithoutAnImageIsRefused(Subject node) {
        PodSandboxConfig pod = node.pod("imageless").build();
        String sandbox = node.runPod(pod);
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().create(sandbox, pod, node.idle("c").clearImage().build()),
                "image");
        assertThat(node.cri().containers()).isEmpty();
    }

    @Rule(notContainerd = "it takes an empty name before 1.7")
    void aContainerWithoutANameIsRefused(Subject node) {
        PodSandboxConfig pod = node.pod("nameless").build();
        String sandbox = node.runPod(pod);
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().create(sandbox, pod, node.idle("c").clearMetadata().build()),
                "metadata");
        assertThat(node.cri().containers()).isEmpty();
    }

    @Rule
    void aNameIsTakenByNameAndAttemptWithinThePod(Subject node) {
        PodSandboxConfig pod = node.pod("names").build();
        String sandbox = node.runPod(pod);
        ContainerConfig config = node.idle("c").build();
        String first = node.cri().create(sandbox, pod, config);
        node.refuses(
                Status.Code.ALREADY_EXISTS,
                () ->
                        node.cri()
                                .create(
                                        sandbox,
                                        pod,
                                        config.toBuilder().setWorkingDir("/tmp").build()),
                first);
        ContainerConfig.Builder again = config.toBuilder();
        again.getMetadataBuilder().setAttempt(1);
        String second = node.cri().create(sandbox, pod, again.build());
        assertThat(second).isNotEqualTo(first);
        node.cri().remove(first);
        assertThat(node.cri().create(sandbox, pod, config)).isNotEqualTo(first);
    }

    @Rule(notContainerd = "it refuses a name that it knows, the same request or not")
    void theSameCreateAgainAnswersTheSameContainer(Subject node) {
        PodSandboxConfig pod = node.pod("same").build();
        String sandbox = node.runPod(pod);
        ContainerConfig config = node.idle("c").build();
        assertThat(node.cri().create(sandbox, pod, config))
                .isEqualTo(node.cri().create(sandbox, pod, config));
        assertThat(node.cri().containers()).hasSize(1);
    }

    @Rule
    void onlyACreatedContainerCanBeStarted(Subject node) {
        String container = node.runIdle("start-twice");
        node.refuses(Status.Code.FAILED_PRECONDITION, () -> node.cri().start(container), container);
        assertThat(node.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
        node.cri().stop(container, 60);
        node.refuses(Status.Code.FAILED_PRECONDITION, () -> node.cri().start(container), container);
        node.refuses(Status.Code.NOT_FOUND, () -> node.cri().start(UNKNOWN), UNKNOWN);
    }

    @Rule
    void aContainerThatCannotStartHasExitedWith128AndSaysWhy(Subject node) {
        Made made =
                create(
                        node,
                        "cannot",
                        node.idle("c").clearCommand().addCommand("/no/such/program"));
        node.refuses(
                Status.Code.UNKNOWN, () -> node.cri().start(made.container), "/no/such/program");
        ContainerStatus status = node.cri().status(made.container);
        assertThat(status.getState()).isEqualTo(ContainerState.CONTAINER_EXITED);
        assertThat(status.getExitCode()).isEqualTo(128);
        assertThat(status.getReason()).isEqualTo("StartError");
        assertThat(status.getMessage()).contains("/no/such/program");
    }

    @Rule
    void exitCodesAreKeptWithTheirReasons(Subject node) {
        ContainerStatus good = node.cri().awaitExit(node.run("good", node.script("c", "exit 0")));
        assertThat(good.getExitCode()).isZero();
        assertThat(good.getReason()).isEqualTo("Completed");
        ContainerStatus bad = node.cri().awaitExit(node.run("bad", node.script("c", "exit 42")));
        assertThat(bad.getExitCode()).isEqualTo(42);
        assertThat(bad.getReason()).isEqualTo("Error");
    }

    @Rule
    void aContainerBeyondItsMemoryHasExitCode137AndReasonOomKilled(Subject node) {
        ContainerConfig.Builder config =
                node.idle("c")
                        .clearCommand()
                        .addAllCommand(
                                List.of("/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=128M"));
        config.getLinuxBuilder().setResources(Requests.memory(32 * MEBIBYTE));
        ContainerStatus status = node.cri().awaitExit(node.run("oom", config));
        assertThat(status.getExitCode()).isEqualTo(137);
        assertThat(status.getReason()).isEqualTo("OOMKilled");
    }

    @Rule
    void aCreatedARunningAndAStoppedContainerCanBeRemoved(Subject node) {
        PodSandboxConfig pod = node.pod("removals").build();
        String sandbox = node.runPod(pod);
        String created = node.cri().create(sandbox, pod, node.idle("created").build());
        String running = node.cri().create(sandbox, pod, node.idle("running").build());
        node.cri().start(running);
        String stopped = node.cri().create(sandbox, pod, node.idle("stopped").build());
        node.cri().start(stopped);
        node.cri().stop(stopped, 0);

        for (String each : List.of(created, running, stopped)) {
            node.cri().remove(each);
            node.refuses(Status.Code.NOT_FOUND, () -> node.cri().status(each), each);
        }
        assertThat(node.cri().containers()).isEmpty();
        assertThat(node.cri().pods()).hasSize(1);
    }

    @Rule
    void removingAContainerThatIsNotThereSucceeds(Subject node) {
        node.cri().remove(UNKNOWN);
    }

    @Rule
    void theStatusOfAContainerThatIsNotThereIsNotFound(Subject node) {
        node.refuses(Status.Code.NOT_FOUND, () -> node.cri().status(UNKNOWN), UNKNOWN);
    }

    @Rule
    void aPrefixOfAnIdThatNoOtherHasNamesTheContainer(Subject node) {
        Made made = create(node, "prefix", node.idle("c"));
        String prefix = made.container.substring(0, 12);
        node.cri().start(prefix);
        assertThat(node.cri().status(prefix).getId()).isEqualTo(made.container);
        assertThat(node.cri().shell(prefix, "echo here")).isEqualTo("here\n");
        node.cri().stop(prefix, 60);
        assertThat(node.cri().status(made.container).getState())
                .isEqualTo(ContainerState.CONTAINER_EXITED);
        node.cri().remove(prefix);
        assertThat(node.cri().containers()).isEmpty();
    }

    @Rule
    void containersAreListedByIdPrefixPodStateAndLabelsAndAllOfAFilterHasToMatch(Subject node) {
        Made first = create(node, "first", node.idle("c").putLabels("k", "v").putLabels("n", "1"));
        Made second =
                create(node, "second", node.idle("c").putLabels("k", "v").putLabels("n", "2"));
        node.cri().start(second.container);

        String one = first.container;
        String two = second.container;
        assertThat(list(node, filter())).containsExactlyInAnyOrder(one, two);
        assertThat(list(node, filter().setId(one))).containsExactly(one);
        assertThat(list(node, filter().setId(two.substring(0, 13)))).containsExactly(two);
        assertThat(list(node, filter().setId(UNKNOWN))).isEmpty();
        assertThat(list(node, filter().setPodSandboxId(first.pod))).containsExactly(one);
        assertThat(list(node, filter().setPodSandboxId(second.pod.substring(0, 13))))
                .containsExactly(two);
        assertThat(list(node, filter().setState(is(ContainerState.CONTAINER_CREATED))))
                .containsExactly(one);
        assertThat(list(node, filter().setState(is(ContainerState.CONTAINER_RUNNING))))
                .containsExactly(two);
        assertThat(list(node, filter().putLabelSelector("k", "v")))
                .containsExactlyInAnyOrder(one, two);
        assertThat(list(node, filter().putLabelSelector("k", "v").putLabelSelector("n", "2")))
                .containsExactly(two);
        assertThat(list(node, filter().setId(one).setPodSandboxId(second.pod))).isEmpty();
        assertThat(list(node, filter().setId(one).putLabelSelector("n", "2"))).isEmpty();
    }

    private static ContainerFilter.Builder filter() {
        return ContainerFilter.newBuilder();
    }

    private static ContainerStateValue is(ContainerState state) {
        return ContainerStateValue.newBuilder().setState(state).build();
    }

    private static List<String> list(Subject node, ContainerFilter.Builder filter) {
        return node
                .cri()
                .runtime()
                .listContainers(ListContainersRequest.newBuilder().setFilter(filter).build())
                .getContainersList()
                .stream()
                .map(Container::getId)
                .toList();
    }

    @Rule(notContainerd = "it lists in one answer only before 2.3")
    void theStreamedListOfContainersIsTheList(Subject node) {
        node.run("streamed", node.idle("c").putLabels("k", "v"));
        node.runIdle("left-out");
        ContainerFilter filter = filter().putLabelSelector("k", "v").build();
        List<Container> streamed = new ArrayList<>();
        node.cri()
                .runtime()
                .streamContainers(StreamContainersRequest.newBuilder().setFilter(filter).build())
                .forEachRemaining(part -> streamed.addAll(part.getContainersList()));
        assertThat(streamed)
                .containsExactlyElementsOf(
                        node.cri()
                                .runtime()
                                .listContainers(
                                        ListContainersRequest.newBuilder()
                                                .setFilter(filter)
                                                .build())
                                .getContainersList())
                .hasSize(1);
    }

    @Rule
    void aVerboseStatusOfAContainerHasJsonAndAnotherHasNone(Subject node) throws IOException {
        String container = node.runIdle("verbose");
        ContainerStatusRequest brief =
                ContainerStatusRequest.newBuilder().setContainerId(container).build();
        assertThat(node.cri().runtime().containerStatus(brief).getInfoMap()).isEmpty();
        var info =
                new ObjectMapper()
                        .readTree(node.cri().verboseStatus(container).getInfoOrThrow("info"));
        assertThat(info.path("pid").asLong()).isPositive();
    }

    @Rule(notContainerd = "it does not tell limits before 1.7")
    void limitsAreThoseAskedForAndThoseOfTheLastUpdate(Subject node) {
        ContainerConfig.Builder config = node.idle("c");
        LinuxContainerResources limits =
                LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(64 * MEBIBYTE)
                        .setCpuShares(256)
                        .setCpuPeriod(100_000)
                        .setCpuQuota(50_000)
                        .build();
        config.getLinuxBuilder().setResources(limits);
        String container = node.run("limits", config);
        assertThat(resources(node, container)).isEqualTo(limits);

        update(node, container, limits.toBuilder().setMemoryLimitInBytes(96 * MEBIBYTE));
        assertThat(resources(node, container).getMemoryLimitInBytes()).isEqualTo(96 * MEBIBYTE);
        assertThat(resources(node, container).getCpuQuota()).isEqualTo(50_000);
    }

    private static LinuxContainerResources resources(Subject node, String container) {
        return node.cri().status(container).getResources().getLinux();
    }

    private static void update(
            Subject node, String container, LinuxContainerResources.Builder limits) {
        node.cri()
                .runtime()
                .updateContainerResources(
                        UpdateContainerResourcesRequest.newBuilder()
                                .setContainerId(container)
                                .setLinux(limits)
                                .build());
    }

    @Rule
    void limitsOfACreatedContainerHoldFromItsStartAndThoseOfARunningOneAtOnce(Subject node) {
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder().setResources(Requests.memory(64 * MEBIBYTE));
        Made made = create(node, "update", config);
        update(node, made.container, Requests.memory(96 * MEBIBYTE).toBuilder());
        node.cri().start(made.container);
        assertThat(memoryLimit(node, made.container)).isEqualTo(96 * MEBIBYTE);
        update(node, made.container, Requests.memory(128 * MEBIBYTE).toBuilder());
        assertThat(memoryLimit(node, made.container)).isEqualTo(128 * MEBIBYTE);
    }

    private static long memoryLimit(Subject node, String container) {
        String limit =
                node.cri()
                        .shell(
                                container,
                                "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null ||"
                                        + " cat /sys/fs/cgroup/memory.max");
        return Long.parseLong(limit.strip());
    }

    @Rule(notContainerd = "it notes limits for a container that has exited")
    void anExitedContainerAndOneThatIsNotThereHaveNoLimitsToChange(Subject node) {
        String container = node.runIdle("too-late");
        node.cri().stop(container, 0);
        node.refuses(
                Status.Code.FAILED_PRECONDITION,
                () -> update(node, container, Requests.memory(64 * MEBIBYTE).toBuilder()),
                container);
        node.refuses(
                Status.Code.NOT_FOUND,
                () -> update(node, UNKNOWN, Requests.memory(64 * MEBIBYTE).toBuilder()),
                UNKNOWN);
    }

    @Rule
    void severalContainersOfAPodShareItsAddressAndNotTheirFiles(Subject node) {
        PodSandboxConfig pod = node.pod("several").build();
        String sandbox = node.runPod(pod);
        Cri cri = node.cri();
        String one = cri.create(sandbox, pod, node.idle("one").build());
        String two = cri.create(sandbox, pod, node.idle("two").build());
        cri.start(one);
        cri.start(two);
        String address = "ip -o -4 addr show eth0";
        assertThat(cri.shell(one, address)).isEqualTo(cri.shell(two, address));
        cri.shell(one, "echo mine > /tmp/mine");
        assertThat(cri.exec(two, "cat", "/tmp/mine").getExitCode()).isEqualTo(1);
        cri.stop(one, 60);
        assertThat(cri.shell(two, "echo still here")).isEqualTo("still here\n");
    }
}
