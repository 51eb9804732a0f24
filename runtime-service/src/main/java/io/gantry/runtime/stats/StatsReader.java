package io.gantry.runtime.stats;

import io.gantry.base.Clock;
import io.gantry.base.error.InternalException;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.linux.procfs.NetworkDevice;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads what pods and containers use. */
public final class StatsReader implements RuntimeStats, AutoCloseable {

    private static final String LOOPBACK = "lo";

    private final Population population;
    private final CgroupManager cgroups;
    private final ProcFs proc;
    private final Clock clock;
    private final CpuRates rates;
    private final LayerSizes sizes;
    private final DetailsReader details;
    private final PodCounters counters = new PodCounters();

    /** The pods and containers there are. */
    public interface Population {

        /** As {@link RuntimeStats#container} has it. */
        Container container(String id);

        /** Those that match, oldest first. */
        List<Container> containers(ContainerFilter filter);

        /** As {@link RuntimeStats#pod} has it. */
        PodSandbox pod(String id);

        /** Those that match, oldest first. */
        List<PodSandbox> pods(PodSandboxFilter filter);
    }

    /** Where containers write to, and the file systems that it is on. */
    public record Storage(RootfsProvider rootfs, FileSystems fileSystems) {}

    /** Nothing is read yet. */
    public StatsReader(
            Population population,
            CgroupManager cgroups,
            ProcFs proc,
            Storage storage,
            Clock clock) {
        this.population = population;
        this.cgroups = cgroups;
        this.proc = proc;
        this.clock = clock;
        this.rates =
                new CpuRates(group -> cgroups.cpuNanos(new CgroupPath(group)), this::groups, clock);
        this.sizes = new LayerSizes(storage.rootfs(), clock);
        this.details = new DetailsReader(cgroups, proc, storage.fileSystems());
    }

    @Override
    public ContainerUse container(String id) {
        return use(population.container(id));
    }

    @Override
    public List<ContainerUse> containers(ContainerFilter filter) {
        List<ContainerUse> all = population.containers(filter).stream().map(this::use).toList();
        forgetRemoved();
        return all;
    }

    @Override
    public PodUse pod(String id) {
        PodSandbox pod = population.pod(id);
        if (!pod.isReady()) {
            throw new UnavailableException("pod sandbox " + pod.id() + " is not ready");
        }
        try {
            return use(pod);
        } catch (IOException e) {
            throw new InternalException(
                    "read what pod sandbox " + pod.id() + " uses: " + e.getMessage(), e);
        }
    }

    @Override
    public List<PodUse> pods(PodSandboxFilter filter) {
        List<PodUse> all = new ArrayList<>();
        for (PodSandbox pod : population.pods(filter)) {
            try {
                if (pod.isReady()) {
                    all.add(use(pod));
                }
            } catch (IOException e) {
                // It is being stopped; the next list does not have it.
            }
        }
        forgetRemoved();
        return all;
    }

    @Override
    public List<PodDetails> details(PodSandboxFilter filter) {
        try {
            return details.of(pods(filter));
        } catch (IOException e) {
            throw new InternalException("read what pods use: " + e.getMessage(), e);
        }
    }

    private ContainerUse use(Container container) {
        Optional<GroupUse> group = Optional.empty();
        if (container.state() == ContainerState.RUNNING) {
            try {
                group = Optional.of(use(container.cgroup()));
            } catch (IOException e) {
                // It has ended since.
            }
        }
        return new ContainerUse(container, group, sizes.of(container.id()));
    }

    private GroupUse use(String group) throws IOException {
        return use(group, cgroups.usage(new CgroupPath(group)));
    }

    private GroupUse use(String name, CgroupUsage usage) {
        Instant at = clock.now();
        return new GroupUse(
                at, usage, rates.rate(name, clock.nanoTime(), usage.cpu().usageNanos()));
    }

    private PodUse use(PodSandbox pod) throws IOException {
        List<ContainerUse> containers =
                population.containers(ContainerFilter.in(pod.id())).stream()
                        .filter(each -> each.state() == ContainerState.RUNNING)
                        .map(this::use)
                        .filter(each -> each.group().isPresent())
                        .toList();
        return new PodUse(pod, whole(pod, containers), devices(pod), containers);
    }

    private GroupUse whole(PodSandbox pod, List<ContainerUse> containers) throws IOException {
        Optional<String> own = PodGroups.own(pod);
        if (own.isPresent()) {
            return use(own.get());
        }
        GroupUse sandbox = use(pod.cgroup());
        List<GroupUse> parts = new ArrayList<>(List.of(sandbox));
        Map<String, CgroupUsage> groups = new HashMap<>(Map.of(pod.cgroup(), sandbox.usage()));
        for (ContainerUse each : containers) {
            each.group()
                    .ifPresent(
                            group -> {
                                parts.add(group);
                                groups.put(each.container().cgroup(), group.usage());
                            });
        }
        return new GroupUse(
                sandbox.at(), counters.sum(pod.id(), groups), PodGroups.sumOfRates(parts));
    }

    /** Through a process that is in the pod's namespace, so that nobody has to enter it. */
    private List<NetworkDevice> devices(PodSandbox pod) throws IOException {
        ShimProcess shim = pod.status().shim();
        if (shim == null || pod.config().namespaces().hostNetwork()) {
            return List.of();
        }
        return proc.networkDevices(shim.pid()).orElse(List.of()).stream()
                .filter(device -> !device.name().equals(LOOPBACK))
                .toList();
    }

    private Set<String> groups() {
        Set<String> groups = new HashSet<>();
        for (PodSandbox pod : population.pods(PodSandboxFilter.of(null))) {
            if (pod.isReady()) {
                groups.add(PodGroups.own(pod).orElse(pod.cgroup()));
            }
        }
        population.containers(ContainerFilter.of(null)).stream()
                .filter(each -> each.state() == ContainerState.RUNNING)
                .forEach(each -> groups.add(each.cgroup()));
        return groups;
    }

    private void forgetRemoved() {
        sizes.retain(
                population.containers(ContainerFilter.of(null)).stream()
                        .map(Container::id)
                        .collect(Collectors.toSet()));
        counters.retain(
                population.pods(PodSandboxFilter.of(null)).stream()
                        .map(PodSandbox::id)
                        .collect(Collectors.toSet()));
    }

    @Override
    public void close() {
        rates.close();
    }
}
