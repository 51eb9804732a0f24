package io.gantry.runtime.service;

import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlers;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxState;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The facade of the verbs on pods. */
final class Pods implements PodManager {

    private final RuntimeState state;
    private final RunPodSandbox runPodSandbox;
    private final StopPodSandbox stopPodSandbox;
    private final RemovePodSandbox removePodSandbox;
    private final Choices choices;

    Pods(
            RuntimeState state,
            RunPodSandbox runPodSandbox,
            StopPodSandbox stopPodSandbox,
            RemovePodSandbox removePodSandbox,
            Choices choices) {
        this.state = state;
        this.runPodSandbox = runPodSandbox;
        this.stopPodSandbox = stopPodSandbox;
        this.removePodSandbox = removePodSandbox;
        this.choices = choices;
    }

    /**
     * What a client may leave to the daemon, or choose of it.
     *
     * @param cgroups how those of pods are called
     */
    record Choices(CgroupNames cgroups, OciHandlers handlers, PodLabels labels) {

        /** The OCI runtime of a handler; empty for the default one, which is none. */
        Optional<OciHandler> handler(String name) {
            if (name.isEmpty()) {
                return Optional.empty();
            }
            OciHandler handler = handlers.get(name);
            handler.requireUsable();
            return Optional.of(handler);
        }
    }

    @Override
    public PodSandboxId run(
            PodOwner owner, PodSandboxConfig config, String runtimeHandler, Deadline deadline) {
        PodSandboxRequest request = new PodSandboxRequest(owner, config, runtimeHandler);
        request.validate();
        Optional<OciHandler> handler = choices.handler(runtimeHandler);
        PodSandbox wanted =
                choices.labels().labelled(request.toSandbox(choices.cgroups(), state.clock()));
        try {
            return runPodSandbox.run(wanted, handler, deadline);
        } finally {
            choices.labels().releaseUnlessMade(wanted);
        }
    }

    @Override
    public void stop(String id, Deadline deadline) {
        state.pods().resolve(id).ifPresent(pod -> stopPodSandbox.stop(pod.id(), deadline));
    }

    @Override
    public void remove(String id, Deadline deadline) {
        state.pods().resolve(id).ifPresent(pod -> removePodSandbox.remove(pod.id(), deadline));
    }

    @Override
    public void updateResources(
            String id,
            @Nullable LinuxResources overhead,
            @Nullable LinuxResources resources,
            Deadline deadline) {
        PodSandbox found = get(id);
        try (KeyedLocks.Held _ = state.locks().lock(found.id(), deadline)) {
            PodSandbox pod = state.pod(found.id().value());
            if (!pod.isReady()) {
                throw new FailedPreconditionException(
                        "pod sandbox " + pod.id() + " is " + pod.state() + ", not READY");
            }
            PodSandboxConfig before = pod.config();
            PodSandboxConfig after =
                    before.with(
                            Objects.requireNonNullElse(overhead, before.overhead()),
                            Objects.requireNonNullElse(resources, before.resources()));
            state.pods().update(pod.id().value(), now -> now.with(after));
        }
    }

    @Override
    public PodSandbox get(String id) {
        PodSandbox pod = state.pod(id);
        if (pod.state() == PodSandboxState.CREATING) {
            throw new NotFoundException("pod sandbox " + id + " does not exist yet");
        }
        return pod;
    }

    @Override
    public Optional<PodSandbox> find(String id) {
        return state.pods().find(id);
    }

    @Override
    public List<PodSandbox> list(PodSandboxFilter filter) {
        return state
                .pods()
                .list(pod -> pod.state() != PodSandboxState.CREATING && filter.matches(pod))
                .stream()
                .sorted(Comparator.comparing(PodSandbox::createdAt))
                .toList();
    }
}
