package io.gantry.cri.wiring;

import io.gantry.base.Deadline;
import io.gantry.cri.engine.EngineAnnotations;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The node's network, except for pods of Gantry's own that want none. */
final class EnginePodNetwork implements PodNetwork {

    private volatile PodNetwork node;

    EnginePodNetwork(PodNetwork node) {
        this.node = node;
    }

    /**
     * Another configuration of the node's network. Pods that are connected are disconnected by what
     * is remembered of them, which both have in one place.
     */
    void use(PodNetwork next) {
        node = next;
    }

    @Override
    public PodNetworkStatus add(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
        return EngineAnnotations.wantsNoNetwork(pod)
                ? PodNetworkStatus.none()
                : node.add(pod, netns, deadline);
    }

    @Override
    public void remove(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
        if (!EngineAnnotations.wantsNoNetwork(pod)) {
            node.remove(pod, netns, deadline);
        }
    }

    @Override
    public Set<PodSandboxId> connected() throws IOException {
        return node.connected();
    }

    @Override
    public void release(PodSandboxId id, Deadline deadline) throws IOException {
        node.release(id, deadline);
    }

    @Override
    public void collect(Deadline deadline) throws IOException {
        node.collect(deadline);
    }

    @Override
    public void usePodCidrs(List<String> ranges) throws IOException {
        node.usePodCidrs(ranges);
    }

    @Override
    public Optional<Inspection> inspect(PodSandbox pod, Deadline deadline) throws IOException {
        return node.inspect(pod, deadline);
    }

    @Override
    public Readiness status() {
        return node.status();
    }
}
