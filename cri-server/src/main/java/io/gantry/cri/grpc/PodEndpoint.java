package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.translate.ContainerProtos;
import io.gantry.cri.translate.PodProtos;
import io.gantry.cri.translate.ResourceProtos;
import io.gantry.cri.translate.VerboseInfo;
import io.gantry.proto.cri.ListPodSandboxRequest;
import io.gantry.proto.cri.ListPodSandboxResponse;
import io.gantry.proto.cri.PodSandbox;
import io.gantry.proto.cri.PodSandboxFilter;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import io.gantry.proto.cri.PodSandboxStatusResponse;
import io.gantry.proto.cri.RemovePodSandboxRequest;
import io.gantry.proto.cri.RemovePodSandboxResponse;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RunPodSandboxResponse;
import io.gantry.proto.cri.StopPodSandboxRequest;
import io.gantry.proto.cri.StopPodSandboxResponse;
import io.gantry.proto.cri.StreamPodSandboxesRequest;
import io.gantry.proto.cri.UpdatePodSandboxResourcesRequest;
import io.gantry.proto.cri.UpdatePodSandboxResourcesResponse;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetwork.Inspection;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.PodManager;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The CRI's calls about sandboxes. */
final class PodEndpoint {

    private final PodManager pods;
    private final ContainerManager containers;
    private final CriOwnership ownership;
    private final PodNetwork network;
    private final Clock clock;

    PodEndpoint(
            PodManager pods,
            ContainerManager containers,
            CriOwnership ownership,
            PodNetwork network,
            Clock clock) {
        this.pods = pods;
        this.network = network;
        this.containers = containers;
        this.ownership = ownership;
        this.clock = clock;
    }

    RunPodSandboxResponse run(RunPodSandboxRequest request, Deadline deadline) {
        if (!request.hasConfig()) {
            throw new InvalidArgumentException("config is missing");
        }
        PodSandboxId id =
                pods.run(
                        PodOwner.CRI,
                        PodProtos.toDomain(request.getConfig()),
                        request.getRuntimeHandler(),
                        deadline);
        return RunPodSandboxResponse.newBuilder().setPodSandboxId(id.value()).build();
    }

    StopPodSandboxResponse stop(StopPodSandboxRequest request, Deadline deadline) {
        ownership.findPod(request.getPodSandboxId()).ifPresent(id -> pods.stop(id, deadline));
        return StopPodSandboxResponse.getDefaultInstance();
    }

    UpdatePodSandboxResourcesResponse updateResources(
            UpdatePodSandboxResourcesRequest request, Deadline deadline) {
        pods.updateResources(
                ownership.getPod(request.getPodSandboxId()).id().value(),
                request.hasOverhead()
                        ? ResourceProtos.toDomain("overhead", request.getOverhead())
                        : null,
                request.hasResources()
                        ? ResourceProtos.toDomain("resources", request.getResources())
                        : null,
                deadline);
        return UpdatePodSandboxResourcesResponse.getDefaultInstance();
    }

    RemovePodSandboxResponse remove(RemovePodSandboxRequest request, Deadline deadline) {
        ownership.findPod(request.getPodSandboxId()).ifPresent(id -> pods.remove(id, deadline));
        return RemovePodSandboxResponse.getDefaultInstance();
    }

    PodSandboxStatusResponse status(PodSandboxStatusRequest request, Deadline deadline) {
        // Before anything is read: what a kubelet knows to be later is then later.
        Instant at = clock.now();
        io.gantry.runtime.pod.PodSandbox pod = ownership.getPod(request.getPodSandboxId());
        PodSandboxStatusResponse.Builder response =
                PodSandboxStatusResponse.newBuilder()
                        .setStatus(PodProtos.toStatus(pod))
                        .setTimestamp(PodProtos.nanos(at));
        // Newest first: a kubelet with EventedPLEG takes the first of a name for the one that
        // counts.
        containers
                .list(ContainerFilter.in(pod.id()))
                .reversed()
                .forEach(each -> response.addContainersStatuses(ContainerProtos.toStatus(each)));
        if (request.getVerbose()) {
            response.putInfo("info", VerboseInfo.of(pod));
            inspect(pod, deadline)
                    .ifPresent(found -> response.putInfo("network", VerboseInfo.of(found)));
        }
        return response.build();
    }

    /** Only where somebody wants all there is to know: plugins are run for it. */
    private Optional<Inspection> inspect(io.gantry.runtime.pod.PodSandbox pod, Deadline deadline) {
        try {
            return pod.isReady() ? network.inspect(pod, deadline) : Optional.empty();
        } catch (IOException e) {
            throw new UnavailableException(
                    "look at the network of pod sandbox " + pod.id() + ": " + e.getMessage(), e);
        }
    }

    ListPodSandboxResponse list(ListPodSandboxRequest request, Deadline deadline) {
        return ListPodSandboxResponse.newBuilder()
                .addAllItems(matching(request.getFilter()))
                .build();
    }

    List<PodSandbox> stream(StreamPodSandboxesRequest request, Deadline deadline) {
        return matching(request.getFilter());
    }

    private List<PodSandbox> matching(PodSandboxFilter filter) {
        return pods.list(PodProtos.toDomain(filter)).stream().map(PodProtos::toProto).toList();
    }
}
