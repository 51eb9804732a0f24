package io.gantry.cri.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gantry.base.Tasks;
import io.gantry.proto.cri.CgroupDriver;
import io.gantry.proto.cri.Container;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerMetadata;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatusRequest;
import io.gantry.proto.cri.ContainerStatusResponse;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.ExecSyncResponse;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.ListContainersRequest;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxMetadata;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.PodSandboxStatusResponse;
import io.gantry.proto.cri.RemoveContainerRequest;
import io.gantry.proto.cri.RemovePodSandboxRequest;
import io.gantry.proto.cri.ReopenContainerLogRequest;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RuntimeConfigRequest;
import io.gantry.proto.cri.RuntimeServiceGrpc;
import io.gantry.proto.cri.StartContainerRequest;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.StatusResponse;
import io.gantry.proto.cri.StopContainerRequest;
import io.gantry.proto.cri.StopPodSandboxRequest;
import io.gantry.proto.cri.StreamContainersRequest;
import io.gantry.proto.cri.UpdateContainerResourcesRequest;
import io.gantry.proto.cri.UpdatePodSandboxResourcesRequest;
import io.gantry.proto.cri.UpdateRuntimeConfigRequest;
import io.gantry.proto.cri.VersionRequest;
import io.gantry.proto.cri.VersionResponse;
import io.gantry.runtime.pod.PodNetwork.Readiness;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeServiceTest {

    @TempDir Path dir;
    private InProcessDaemon daemon;
    private RuntimeServiceGrpc.RuntimeServiceBlockingStub cri;

    @BeforeEach
    void start() throws Exception {
        daemon = new InProcessDaemon(dir);
        cri = daemon.cri();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void versionIsWhatTheKubeletInsistsOn() {
        VersionResponse version = cri.version(VersionRequest.getDefaultInstance());

        assertThat(version.getVersion()).isEqualTo("0.1.0");
        assertThat(version.getRuntimeApiVersion()).isEqualTo("v1");
        assertThat(version.getRuntimeName()).isEqualTo("gantry");
        assertThat(version.getRuntimeVersion()).isEqualTo("1.2.3");
    }

    @Test
    void statusHasBothConditionsAndTheDefaultHandler() {
        StatusResponse status = cri.status(StatusRequest.getDefaultInstance());

        assertThat(status.getStatus().getConditionsList())
                .extracting(c -> c.getType() + "=" + c.getStatus())
                .containsExactly("RuntimeReady=true", "NetworkReady=true");
        assertThat(status.getRuntimeHandlersList()).hasSize(1);
        assertThat(status.getRuntimeHandlers(0).getName()).isEmpty();
        assertThat(status.getRuntimeHandlers(0).getFeatures().getRecursiveReadOnlyMounts())
                .isTrue();
        assertThat(status.getFeatures().getSupplementalGroupsPolicy()).isTrue();
        assertThat(status.getInfoMap()).isEmpty();
    }

    @Test
    void anUnreadyNetworkSaysWhy() {
        daemon.network.is(new Readiness(false, "no configuration in /etc/cni/net.d"));
        StatusResponse status = cri.status(StatusRequest.getDefaultInstance());

        assertThat(status.getStatus().getConditions(1).getStatus()).isFalse();
        assertThat(status.getStatus().getConditions(1).getReason())
                .isEqualTo("NetworkPluginNotReady");
        assertThat(status.getStatus().getConditions(1).getMessage())
                .isEqualTo("no configuration in /etc/cni/net.d");
    }

    @Test
    void verboseStatusTellsTheConfiguration() {
        StatusResponse status = cri.status(StatusRequest.newBuilder().setVerbose(true).build());

        assertThat(status.getInfoOrThrow("config"))
                .contains("\"stateDir\":\"/run/gantry\"", "\"maxContainerLogLineSize\":16384");
    }

    @Test
    void runtimeConfigTellsTheCgroupDriver() {
        assertThat(
                        cri.runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
                                .getLinux()
                                .getCgroupDriver())
                .isEqualTo(CgroupDriver.CGROUPFS);
        assertThat(cri.updateRuntimeConfig(UpdateRuntimeConfigRequest.getDefaultInstance()))
                .isNotNull();
    }

    @Test
    void aSandboxRunsAndIsStoppedAndRemovedAsOftenAsOneLikes() {
        daemon.pods.connectWith("10.0.0.2", "fd00::2");
        String id = runPod("web");
        PodSandboxStatusResponse ready = podStatus(id.substring(0, 10));
        assertThat(ready.getStatus().getId()).isEqualTo(id);
        assertThat(ready.getStatus().getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
        assertThat(ready.getStatus().getCreatedAt()).isEqualTo(1769860800000000001L);
        assertThat(ready.getStatus().getNetwork().getIp()).isEqualTo("10.0.0.2");
        assertThat(ready.getStatus().getNetwork().getAdditionalIps(0).getIp()).isEqualTo("fd00::2");
        assertThat(ready.getStatus().getLinux().getNamespaces().hasOptions()).isTrue();

        for (int i = 0; i < 2; i++) {
            assertThat(cri.stopPodSandbox(stopPod(id))).isNotNull();
        }
        assertThat(podStatus(id).getStatus().getState())
                .isEqualTo(PodSandboxState.SANDBOX_NOTREADY);
        assertThat(podStatus(id).getStatus().getNetwork().getIp()).isEmpty();

        for (int i = 0; i < 2; i++) {
            assertThat(cri.removePodSandbox(removePod(id))).isNotNull();
        }
        assertThat(failure(() -> podStatus(id)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void aSandboxWithoutMetadataIsRefusedNamingTheField() {
        Status status =
                failure(
                        () ->
                                cri.runPodSandbox(
                                        RunPodSandboxRequest.newBuilder()
                                                .setConfig(PodSandboxConfig.getDefaultInstance())
                                                .build()));

        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).isEqualTo("config.metadata is missing");
    }

    @Test
    void anUnknownHandlerIsNamed() {
        Status status =
                failure(
                        () ->
                                cri.runPodSandbox(
                                        RunPodSandboxRequest.newBuilder()
                                                .setConfig(podConfig("web"))
                                                .setRuntimeHandler("kata")
                                                .build()));

        assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(status.getDescription()).contains("kata");
    }

    @Test
    void aContainerGoesThroughItsLife() {
        String id = createContainer(runPod("web"), "main");
        assertThat(status(id).getStatus().getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
        assertThat(status(id).getStatus().getStartedAt()).isZero();

        assertThat(cri.startContainer(startRequest(id.substring(0, 12)))).isNotNull();
        ContainerStatusResponse running = status(id);
        assertThat(running.getStatus().getState()).isEqualTo(ContainerState.CONTAINER_RUNNING);
        assertThat(running.getStatus().getImage().getImage()).isEqualTo("busybox");
        assertThat(running.getStatus().getImageId()).isEqualTo("sha256:" + "a".repeat(64));
        assertThat(running.getInfoOrThrow("info"))
                .contains("\"pid\":4711", "\"execs\":[{\"id\":\"exec-1\",\"pid\":99");

        assertThat(
                        cri.stopContainer(
                                StopContainerRequest.newBuilder()
                                        .setContainerId(id)
                                        .setTimeout(7)
                                        .build()))
                .isNotNull();
        assertThat(daemon.containers.calls()).containsExactly("stop timeout=7");
        assertThat(status(id).getStatus().getExitCode()).isEqualTo(137);
        assertThat(status(id).getStatus().getReason()).isEqualTo("Error");

        for (int i = 0; i < 2; i++) {
            assertThat(cri.removeContainer(removeRequest(id))).isNotNull();
        }
        assertThat(failure(() -> status(id)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void statusesAndListsAskTheShimForNothingButCommandsThatRun() {
        daemon.execs.silent = true;
        String pod = runPod("web");
        String id = createContainer(pod, "main");
        assertThat(status(id).getInfoMap()).containsOnlyKeys("info");
        assertThat(stateInList(id)).isEqualTo(ContainerState.CONTAINER_CREATED);

        assertThat(cri.startContainer(startRequest(id))).isNotNull();
        assertThat(status(id).getInfoOrThrow("info")).contains("\"pid\":4711", "\"execs\":[]");
        assertThat(status(id).getInfoOrThrow("execsError")).isEqualTo("the shim does not answer");
        assertThat(stateInList(id)).isEqualTo(ContainerState.CONTAINER_RUNNING);

        daemon.containers.exit(id, 1);
        assertThat(status(id).getInfoMap()).containsOnlyKeys("info");
        assertThat(status(id).getInfoOrThrow("info")).contains("\"pid\":0", "\"execs\":[]");
        assertThat(stateInList(id)).isEqualTo(ContainerState.CONTAINER_EXITED);

        assertThat(podStatus(pod).getInfoOrThrow("info")).contains("\"state\":\"READY\"");
        assertThat(cri.stopPodSandbox(stopPod(pod))).isNotNull();
        assertThat(podStatus(pod).getInfoOrThrow("info")).contains("\"state\":\"NOTREADY\"");
        assertThat(cri.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList())
                .extracting(io.gantry.proto.cri.PodSandbox::getState)
                .containsExactly(PodSandboxState.SANDBOX_NOTREADY);
    }

    @Test
    void resourcesOfAContainerAreUpdatedAndShown() {
        String id = createContainer(runPod("web"), "main");
        LinuxContainerResources limits =
                LinuxContainerResources.newBuilder().setCpuShares(99).build();
        assertThat(
                        cri.updateContainerResources(
                                UpdateContainerResourcesRequest.newBuilder()
                                        .setContainerId(id)
                                        .setLinux(limits)
                                        .build()))
                .isNotNull();
        assertThat(status(id).getStatus().getResources().getLinux()).isEqualTo(limits);
        Status status =
                failure(
                        () ->
                                cri.updateContainerResources(
                                        UpdateContainerResourcesRequest.newBuilder()
                                                .setContainerId(id)
                                                .build()));
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).isEqualTo("linux is missing");
    }

    @Test
    void resourcesOfAPodAreNotedDownAndTheRestOfThemStays() {
        String pod = runPod("web");
        assertThat(
                        cri.updatePodSandboxResources(
                                UpdatePodSandboxResourcesRequest.newBuilder()
                                        .setPodSandboxId(pod)
                                        .setResources(
                                                LinuxContainerResources.newBuilder()
                                                        .setMemoryLimitInBytes(4711))
                                        .build()))
                .isNotNull();
        assertThat(podStatus(pod).getInfoOrThrow("info"))
                .contains("\"memoryLimitInBytes\":4711")
                .contains("\"overhead\":{\"cpuPeriod\":0");
        Status status =
                failure(
                        () ->
                                cri.updatePodSandboxResources(
                                        UpdatePodSandboxResourcesRequest.newBuilder()
                                                .setPodSandboxId(pod)
                                                .setOverhead(
                                                        LinuxContainerResources.newBuilder()
                                                                .setCpuPeriod(-1))
                                                .build()));
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).startsWith("overhead.cpu_period is \"-1\"");
    }

    private ContainerState stateInList(String id) {
        return cri
                .listContainers(ListContainersRequest.getDefaultInstance())
                .getContainersList()
                .stream()
                .filter(container -> container.getId().equals(id))
                .findFirst()
                .orElseThrow()
                .getState();
    }

    @Test
    void stoppingAnUnknownContainerSucceeds() {
        assertThat(
                        cri.stopContainer(
                                StopContainerRequest.newBuilder().setContainerId("cafe").build()))
                .isNotNull();
    }

    @Test
    void anAmbiguousPrefixIsRefused() {
        String pod = runPod("web");
        List<String> firstDigits = new ArrayList<>();
        String again = "";
        // Seventeen ids cannot begin with seventeen different digits.
        for (int i = 0; i < 17; i++) {
            String digit = createContainer(pod, "c" + i).substring(0, 1);
            again = firstDigits.contains(digit) ? digit : again;
            firstDigits.add(digit);
        }
        String ambiguous = again;

        assertThat(failure(() -> status(ambiguous)).getCode())
                .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    @Test
    void listsFilterByEverythingAtOnce() {
        String pod = runPod("web");
        String other = runPod("db");
        String id = createContainer(pod, "main");
        createContainer(other, "main");
        var filter = io.gantry.proto.cri.ContainerFilter.newBuilder().setPodSandboxId(pod);

        assertThat(
                        cri.listContainers(
                                        ListContainersRequest.newBuilder()
                                                .setFilter(filter)
                                                .build())
                                .getContainersList())
                .extracting(Container::getId)
                .containsExactly(id);
        assertThat(
                        cri.listContainers(
                                        ListContainersRequest.newBuilder()
                                                .setFilter(filter.putLabelSelector("app", "other"))
                                                .build())
                                .getContainersList())
                .isEmpty();
    }

    @Test
    void podsOfOthersAreNotThereForTheCri() {
        String own =
                daemon.engine()
                        .createContainer(
                                io.gantry.proto.engine.CreateContainerRequest.newBuilder()
                                        .setImage(InProcessDaemon.IMAGE)
                                        .build())
                        .getId();

        assertThat(
                        cri.listContainers(ListContainersRequest.getDefaultInstance())
                                .getContainersList())
                .isEmpty();
        assertThat(cri.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList())
                .isEmpty();
        assertThat(failure(() -> status(own)).getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(cri.removeContainer(removeRequest(own))).isNotNull();
        assertThat(daemon.containers.get(own)).isNotNull();
    }

    @Test
    void aStreamedListComesInBatches() {
        String pod = runPod("web");
        for (int i = 0; i < 501; i++) {
            createContainer(pod, "c" + i);
        }
        int[] sizes = new int[3];
        int batches = 0;
        var stream = cri.streamContainers(StreamContainersRequest.getDefaultInstance());
        while (stream.hasNext()) {
            sizes[batches++] = stream.next().getContainersCount();
        }

        assertThat(sizes).containsExactly(500, 1, 0);
    }

    @Test
    void execSyncPassesOutputAndCodeOn() {
        String id = createContainer(runPod("web"), "main");
        ExecSyncResponse response =
                cri.execSync(
                        ExecSyncRequest.newBuilder()
                                .setContainerId(id)
                                .addCmd("echo")
                                .addCmd("x")
                                .setTimeout(5)
                                .build());

        assertThat(response.getExitCode()).isEqualTo(3);
        assertThat(response.getStdout().toStringUtf8()).isEqualTo("echo x");
        assertThat(response.getStderr().toStringUtf8()).isEqualTo("timeout 5");
    }

    @Test
    void aWaitingCallIsInterruptedWhenItsClientGoes() throws InterruptedException {
        String id = createContainer(runPod("web"), "main");
        ExecSyncRequest request =
                ExecSyncRequest.newBuilder().setContainerId(id).addCmd(FakeExecs.SLEEP).build();
        Context.CancellableContext context = Context.current().withCancellation();
        Runnable call = () -> failure(() -> cri.execSync(request));
        Thread client = Tasks.start("client", context.wrap(call));
        assertThat(daemon.execs.sleeping.await(120, TimeUnit.SECONDS)).isTrue();
        context.cancel(null);

        assertThat(daemon.execs.interrupted.await(120, TimeUnit.SECONDS)).isTrue();
        client.join();
    }

    @Test
    void reopeningTheLogOfWhatDoesNotRunFails() {
        String id = createContainer(runPod("web"), "main");
        var request = ReopenContainerLogRequest.newBuilder().setContainerId(id).build();

        assertThat(failure(() -> cri.reopenContainerLog(request)).getCode())
                .isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(cri.startContainer(startRequest(id))).isNotNull();
        assertThat(cri.reopenContainerLog(request)).isNotNull();
    }

    @Test
    void callsAreRefusedUntilTheDaemonIsReady() throws Exception {
        daemon.gate.close();
        assertThat(failure(() -> cri.version(VersionRequest.getDefaultInstance())).getCode())
                .isEqualTo(Status.Code.UNAVAILABLE);
        daemon.gate.open();
        assertThat(cri.version(VersionRequest.getDefaultInstance())).isNotNull();
    }

    private String runPod(String name) {
        return cri.runPodSandbox(
                        RunPodSandboxRequest.newBuilder().setConfig(podConfig(name)).build())
                .getPodSandboxId();
    }

    private static PodSandboxConfig podConfig(String name) {
        return PodSandboxConfig.newBuilder()
                .setMetadata(
                        PodSandboxMetadata.newBuilder()
                                .setName(name)
                                .setNamespace("default")
                                .setUid("uid-" + name))
                .build();
    }

    private String createContainer(String pod, String name) {
        return cri.createContainer(
                        CreateContainerRequest.newBuilder()
                                .setPodSandboxId(pod)
                                .setConfig(
                                        ContainerConfig.newBuilder()
                                                .setMetadata(
                                                        ContainerMetadata.newBuilder()
                                                                .setName(name))
                                                .setImage(
                                                        ImageSpec.newBuilder().setImage("busybox")))
                                .build())
                .getContainerId();
    }

    private PodSandboxStatusResponse podStatus(String id) {
        return cri.podSandboxStatus(
                PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build());
    }

    private ContainerStatusResponse status(String id) {
        return cri.containerStatus(
                ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build());
    }

    private static StopPodSandboxRequest stopPod(String id) {
        return StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    }

    private static RemovePodSandboxRequest removePod(String id) {
        return RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    }

    private static StartContainerRequest startRequest(String id) {
        return StartContainerRequest.newBuilder().setContainerId(id).build();
    }

    private static RemoveContainerRequest removeRequest(String id) {
        return RemoveContainerRequest.newBuilder().setContainerId(id).build();
    }

    private static Status failure(ThrowingCallable call) {
        return catchThrowableOfType(StatusRuntimeException.class, call).getStatus();
    }
}
