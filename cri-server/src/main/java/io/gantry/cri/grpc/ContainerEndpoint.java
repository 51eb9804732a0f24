package io.gantry.cri.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.cri.translate.ContainerProtos;
import io.gantry.cri.translate.ResourceProtos;
import io.gantry.cri.translate.VerboseInfo;
import io.gantry.proto.cri.Container;
import io.gantry.proto.cri.ContainerFilter;
import io.gantry.proto.cri.ContainerStatusRequest;
import io.gantry.proto.cri.ContainerStatusResponse;
import io.gantry.proto.cri.CreateContainerRequest;
import io.gantry.proto.cri.CreateContainerResponse;
import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.ExecSyncResponse;
import io.gantry.proto.cri.ListContainersRequest;
import io.gantry.proto.cri.ListContainersResponse;
import io.gantry.proto.cri.RemoveContainerRequest;
import io.gantry.proto.cri.RemoveContainerResponse;
import io.gantry.proto.cri.ReopenContainerLogRequest;
import io.gantry.proto.cri.ReopenContainerLogResponse;
import io.gantry.proto.cri.StartContainerRequest;
import io.gantry.proto.cri.StartContainerResponse;
import io.gantry.proto.cri.StopContainerRequest;
import io.gantry.proto.cri.StopContainerResponse;
import io.gantry.proto.cri.StreamContainersRequest;
import io.gantry.proto.cri.UpdateContainerResourcesRequest;
import io.gantry.proto.cri.UpdateContainerResourcesResponse;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.exec.ExecInfo;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.ExecManager;
import java.time.Duration;
import java.util.List;

/** The CRI's calls about containers. */
final class ContainerEndpoint {

    private final ContainerManager containers;
    private final ExecManager execs;
    private final CriOwnership ownership;

    ContainerEndpoint(ContainerManager containers, ExecManager execs, CriOwnership ownership) {
        this.containers = containers;
        this.execs = execs;
        this.ownership = ownership;
    }

    CreateContainerResponse create(CreateContainerRequest request, Deadline deadline) {
        if (!request.hasConfig()) {
            throw new InvalidArgumentException("config is missing");
        }
        String pod = ownership.getPod(request.getPodSandboxId()).id().value();
        ContainerId id =
                containers.create(pod, ContainerProtos.toDomain(request.getConfig()), deadline);
        return CreateContainerResponse.newBuilder().setContainerId(id.value()).build();
    }

    StartContainerResponse start(StartContainerRequest request, Deadline deadline) {
        containers.start(whole(request.getContainerId()), deadline);
        return StartContainerResponse.getDefaultInstance();
    }

    StopContainerResponse stop(StopContainerRequest request, Deadline deadline) {
        // A negative grace period is none, as the kubelet means it.
        Duration timeout = Duration.ofSeconds(Math.max(0, request.getTimeout()));
        ownership
                .findContainer(request.getContainerId())
                .ifPresent(id -> containers.stop(id, timeout, deadline));
        return StopContainerResponse.getDefaultInstance();
    }

    UpdateContainerResourcesResponse updateResources(
            UpdateContainerResourcesRequest request, Deadline deadline) {
        String container = whole(request.getContainerId());
        if (!request.hasLinux()) {
            throw new InvalidArgumentException("linux is missing");
        }
        containers.updateResources(
                container, ResourceProtos.toDomain("linux", request.getLinux()), deadline);
        return UpdateContainerResourcesResponse.getDefaultInstance();
    }

    RemoveContainerResponse remove(RemoveContainerRequest request, Deadline deadline) {
        ownership
                .findContainer(request.getContainerId())
                .ifPresent(id -> containers.remove(id, deadline));
        return RemoveContainerResponse.getDefaultInstance();
    }

    ListContainersResponse list(ListContainersRequest request, Deadline deadline) {
        return ListContainersResponse.newBuilder()
                .addAllContainers(matching(request.getFilter()))
                .build();
    }

    List<Container> stream(StreamContainersRequest request, Deadline deadline) {
        return matching(request.getFilter());
    }

    ContainerStatusResponse status(ContainerStatusRequest request, Deadline deadline) {
        io.gantry.runtime.container.Container container =
                ownership.getContainer(request.getContainerId());
        ContainerStatusResponse.Builder response =
                ContainerStatusResponse.newBuilder().setStatus(ContainerProtos.toStatus(container));
        if (request.getVerbose()) {
            describe(container, response);
        }
        return response.build();
    }

    /** Who looks at a container wants to see it all the more when its shim does not answer. */
    private void describe(
            io.gantry.runtime.container.Container container,
            ContainerStatusResponse.Builder response) {
        List<ExecInfo> running = List.of();
        if (container.state() == ContainerState.RUNNING) {
            try {
                running = execs.list(container.id().value());
            } catch (ServiceException e) {
                response.putInfo("execsError", String.valueOf(e.getMessage()));
            }
        }
        response.putInfo("info", VerboseInfo.of(container, running));
    }

    ReopenContainerLogResponse reopenLog(ReopenContainerLogRequest request, Deadline deadline) {
        containers.reopenLog(whole(request.getContainerId()), deadline);
        return ReopenContainerLogResponse.getDefaultInstance();
    }

    ExecSyncResponse execSync(ExecSyncRequest request, Deadline deadline) {
        if (request.getCmdCount() == 0) {
            throw new InvalidArgumentException("cmd is missing");
        }
        if (request.getTimeout() < 0) {
            throw new InvalidArgumentException(
                    "timeout is " + request.getTimeout() + ": it must not be negative");
        }
        ExecResult result =
                execs.execSync(
                        whole(request.getContainerId()),
                        request.getCmdList(),
                        Duration.ofSeconds(request.getTimeout()),
                        deadline);
        return ExecSyncResponse.newBuilder()
                .setStdout(wrap(result.stdout()))
                .setStderr(wrap(result.stderr()))
                .setExitCode(result.exitCode())
                .build();
    }

    private String whole(String id) {
        return ownership.getContainer(id).id().value();
    }

    private List<Container> matching(ContainerFilter filter) {
        if (ContainerProtos.matchesNothing(filter)) {
            return List.of();
        }
        return containers.list(ContainerProtos.toDomain(filter)).stream()
                .map(ContainerProtos::toProto)
                .toList();
    }

    /** The array is ours and nobody writes to it any more, so it need not be copied. */
    private static ByteString wrap(byte[] bytes) {
        return UnsafeByteOperations.unsafeWrap(bytes);
    }
}
