package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.config.NodeFacts;
import io.gantry.cri.translate.EngineRequests;
import io.gantry.cri.translate.EngineResponses;
import io.gantry.proto.engine.Feature;
import io.gantry.proto.engine.InfoRequest;
import io.gantry.proto.engine.InfoResponse;
import io.gantry.proto.engine.ListContainersRequest;
import io.gantry.proto.engine.ListContainersResponse;
import io.gantry.proto.engine.ListPodsRequest;
import io.gantry.proto.engine.ListPodsResponse;
import io.gantry.proto.engine.VersionRequest;
import io.gantry.proto.engine.VersionResponse;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.PodManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The calls of Gantry's own service about all that there is. */
final class EngineLists {

    private final PodManager pods;
    private final ContainerManager containers;
    private final CriServerConfig config;
    private final NodeFacts facts;
    private final PodNetwork network;
    private final IntSupplier imageCount;

    EngineLists(
            PodManager pods,
            ContainerManager containers,
            CriServerConfig config,
            NodeFacts facts,
            PodNetwork network,
            IntSupplier imageCount) {
        this.pods = pods;
        this.containers = containers;
        this.config = config;
        this.facts = facts;
        this.network = network;
        this.imageCount = imageCount;
    }

    VersionResponse version(VersionRequest request, Deadline deadline) {
        return VersionResponse.newBuilder()
                .setVersion(facts.version())
                .setApiVersion("v1")
                .setCriVersion("v1")
                .setJavaVersion(facts.javaVersion())
                .setKernel(facts.kernel())
                .setArchitecture(facts.architecture())
                .build();
    }

    InfoResponse info(InfoRequest request, Deadline deadline) {
        List<Container> all = containers.list(ContainerFilter.of(null));
        PodNetwork.Readiness readiness = network.status();
        InfoResponse.Builder response =
                InfoResponse.newBuilder()
                        .setVersion(facts.version())
                        .setKernel(facts.kernel())
                        .setArchitecture(facts.architecture())
                        .setOperatingSystem(facts.operatingSystem())
                        .setCpus(facts.cpus())
                        .setMemoryBytes(facts.memoryBytes())
                        .setCgroupVersion(facts.cgroups().version())
                        .setCgroupDriver(facts.cgroups().driver())
                        .setStorageDriver("overlayfs")
                        .setRoot(config.root().toString())
                        .setState(config.state().toString())
                        .setSocket(config.socket().toString())
                        .setCniConfDir(config.cni().confDir().toString())
                        .setNetworkReady(readiness.ready())
                        .setNetworkMessage(readiness.message())
                        .setPods(pods.list(PodSandboxFilter.of(null)).size())
                        .setContainers(all.size())
                        .setContainersRunning((int) all.stream().filter(this::runs).count())
                        .setImages(imageCount.getAsInt())
                        .setPid((int) ProcessHandle.current().pid())
                        .setStartedAt(facts.startedAtNanos());
        config.registry()
                .configPath()
                .forEach(path -> response.addRegistryConfigPaths(path.toString()));
        facts.features()
                .forEach(
                        feature ->
                                response.addFeatures(
                                        Feature.newBuilder()
                                                .setName(feature.name())
                                                .setAvailable(feature.available())
                                                .setNote(feature.note())));
        return response.build();
    }

    ListContainersResponse listContainers(ListContainersRequest request, Deadline deadline) {
        @Nullable PodOwner owner = EngineRequests.toDomain(request.getOwner());
        Map<PodSandboxId, PodSandbox> owners = new LinkedHashMap<>();
        pods.list(PodSandboxFilter.of(owner)).forEach(pod -> owners.put(pod.id(), pod));
        ListContainersResponse.Builder response = ListContainersResponse.newBuilder();
        ContainerFilter filter = new ContainerFilter(owner, "", "", null, request.getLabelsMap());
        for (Container container : containers.list(filter).reversed()) {
            PodSandbox pod = owners.get(container.podSandboxId());
            if (pod != null && (request.getAll() || runs(container))) {
                response.addContainers(EngineResponses.toProto(container, pod));
            }
        }
        return response.build();
    }

    ListPodsResponse listPods(ListPodsRequest request, Deadline deadline) {
        @Nullable PodOwner owner = EngineRequests.toDomain(request.getOwner());
        Map<PodSandboxId, Long> counts =
                containers.list(ContainerFilter.of(owner)).stream()
                        .collect(
                                Collectors.groupingBy(
                                        Container::podSandboxId, Collectors.counting()));
        ListPodsResponse.Builder response = ListPodsResponse.newBuilder();
        PodSandboxFilter filter = new PodSandboxFilter(owner, "", null, request.getLabelsMap());
        for (PodSandbox pod : pods.list(filter).reversed()) {
            int count = counts.getOrDefault(pod.id(), 0L).intValue();
            response.addPods(EngineResponses.toProto(pod, count));
        }
        return response.build();
    }

    private boolean runs(Container container) {
        return container.state() == ContainerState.RUNNING;
    }
}
