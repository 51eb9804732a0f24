package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.Int64Value;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.PodSandbox;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxFilter;
import io.gantry.proto.cri.PodSandboxMetadata;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.PodSandboxStateValue;
import io.gantry.proto.cri.PodSandboxStatus;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.PodSandboxStatusResponse;
import io.gantry.proto.cri.StreamPodSandboxesRequest;
import io.gantry.proto.cri.UpdatePodSandboxResourcesRequest;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * RunPodSandbox, StopPodSandbox, RemovePodSandbox, PodSandboxStatus, ListPodSandbox and
 * UpdatePodSandboxResources.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class PodRulesE2eIT {

    private static final String UNKNOWN = "0123456789abcdef".repeat(4);

    @Rule
    void aPodThatRunsIsReadyAndListed(Subject node) {
        String pod = node.runPod(node.pod("ready").build());
        assertThat(pod).matches("[0-9a-f]{64}");
        PodSandboxStatus status = node.cri().podStatus(pod);
        assertThat(status.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
        assertThat(status.getNetwork().getIp()).isNotEmpty();
        assertThat(status.getCreatedAt()).isPositive();
        assertThat(node.cri().pods()).extracting(PodSandbox::getId).containsExactly(pod);
    }

    @Rule
    void aPodKeepsTheAttributesItWasAskedForWith(Subject node) {
        PodSandboxConfig.Builder config =
                node.pod("attributes").putLabels("tier", "db").putAnnotations("note", "Häuschen");
        config.getMetadataBuilder().setAttempt(3);
        String pod = node.runPod(config.build());

        PodSandboxStatus status = node.cri().podStatus(pod);
        assertThat(status.getId()).isEqualTo(pod);
        assertThat(status.getMetadata()).isEqualTo(config.getMetadata());
        assertThat(status.getLabelsMap()).isEqualTo(config.getLabelsMap());
        assertThat(status.getAnnotationsMap()).isEqualTo(config.getAnnotationsMap());
        assertThat(status.getLinux().getNamespaces().getOptions())
                .isEqualTo(config.getLinux().getSecurityContext().getNamespaceOptions());
        assertThat(status.getRuntimeHandler()).isEqualTo(node.handler());
        PodSandbox listed = node.cri().pods().getFirst();
        assertThat(listed.getMetadata()).isEqualTo(config.getMetadata());
        assertThat(listed.getLabelsMap()).isEqualTo(config.getLabelsMap());
        assertThat(listed.getAnnotationsMap()).isEqualTo(config.getAnnotationsMap());
        assertThat(listed.getCreatedAt()).isEqualTo(status.getCreatedAt());
        assertThat(listed.getRuntimeHandler()).isEqualTo(node.handler());
    }

    @Rule
    void aStoppedPodIsNotReadyAndGivesItsAddressBack(Subject node) throws IOException {
        String pod = node.runPod(node.pod("stopped").build());
        assertThat(Addresses.leased(node)).isNotEmpty();
        node.cri().stopPod(pod);
        PodSandboxStatus status = node.cri().podStatus(pod);
        assertThat(status.getState()).isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        assertThat(status.getNetwork().getIp()).isEmpty();
        assertThat(Addresses.leased(node)).isEmpty();
    }

    @Rule
    void aRemovedPodIsInNoListAndHasNoStatus(Subject node) {
        String pod = node.runPod(node.pod("removed").build());
        node.cri().stopPod(pod);
        node.cri().removePod(pod);
        assertThat(node.cri().pods()).isEmpty();
        node.refuses(Status.Code.NOT_FOUND, () -> node.cri().podStatus(pod), pod);
    }

    @Rule
    void stoppingAStoppedPodSucceeds(Subject node) {
        String pod = node.runPod(node.pod("twice").build());
        node.cri().stopPod(pod);
        node.cri().stopPod(pod);
        assertThat(node.cri().podStatus(pod).getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
    }

    @Rule(notContainerd = "it answers NOT_FOUND before 1.7")
    void stoppingAPodThatIsNotThereSucceeds(Subject node) {
        node.cri().stopPod(UNKNOWN);
    }

    @Rule
    void removingAPodThatIsNotThereSucceeds(Subject node) {
        node.cri().removePod(UNKNOWN);
    }

    @Rule
    void removingARunningPodStopsItFirstAndTakesItsContainersAlong(Subject node)
            throws IOException {
        node.runIdle("remove-running");
        node.cri().removePod(node.cri().pods().getFirst().getId());
        assertThat(node.cri().pods()).isEmpty();
        assertThat(node.cri().containers()).isEmpty();
        assertThat(Addresses.leased(node)).isEmpty();
    }

    @Rule
    void stoppingAPodEndsItsContainers(Subject node) {
        String container = node.runIdle("ends");
        node.cri().stopPod(node.cri().pods().getFirst().getId());
        assertThat(node.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_EXITED);
    }

    @Rule
    void aStoppedPodTakesNoContainer(Subject node) {
        PodSandboxConfig config = node.pod("closed").build();
        String pod = node.runPod(config);
        node.cri().stopPod(pod);
        node.refuses(
                Status.Code.FAILED_PRECONDITION,
                () -> node.cri().create(pod, config, node.idle("c").build()),
                pod);
        assertThat(node.cri().containers()).isEmpty();
    }

    @Rule
    void theStatusOfAPodThatIsNotThereIsNotFound(Subject node) {
        node.refuses(Status.Code.NOT_FOUND, () -> node.cri().podStatus(UNKNOWN), UNKNOWN);
    }

    @Rule
    void aPrefixOfAnIdThatNoOtherHasNamesThePod(Subject node) {
        String pod = node.runPod(node.pod("prefix").build());
        String prefix = pod.substring(0, 12);
        assertThat(node.cri().podStatus(prefix).getId()).isEqualTo(pod);
        node.cri().stopPod(prefix);
        assertThat(node.cri().podStatus(pod).getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        node.cri().removePod(prefix);
        assertThat(node.cri().pods()).isEmpty();
    }

    @Rule
    void aPodWithoutMetadataIsRefused(Subject node) {
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.runPod(node.pod("nobody").clearMetadata().build()),
                "metadata");
        assertThat(node.cri().pods()).isEmpty();
    }

    @Rule
    void aNameIsTakenByNameNamespaceUidAndAttempt(Subject node) {
        PodSandboxConfig config = node.pod("taken").build();
        String first = node.runPod(config);
        node.refuses(
                Status.Code.ALREADY_EXISTS,
                () -> node.runPod(config.toBuilder().putLabels("other", "yes").build()),
                first);
        List<String> others = new ArrayList<>();
        others.add(node.runPod(with(config, config.getMetadata().toBuilder().setAttempt(1))));
        others.add(node.runPod(with(config, config.getMetadata().toBuilder().setUid("other"))));
        others.add(
                node.runPod(with(config, config.getMetadata().toBuilder().setNamespace("other"))));
        assertThat(others).doesNotContain(first).doesNotHaveDuplicates();
        node.cri().removePod(first);
        assertThat(node.runPod(config)).isNotEqualTo(first);
    }

    private static PodSandboxConfig with(
            PodSandboxConfig config, PodSandboxMetadata.Builder metadata) {
        return config.toBuilder().setMetadata(metadata).build();
    }

    @Rule(notContainerd = "it refuses a name that it knows, the same request or not")
    void theSameRequestAgainAnswersTheSamePod(Subject node) {
        PodSandboxConfig config = node.pod("same").build();
        assertThat(node.runPod(config)).isEqualTo(node.runPod(config));
        assertThat(node.cri().pods()).hasSize(1);
    }

    @Rule
    void anUnknownHandlerIsRefusedAndStrandsNoName(Subject node) {
        PodSandboxConfig config = node.pod("handler").build();
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().runPod(config, "no-such-handler"),
                "no-such-handler");
        assertThat(node.cri().pods()).isEmpty();
        node.runPod(config);
    }

    @Rule
    void aGroupWithoutAUserIsRefused(Subject node) {
        PodSandboxConfig.Builder config = node.pod("group");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsGroup(Int64Value.newBuilder().setValue(1000));
        node.refuses(
                Status.Code.INVALID_ARGUMENT, () -> node.runPod(config.build()), "run_as_group");
        assertThat(node.cri().pods()).isEmpty();
    }

    @Rule
    void podsAreListedByIdPrefixStateAndLabelsAndAllOfAFilterHasToMatch(Subject node) {
        String one = node.runPod(node.pod("one").putLabels("k", "v").putLabels("n", "1").build());
        String two = node.runPod(node.pod("two").putLabels("k", "v").putLabels("n", "2").build());
        node.cri().stopPod(two);

        assertThat(list(node, filter())).containsExactlyInAnyOrder(one, two);
        assertThat(list(node, filter().setId(one))).containsExactly(one);
        assertThat(list(node, filter().setId(two.substring(0, 13)))).containsExactly(two);
        assertThat(list(node, filter().setId(UNKNOWN))).isEmpty();
        assertThat(list(node, filter().setState(is(PodSandboxState.SANDBOX_READY))))
                .containsExactly(one);
        assertThat(list(node, filter().setState(is(PodSandboxState.SANDBOX_NOTREADY))))
                .containsExactly(two);
        assertThat(list(node, filter().putLabelSelector("k", "v")))
                .containsExactlyInAnyOrder(one, two);
        assertThat(list(node, filter().putLabelSelector("k", "v").putLabelSelector("n", "2")))
                .containsExactly(two);
        assertThat(list(node, filter().putLabelSelector("k", ""))).isEmpty();
        assertThat(list(node, filter().setId(one).putLabelSelector("n", "2"))).isEmpty();
        assertThat(
                        list(
                                node,
                                filter().putLabelSelector("k", "v")
                                        .setState(is(PodSandboxState.SANDBOX_READY))))
                .containsExactly(one);
    }

    private static PodSandboxFilter.Builder filter() {
        return PodSandboxFilter.newBuilder();
    }

    private static PodSandboxStateValue is(PodSandboxState state) {
        return PodSandboxStateValue.newBuilder().setState(state).build();
    }

    private static List<String> list(Subject node, PodSandboxFilter.Builder filter) {
        return node
                .cri()
                .runtime()
                .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(filter).build())
                .getItemsList()
                .stream()
                .map(PodSandbox::getId)
                .toList();
    }

    @Rule(notContainerd = "it lists in one answer only before 2.3")
    void theStreamedListOfPodsIsTheList(Subject node) {
        node.runPod(node.pod("streamed").putLabels("k", "v").build());
        node.runPod(node.pod("left-out").build());
        PodSandboxFilter filter = filter().putLabelSelector("k", "v").build();
        List<PodSandbox> streamed = new ArrayList<>();
        node.cri()
                .runtime()
                .streamPodSandboxes(
                        StreamPodSandboxesRequest.newBuilder().setFilter(filter).build())
                .forEachRemaining(part -> streamed.addAll(part.getPodSandboxesList()));
        assertThat(streamed)
                .containsExactlyElementsOf(
                        node.cri()
                                .runtime()
                                .listPodSandbox(
                                        ListPodSandboxRequest.newBuilder()
                                                .setFilter(filter)
                                                .build())
                                .getItemsList())
                .hasSize(1);
    }

    @Rule
    void aVerboseStatusOfAPodHasJsonAndAnotherHasNone(Subject node) throws IOException {
        String pod = node.runPod(node.pod("verbose").build());
        PodSandboxStatusRequest.Builder request =
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod);
        assertThat(node.cri().runtime().podSandboxStatus(request.build()).getInfoMap()).isEmpty();
        PodSandboxStatusResponse verbose =
                node.cri().runtime().podSandboxStatus(request.setVerbose(true).build());
        var info = new ObjectMapper().readTree(verbose.getInfoOrThrow("info"));
        assertThat(info.isObject()).isTrue();
        assertThat(info.path("pid").asLong()).isPositive();
    }

    @Rule(notContainerd = "the call is newer")
    void whatAPodMayUseIsTakenAndShownAndAnUnknownPodHasNone(Subject node) {
        String pod = node.runPod(node.pod("resources").build());
        UpdatePodSandboxResourcesRequest.Builder request =
                UpdatePodSandboxResourcesRequest.newBuilder()
                        .setPodSandboxId(pod)
                        .setResources(LinuxContainerResources.newBuilder().setCpuShares(512));
        node.cri().runtime().updatePodSandboxResources(request.build());
        PodSandboxStatusRequest verbose =
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).setVerbose(true).build();
        assertThat(node.cri().runtime().podSandboxStatus(verbose).getInfoMap().toString())
                .contains("512");
        node.refuses(
                Status.Code.NOT_FOUND,
                () ->
                        node.cri()
                                .runtime()
                                .updatePodSandboxResources(
                                        request.setPodSandboxId(UNKNOWN).build()),
                UNKNOWN);
    }
}
