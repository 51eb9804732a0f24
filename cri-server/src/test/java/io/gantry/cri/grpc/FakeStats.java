package io.gantry.cri.grpc;

import io.gantry.linux.cgroup.CgroupAccounts;
import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.linux.cgroup.Pressure;
import io.gantry.linux.procfs.NetworkDevice;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.stats.ContainerDetails;
import io.gantry.runtime.stats.ContainerUse;
import io.gantry.runtime.stats.FileSystemSpace;
import io.gantry.runtime.stats.GroupUse;
import io.gantry.runtime.stats.PodDetails;
import io.gantry.runtime.stats.PodUse;
import io.gantry.runtime.stats.ProcessFacts;
import io.gantry.runtime.stats.RuntimeStats;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Everybody uses the same, which differs in every number. */
final class FakeStats implements RuntimeStats {

    static final Instant AT = Instant.ofEpochSecond(7);

    private static final GroupUse GROUP =
            new GroupUse(
                    AT,
                    new CgroupUsage(
                            new CgroupUsage.Cpu(1000, 600, 400, 30, 20, 10),
                            new CgroupUsage.Memory(
                                    5000,
                                    1500,
                                    2000,
                                    2500,
                                    300,
                                    200,
                                    70,
                                    6000,
                                    5,
                                    1,
                                    900,
                                    90,
                                    OptionalLong.of(8000),
                                    OptionalLong.of(9000)),
                            new CgroupUsage.Stalls(
                                    Optional.empty(),
                                    Optional.empty(),
                                    Optional.of(
                                            new Pressure(
                                                    new Pressure.Share(11, 1, 2, 3),
                                                    new Pressure.Share(12, 4, 5, 6)))),
                            4),
                    OptionalLong.of(123));

    private final FakePods pods;
    private final FakeContainers containers;

    FakeStats(FakePods pods, FakeContainers containers) {
        this.pods = pods;
        this.containers = containers;
    }

    @Override
    public ContainerUse container(String id) {
        return use(containers.get(id));
    }

    @Override
    public List<ContainerUse> containers(ContainerFilter filter) {
        return containers.list(filter).stream().map(FakeStats::use).toList();
    }

    @Override
    public PodUse pod(String id) {
        return use(pods.get(id));
    }

    @Override
    public List<PodUse> pods(PodSandboxFilter filter) {
        return pods.list(filter).stream().map(this::use).toList();
    }

    @Override
    public List<PodDetails> details(PodSandboxFilter filter) {
        return pods(filter).stream()
                .map(
                        pod ->
                                new PodDetails(
                                        pod,
                                        pod.containers().stream()
                                                .filter(use -> use.group().isPresent())
                                                .map(FakeStats::details)
                                                .toList()))
                .toList();
    }

    private static ContainerDetails details(ContainerUse use) {
        return new ContainerDetails(
                use,
                GROUP,
                new CgroupAccounts(
                        List.of(
                                new CgroupAccounts.DeviceIo(8, 0, 4096, 512, 2, 1),
                                new CgroupAccounts.DeviceIo(9, 9, 1, 0, 1, 0)),
                        List.of(new CgroupAccounts.HugePages("2MB", 2048, OptionalLong.empty())),
                        OptionalLong.of(77)),
                new ProcessFacts(2, 9, 3, OptionalLong.of(1024)),
                Optional.of(new FileSystemSpace("/dev/sda1", 1 << 20, 500, 400)),
                Map.of("8:0", "sda"));
    }

    private PodUse use(PodSandbox pod) {
        return new PodUse(
                pod,
                GROUP,
                List.of(device("net1", 1), device("eth0", 10)),
                containers(ContainerFilter.in(pod.id())));
    }

    private static NetworkDevice device(String name, long scale) {
        return new NetworkDevice(
                name,
                new NetworkDevice.Traffic(scale, 2 * scale, 3 * scale, 4 * scale),
                new NetworkDevice.Traffic(5 * scale, 6 * scale, 7 * scale, 8 * scale));
    }

    private static ContainerUse use(Container container) {
        return new ContainerUse(
                container,
                container.state() == ContainerState.RUNNING ? Optional.of(GROUP) : Optional.empty(),
                Optional.of(new LayerUsage(Path.of("/var/lib/gantry"), 44, 3, AT)));
    }
}
