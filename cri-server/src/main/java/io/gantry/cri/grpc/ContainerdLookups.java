package io.gantry.cri.grpc;

import com.google.protobuf.Empty;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.cri.translate.ContainerdProtos;
import io.gantry.proto.containerd.ContainersGrpc;
import io.gantry.proto.containerd.GetContainerRequest;
import io.gantry.proto.containerd.GetContainerResponse;
import io.gantry.proto.containerd.GetRequest;
import io.gantry.proto.containerd.GetResponse;
import io.gantry.proto.containerd.Process;
import io.gantry.proto.containerd.TasksGrpc;
import io.gantry.proto.containerd.VersionGrpc;
import io.gantry.proto.containerd.VersionResponse;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodSandbox;
import io.grpc.ServerServiceDefinition;
import java.util.List;

/**
 * Answers the three lookups that a cAdvisor makes at a containerd, which is how it comes by the
 * labels of what it measures: who is there, what has this id, and what is its process. Of pods of
 * the CRI only; to a cAdvisor others are control groups without a name.
 */
final class ContainerdLookups {

    private final String version;
    private final CriOwnership ownership;

    ContainerdLookups(String version, CriOwnership ownership) {
        this.version = version;
        this.ownership = ownership;
    }

    List<ServerServiceDefinition> bind(UnaryCalls calls) {
        return List.of(
                ServerServiceDefinition.builder(VersionGrpc.getServiceDescriptor())
                        .addMethod(VersionGrpc.getVersionMethod(), calls.unary(this::version))
                        .build(),
                ServerServiceDefinition.builder(ContainersGrpc.getServiceDescriptor())
                        .addMethod(ContainersGrpc.getGetMethod(), calls.unary(this::container))
                        .build(),
                ServerServiceDefinition.builder(TasksGrpc.getServiceDescriptor())
                        .addMethod(TasksGrpc.getGetMethod(), calls.unary(this::task))
                        .build());
    }

    private VersionResponse version(Empty request, Deadline deadline) {
        return VersionResponse.newBuilder().setVersion(version).setRevision("gantry").build();
    }

    private GetContainerResponse container(GetContainerRequest request, Deadline deadline) {
        io.gantry.proto.containerd.Container found =
                lookup(request.getId(), ContainerdProtos::container, ContainerdProtos::container);
        return GetContainerResponse.newBuilder().setContainer(found).build();
    }

    private GetResponse task(GetRequest request, Deadline deadline) {
        String id = request.getContainerId();
        if (!request.getExecId().isEmpty()) {
            throw new NotFoundException(
                    "process " + request.getExecId() + " of container " + id + " not found");
        }
        Process process =
                lookup(id, ContainerdProtos::process, ContainerdProtos::process)
                        .orElseThrow(() -> new NotFoundException(id + " has no process yet"));
        return GetResponse.newBuilder().setProcess(process).build();
    }

    @FunctionalInterface
    private interface Answer<T, R> {
        R of(T subject);
    }

    /**
     * Containers first, for there are more of them. No prefixes: a control group is named whole.
     */
    private <R> R lookup(String id, Answer<Container, R> container, Answer<PodSandbox, R> pod) {
        if (id.isEmpty()) {
            throw new InvalidArgumentException("id is missing");
        }
        if (ownership.findContainer(id).filter(id::equals).isPresent()) {
            return container.of(ownership.getContainer(id));
        }
        return pod.of(
                ownership
                        .findAnyPod(id)
                        .orElseThrow(
                                () -> new NotFoundException("container \"" + id + "\" not found")));
    }
}
