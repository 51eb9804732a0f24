package io.gantry.e2e.bench;

import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerMetadata;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.LinuxContainerConfig;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.LinuxPodSandboxConfig;
import io.gantry.proto.cri.LinuxSandboxSecurityContext;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.NamespaceOption;
import io.gantry.proto.cri.PodSandbox;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxFilter;
import io.gantry.proto.cri.PodSandboxMetadata;
import io.gantry.proto.cri.RemoveContainerRequest;
import io.gantry.proto.cri.RemovePodSandboxRequest;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.SecurityProfile;
import io.gantry.proto.cri.StartContainerRequest;
import io.gantry.proto.cri.StopContainerRequest;
import io.gantry.proto.cri.StopPodSandboxRequest;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Pods as a kubelet asks for them, each with a container that sleeps. */
final class Pods {

    private static final String LABEL = "gantry-bench";
    private static final List<String> MASKED =
            List.of("/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware");
    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private final AtomicInteger made = new AtomicInteger();
    private final String run = Long.toString(ProcessHandle.current().pid());
    private final Cri cri;
    private final String image;
    private final String cgroupParent;
    private final Path logs;

    Pods(Cri cri, String image, String cgroupParent, Path logs) {
        this.cri = cri;
        this.image = image;
        this.cgroupParent = cgroupParent;
        this.logs = logs;
    }

    record Pod(String sandbox, String container) {}

    /**
     * Runs a pod with a container that has been started; the times are those of the three calls.
     */
    Pod start(boolean hostNetwork, Samples samples) throws Exception {
        String network = hostNetwork ? "host network" : "CNI";
        long began = System.nanoTime();
        PodSandboxConfig config = sandbox(hostNetwork);
        String sandbox = samples.time("RunPodSandbox, " + network, () -> run(config));
        long made = System.nanoTime();
        String container = samples.time("CreateContainer", () -> create(sandbox, config));
        samples.time("StartContainer", () -> startContainer(container));
        samples.add("CreateContainer + StartContainer", Samples.millisSince(made));
        samples.add("pod with container, " + network, Samples.millisSince(began));
        return new Pod(sandbox, container);
    }

    /** Ends a pod step by step. */
    void remove(Pod pod, boolean hostNetwork, Samples samples) throws Exception {
        String network = hostNetwork ? ", host network" : ", CNI";
        samples.time("StopContainer", () -> stopContainer(pod.container()));
        samples.time("RemoveContainer", () -> removeContainer(pod.container()));
        samples.time("StopPodSandbox" + network, () -> stop(pod.sandbox()));
        samples.time("RemovePodSandbox", () -> remove(pod.sandbox()));
    }

    /** Removes what an interrupted run left. */
    void removeAll() {
        PodSandboxFilter own = PodSandboxFilter.newBuilder().putLabelSelector("app", LABEL).build();
        try {
            for (PodSandbox pod :
                    cri.runtime()
                            .listPodSandbox(
                                    ListPodSandboxRequest.newBuilder().setFilter(own).build())
                            .getItemsList()) {
                stop(pod.getId());
                remove(pod.getId());
            }
        } catch (StatusRuntimeException e) {
            System.err.println("Bench: pods are left: " + e.getStatus());
        }
    }

    private String run(PodSandboxConfig config) {
        return cri.runtime()
                .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(config).build())
                .getPodSandboxId();
    }

    private String create(String sandbox, PodSandboxConfig config) {
        return cri.runtime()
                .createContainer(
                        CreateContainerRequest.newBuilder()
                                .setPodSandboxId(sandbox)
                                .setSandboxConfig(config)
                                .setConfig(container(config))
                                .build())
                .getContainerId();
    }

    private Object startContainer(String id) {
        return cri.runtime()
                .startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
    }

    private Object stopContainer(String id) {
        return cri.runtime()
                .stopContainer(
                        StopContainerRequest.newBuilder().setContainerId(id).setTimeout(0).build());
    }

    private Object removeContainer(String id) {
        return cri.runtime()
                .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
    }

    private Object stop(String id) {
        return cri.runtime()
                .stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    }

    private Object remove(String id) {
        return cri.runtime()
                .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
    }

    private PodSandboxConfig sandbox(boolean hostNetwork) throws Exception {
        String name = "bench-" + run + "-" + made.incrementAndGet();
        return PodSandboxConfig.newBuilder()
                .setMetadata(
                        PodSandboxMetadata.newBuilder()
                                .setName(name)
                                .setUid(name)
                                .setNamespace("bench"))
                .setHostname(hostNetwork ? "" : "bench") // the host's own UTS namespace has a name
                .setLogDirectory(Files.createDirectories(logs.resolve(name)).toString())
                .putLabels("app", LABEL)
                .setLinux(
                        LinuxPodSandboxConfig.newBuilder()
                                .setCgroupParent(cgroupParent)
                                .setSecurityContext(
                                        LinuxSandboxSecurityContext.newBuilder()
                                                .setSeccomp(defaultProfile())
                                                .setNamespaceOptions(namespaces(hostNetwork))))
                .build();
    }

    private ContainerConfig container(PodSandboxConfig pod) {
        return ContainerConfig.newBuilder()
                .setMetadata(ContainerMetadata.newBuilder().setName("sleeper"))
                .setImage(ImageSpec.newBuilder().setImage(image).setUserSpecifiedImage(image))
                .addCommand("/bin/sleep")
                .addArgs("86411")
                .setLogPath("sleeper.log")
                .putLabels("app", LABEL)
                .setLinux(
                        LinuxContainerConfig.newBuilder()
                                .setResources(
                                        LinuxContainerResources.newBuilder()
                                                .setCpuPeriod(100_000)
                                                .setCpuShares(102)
                                                .setOomScoreAdj(999))
                                .setSecurityContext(
                                        LinuxContainerSecurityContext.newBuilder()
                                                .setSeccomp(defaultProfile())
                                                .addAllMaskedPaths(MASKED)
                                                .addAllReadonlyPaths(READ_ONLY)
                                                .setNamespaceOptions(
                                                        pod.getLinux()
                                                                .getSecurityContext()
                                                                .getNamespaceOptions())))
                .build();
    }

    private static SecurityProfile defaultProfile() {
        return SecurityProfile.newBuilder()
                .setProfileType(SecurityProfile.ProfileType.RuntimeDefault)
                .build();
    }

    private static NamespaceOption namespaces(boolean hostNetwork) {
        return NamespaceOption.newBuilder()
                .setNetwork(hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD)
                .setPid(NamespaceMode.CONTAINER)
                .build();
    }
}
