package io.gantry.cri.translate;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.gantry.proto.containerd.Container;
import io.gantry.proto.containerd.Process;
import io.gantry.proto.containerd.Status;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.ShimProcess;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Containers and sandboxes as containerd would tell of them, as far as a cAdvisor looks. */
public final class ContainerdProtos {

    /** What a cAdvisor tells sandboxes by, which have the network of their pod. */
    private static final String KIND = "io.cri-containerd.kind";

    /**
     * A cAdvisor wants a specification and reads nothing of it but variables that it was told to
     * make labels of; they may be secrets and stay here.
     */
    private static final Any SPEC =
            Any.newBuilder()
                    .setTypeUrl("types.containerd.io/opencontainers/runtime-spec/1/Spec")
                    .setValue(
                            ByteString.copyFromUtf8(
                                    "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\"}}"))
                    .build();

    private ContainerdProtos() {}

    /** A container of the CRI. */
    public static Container container(io.gantry.runtime.container.Container container) {
        return described(
                        container.id().value(),
                        container.config().labels(),
                        "container",
                        container.createdAt())
                .setImage(container.config().image().image())
                .setSandbox(container.podSandboxId().value())
                .build();
    }

    /** A sandbox of the CRI; to containerd it is a container as well. */
    public static Container container(PodSandbox pod) {
        return described(pod.id().value(), pod.config().labels(), "sandbox", pod.createdAt())
                .setRuntime(Container.Runtime.newBuilder().setName(pod.runtimeHandler()))
                .setSandbox(pod.id().value())
                .build();
    }

    private static Container.Builder described(
            String id, Map<String, String> labels, String kind, Instant createdAt) {
        return Container.newBuilder()
                .setId(id)
                .putAllLabels(labels)
                .putLabels(KIND, kind)
                .setSpec(SPEC)
                .setCreatedAt(timestamp(createdAt));
    }

    /** The first process of a container; empty before its start. */
    public static Optional<Process> process(io.gantry.runtime.container.Container container) {
        ContainerStatus status = container.status();
        if (status.state() == ContainerState.RUNNING) {
            return Optional.of(running(container.id().value(), status.pid()));
        }
        Instant finishedAt = status.finishedAt();
        return finishedAt == null
                ? Optional.empty()
                : Optional.of(
                        ended(container.id().value())
                                .setExitStatus(status.exitCode())
                                .setExitedAt(timestamp(finishedAt))
                                .build());
    }

    /** The process that stands for a sandbox: its shim, which is in the namespaces of the pod. */
    public static Optional<Process> process(PodSandbox pod) {
        ShimProcess shim = pod.status().shim();
        if (shim != null) {
            return Optional.of(running(pod.id().value(), shim.pid()));
        }
        return switch (pod.state()) {
            case CREATING, READY -> Optional.empty();
            case NOTREADY -> Optional.of(ended(pod.id().value()).build());
        };
    }

    private static Process running(String id, int pid) {
        return Process.newBuilder()
                .setContainerId(id)
                .setId(id)
                .setPid(pid)
                .setStatus(Status.RUNNING)
                .build();
    }

    private static Process.Builder ended(String id) {
        return Process.newBuilder().setContainerId(id).setId(id).setStatus(Status.STOPPED);
    }

    private static Timestamp timestamp(Instant at) {
        return Timestamp.newBuilder()
                .setSeconds(at.getEpochSecond())
                .setNanos(at.getNano())
                .build();
    }
}
