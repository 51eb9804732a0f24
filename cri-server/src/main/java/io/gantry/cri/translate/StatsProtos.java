package io.gantry.cri.translate;

import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.linux.cgroup.Pressure;
import io.gantry.linux.procfs.NetworkDevice;
import io.gantry.proto.cri.ContainerAttributes;
import io.gantry.proto.cri.ContainerStats;
import io.gantry.proto.cri.ContainerStatsFilter;
import io.gantry.proto.cri.CpuUsage;
import io.gantry.proto.cri.FilesystemIdentifier;
import io.gantry.proto.cri.FilesystemUsage;
import io.gantry.proto.cri.IoUsage;
import io.gantry.proto.cri.LinuxPodSandboxStats;
import io.gantry.proto.cri.MemoryUsage;
import io.gantry.proto.cri.NetworkInterfaceUsage;
import io.gantry.proto.cri.NetworkUsage;
import io.gantry.proto.cri.PodSandboxAttributes;
import io.gantry.proto.cri.PodSandboxStats;
import io.gantry.proto.cri.PodSandboxStatsFilter;
import io.gantry.proto.cri.ProcessUsage;
import io.gantry.proto.cri.PsiData;
import io.gantry.proto.cri.PsiStats;
import io.gantry.proto.cri.SwapUsage;
import io.gantry.proto.cri.UInt64Value;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.stats.ContainerUse;
import io.gantry.runtime.stats.GroupUse;
import io.gantry.runtime.stats.PodUse;
import java.util.OptionalLong;

/** What pods and containers use. */
public final class StatsProtos {

    /** What CNI is asked to call the interface of a pod's first network. */
    private static final String DEFAULT_INTERFACE = "eth0";

    private StatsProtos() {}

    /** Which containers of the CRI are wanted. */
    public static ContainerFilter toDomain(ContainerStatsFilter proto) {
        return new ContainerFilter(
                PodOwner.CRI,
                proto.getId(),
                proto.getPodSandboxId(),
                null,
                proto.getLabelSelectorMap());
    }

    /** Which sandboxes of the CRI are wanted. */
    public static PodSandboxFilter toDomain(PodSandboxStatsFilter proto) {
        return new PodSandboxFilter(PodOwner.CRI, proto.getId(), null, proto.getLabelSelectorMap());
    }

    /** What a container uses; one that does not run uses neither processors nor memory. */
    public static ContainerStats toProto(ContainerUse use) {
        ContainerStats.Builder proto =
                ContainerStats.newBuilder().setAttributes(attributes(use.container()));
        use.group()
                .ifPresent(
                        group -> {
                            proto.setCpu(cpu(group)).setMemory(memory(group)).setSwap(swap(group));
                            group.usage()
                                    .stalls()
                                    .io()
                                    .ifPresent(psi -> proto.setIo(io(group, psi)));
                        });
        use.layer().ifPresent(layer -> proto.setWritableLayer(layer(layer)));
        return proto.build();
    }

    /** What a pod uses. */
    public static PodSandboxStats toProto(PodUse use) {
        GroupUse group = use.group();
        long at = Fields.nanos(group.at());
        LinuxPodSandboxStats.Builder linux =
                LinuxPodSandboxStats.newBuilder()
                        .setCpu(cpu(group))
                        .setMemory(memory(group))
                        .setProcess(
                                ProcessUsage.newBuilder()
                                        .setTimestamp(at)
                                        .setProcessCount(number(group.usage().pids())));
        group.usage().stalls().io().ifPresent(psi -> linux.setIo(io(group, psi)));
        if (!use.devices().isEmpty()) {
            linux.setNetwork(network(use, at));
        }
        use.containers().forEach(each -> linux.addContainers(toProto(each)));
        return PodSandboxStats.newBuilder()
                .setAttributes(attributes(use.pod()))
                .setLinux(linux)
                .build();
    }

    private static ContainerAttributes attributes(Container container) {
        return ContainerAttributes.newBuilder()
                .setId(container.id().value())
                .setMetadata(ContainerProtos.toProto(container).getMetadata())
                .putAllLabels(container.config().labels())
                .putAllAnnotations(container.config().annotations())
                .build();
    }

    private static PodSandboxAttributes attributes(PodSandbox pod) {
        return PodSandboxAttributes.newBuilder()
                .setId(pod.id().value())
                .setMetadata(PodProtos.toProto(pod).getMetadata())
                .putAllLabels(pod.config().labels())
                .putAllAnnotations(pod.config().annotations())
                .build();
    }

    private static CpuUsage cpu(GroupUse group) {
        CpuUsage.Builder proto =
                CpuUsage.newBuilder()
                        .setTimestamp(Fields.nanos(group.at()))
                        .setUsageCoreNanoSeconds(number(group.usage().cpu().usageNanos()));
        group.nanoCores().ifPresent(rate -> proto.setUsageNanoCores(number(rate)));
        group.usage().stalls().cpu().ifPresent(psi -> proto.setPsi(psi(psi)));
        return proto.build();
    }

    private static MemoryUsage memory(GroupUse group) {
        CgroupUsage.Memory memory = group.usage().memory();
        MemoryUsage.Builder proto =
                MemoryUsage.newBuilder()
                        .setTimestamp(Fields.nanos(group.at()))
                        .setWorkingSetBytes(number(memory.workingSet()))
                        .setUsageBytes(number(memory.usage()))
                        .setRssBytes(number(memory.rss()))
                        .setPageFaults(number(memory.pageFaults()))
                        .setMajorPageFaults(number(memory.majorPageFaults()));
        memory.limit()
                .ifPresent(
                        limit ->
                                proto.setAvailableBytes(
                                        number(Math.max(0, limit - memory.workingSet()))));
        group.usage().stalls().memory().ifPresent(psi -> proto.setPsi(psi(psi)));
        return proto.build();
    }

    private static SwapUsage swap(GroupUse group) {
        CgroupUsage.Memory memory = group.usage().memory();
        SwapUsage.Builder proto =
                SwapUsage.newBuilder()
                        .setTimestamp(Fields.nanos(group.at()))
                        .setSwapUsageBytes(number(memory.swap()));
        swapLimit(memory)
                .ifPresent(
                        limit ->
                                proto.setSwapAvailableBytes(
                                        number(Math.max(0, limit - memory.swap()))));
        return proto.build();
    }

    /** Of swap alone. */
    private static OptionalLong swapLimit(CgroupUsage.Memory memory) {
        return memory.limit().isPresent() && memory.swapLimit().isPresent()
                ? OptionalLong.of(
                        Math.max(0, memory.swapLimit().getAsLong() - memory.limit().getAsLong()))
                : OptionalLong.empty();
    }

    private static IoUsage io(GroupUse group, Pressure psi) {
        return IoUsage.newBuilder().setTimestamp(Fields.nanos(group.at())).setPsi(psi(psi)).build();
    }

    private static PsiStats psi(Pressure psi) {
        return PsiStats.newBuilder().setFull(psi(psi.full())).setSome(psi(psi.some())).build();
    }

    private static PsiData psi(Pressure.Share share) {
        return PsiData.newBuilder()
                .setTotal(share.totalMicros())
                .setAvg10(share.avg10())
                .setAvg60(share.avg60())
                .setAvg300(share.avg300())
                .build();
    }

    private static FilesystemUsage layer(LayerUsage layer) {
        return FilesystemUsage.newBuilder()
                .setTimestamp(Fields.nanos(layer.measured()))
                .setFsId(
                        FilesystemIdentifier.newBuilder()
                                .setMountpoint(layer.mountpoint().toString()))
                .setUsedBytes(number(layer.bytes()))
                .setInodesUsed(number(layer.inodes()))
                .build();
    }

    private static NetworkUsage network(PodUse use, long at) {
        NetworkUsage.Builder proto = NetworkUsage.newBuilder().setTimestamp(at);
        NetworkDevice first =
                use.devices().stream()
                        .filter(device -> device.name().equals(DEFAULT_INTERFACE))
                        .findFirst()
                        .orElse(use.devices().getFirst());
        proto.setDefaultInterface(device(first));
        use.devices().forEach(device -> proto.addInterfaces(device(device)));
        return proto.build();
    }

    private static NetworkInterfaceUsage device(NetworkDevice device) {
        return NetworkInterfaceUsage.newBuilder()
                .setName(device.name())
                .setRxBytes(number(device.received().bytes()))
                .setRxErrors(number(device.received().errors()))
                .setTxBytes(number(device.sent().bytes()))
                .setTxErrors(number(device.sent().errors()))
                .build();
    }

    private static UInt64Value number(long value) {
        return UInt64Value.newBuilder().setValue(value).build();
    }
}
