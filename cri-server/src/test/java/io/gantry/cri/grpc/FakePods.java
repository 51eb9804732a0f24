package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.service.PodManager;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Pods that are ready at once, in memory. */
final class FakePods implements PodManager {

    static final Instant CREATED = Instant.parse("2026-01-31T12:00:00.000000001Z");

    private final Map<String, PodSandbox> pods = new ConcurrentSkipListMap<>();
    private PodNetworkStatus network = PodNetworkStatus.none();

    void connectWith(String... ips) {
        network = new PodNetworkStatus(List.of(ips));
    }

    @Override
    public PodSandboxId run(
            PodOwner owner, PodSandboxConfig config, String runtimeHandler, Deadline deadline) {
        if (!runtimeHandler.isEmpty()) {
            throw new NotFoundException("runtime handler \"" + runtimeHandler + "\" not found");
        }
        PodSandboxId id = PodSandboxId.random();
        PodSandbox pod =
                new PodSandbox(
                        id,
                        owner,
                        runtimeHandler,
                        config,
                        "host",
                        "/gantry/" + id,
                        CREATED,
                        PodSandboxStatus.creating().ready(network));
        pods.put(id.value(), pod);
        return id;
    }

    @Override
    public void updateResources(
            String id,
            @Nullable LinuxResources overhead,
            @Nullable LinuxResources resources,
            Deadline deadline) {
        pods.computeIfPresent(
                id,
                (key, pod) ->
                        pod.with(
                                pod.config()
                                        .with(
                                                Objects.requireNonNullElse(
                                                        overhead, pod.config().overhead()),
                                                Objects.requireNonNullElse(
                                                        resources, pod.config().resources()))));
    }

    @Override
    public void stop(String id, Deadline deadline) {
        pods.computeIfPresent(id, (key, pod) -> pod.with(pod.status().stopped()));
    }

    @Override
    public void remove(String id, Deadline deadline) {
        pods.remove(id);
    }

    @Override
    public PodSandbox get(String id) {
        List<PodSandbox> found = new ArrayList<>();
        pods.forEach(
                (key, pod) -> {
                    if (key.startsWith(id)) {
                        found.add(pod);
                    }
                });
        if (found.size() > 1) {
            throw new InvalidArgumentException("pod sandbox id \"" + id + "\" is ambiguous");
        }
        if (found.isEmpty()) {
            throw new NotFoundException("pod sandbox \"" + id + "\" not found");
        }
        return found.getFirst();
    }

    @Override
    public Optional<PodSandbox> find(String id) {
        return Optional.ofNullable(pods.get(id));
    }

    /** From now on the pod is like that. */
    void is(String id, PodSandboxStatus status) {
        pods.computeIfPresent(id, (key, pod) -> pod.with(status));
    }

    @Override
    public List<PodSandbox> list(PodSandboxFilter filter) {
        return pods.values().stream().filter(filter::matches).toList();
    }
}
