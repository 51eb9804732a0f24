package io.gantry.cri.translate;

import static io.gantry.cri.translate.MetricFamily.gauge;

import io.gantry.cri.translate.MetricFamily.Value;
import io.gantry.linux.cgroup.CgroupAccounts.DeviceIo;
import io.gantry.linux.cgroup.CgroupAccounts.HugePages;
import io.gantry.proto.cri.MetricType;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.stats.ContainerDetails;
import io.gantry.runtime.stats.FileSystemSpace;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** The metrics that only containers have. */
final class ContainerMetrics {

    /** What the kernel gives a group that nobody has said anything about. */
    private static final long DEFAULT_PERIOD = 100_000;

    private static final long DEFAULT_SHARES = 1024;

    static final List<MetricFamily<ContainerDetails>> ALL =
            Stream.of(processes(), storage(), hugePages(), limits())
                    .flatMap(Function.identity())
                    .toList();

    private ContainerMetrics() {}

    private static Stream<MetricFamily<ContainerDetails>> processes() {
        return Stream.of(
                gauge("processes", "Processes.", each -> each.processes().processes()),
                gauge(
                        "file_descriptors",
                        "Open file descriptors.",
                        each -> each.processes().descriptors()),
                gauge(
                        "sockets",
                        "Open file descriptors that are sockets.",
                        each -> each.processes().sockets()),
                gauge(
                        "start_time_seconds",
                        "When it was started, in seconds of the epoch.",
                        ContainerMetrics::startSeconds));
    }

    private static long startSeconds(ContainerDetails each) {
        Instant started = each.use().container().status().startedAt();
        return started == null ? 0 : started.getEpochSecond();
    }

    private static Stream<MetricFamily<ContainerDetails>> storage() {
        return Stream.of(
                space("fs_inodes_free", "Free inodes.", FileSystemSpace::inodesFree),
                space("fs_inodes_total", "Inodes.", FileSystemSpace::inodes),
                space("fs_limit_bytes", "Bytes that can be used.", FileSystemSpace::bytes),
                new MetricFamily<>(
                        "fs_usage_bytes",
                        MetricType.GAUGE,
                        "Bytes written and still there.",
                        List.of("device"),
                        ContainerMetrics::written),
                io("fs_reads_bytes_total", "Bytes read.", DeviceIo::readBytes),
                io("fs_reads_total", "Reads.", DeviceIo::reads),
                io("fs_writes_bytes_total", "Bytes written.", DeviceIo::writtenBytes),
                io("fs_writes_total", "Writes.", DeviceIo::writes),
                new MetricFamily<>(
                        "blkio_device_usage_total",
                        MetricType.COUNTER,
                        "Bytes read from and written to block devices.",
                        List.of("device", "major", "minor", "operation"),
                        ContainerMetrics::deviceUsage));
    }

    private static MetricFamily<ContainerDetails> space(
            String name, String help, ToLongFunction<FileSystemSpace> number) {
        return new MetricFamily<>(
                name,
                MetricType.GAUGE,
                help,
                List.of("device"),
                each ->
                        each.space().stream()
                                .map(
                                        space ->
                                                new Value(
                                                        List.of(space.device()),
                                                        number.applyAsLong(space)))
                                .toList());
    }

    private static List<Value> written(ContainerDetails each) {
        return each.space().stream()
                .flatMap(
                        space ->
                                each.use().layer().stream()
                                        .map(
                                                layer ->
                                                        new Value(
                                                                List.of(space.device()),
                                                                layer.bytes())))
                .toList();
    }

    private static MetricFamily<ContainerDetails> io(
            String name, String help, ToLongFunction<DeviceIo> number) {
        return new MetricFamily<>(
                name,
                MetricType.COUNTER,
                help,
                List.of("device"),
                each ->
                        each.accounts().devices().stream()
                                .map(
                                        io ->
                                                new Value(
                                                        List.of(device(each, io)),
                                                        number.applyAsLong(io)))
                                .toList());
    }

    private static List<Value> deviceUsage(ContainerDetails each) {
        return each.accounts().devices().stream()
                .flatMap(
                        io ->
                                Stream.of(
                                        operation(each, io, "Read", io.readBytes()),
                                        operation(each, io, "Write", io.writtenBytes())))
                .toList();
    }

    private static Value operation(ContainerDetails each, DeviceIo io, String name, long bytes) {
        return new Value(
                List.of(
                        device(each, io),
                        Integer.toString(io.major()),
                        Integer.toString(io.minor()),
                        name),
                bytes);
    }

    /** The device's file; its numbers where the kernel has no name for it. */
    private static String device(ContainerDetails each, DeviceIo io) {
        String numbers = io.major() + ":" + io.minor();
        String name = each.blockDevices().get(numbers);
        return name == null ? numbers : "/dev/" + name;
    }

    private static Stream<MetricFamily<ContainerDetails>> hugePages() {
        return Stream.of(
                pages(
                        "hugetlb_usage_bytes",
                        "Bytes of huge pages in use.",
                        each -> OptionalLong.of(each.usage())),
                pages(
                        "hugetlb_max_usage_bytes",
                        "Most bytes of huge pages that were ever in use.",
                        HugePages::highest));
    }

    private static MetricFamily<ContainerDetails> pages(
            String name, String help, Function<HugePages, OptionalLong> number) {
        return new MetricFamily<>(
                name,
                MetricType.GAUGE,
                help,
                List.of("pagesize"),
                each ->
                        each.accounts().hugePages().stream()
                                .flatMap(
                                        pages ->
                                                number.apply(pages).stream()
                                                        .mapToObj(
                                                                bytes ->
                                                                        new Value(
                                                                                List.of(
                                                                                        pages
                                                                                                .size()),
                                                                                bytes)))
                                .toList());
    }

    private static Stream<MetricFamily<ContainerDetails>> limits() {
        return Stream.of(
                gauge(
                        "spec_cpu_period",
                        "Microseconds of a period of the quota of processors.",
                        each -> positive(resources(each).cpuPeriod(), DEFAULT_PERIOD)),
                new MetricFamily<>(
                        "spec_cpu_quota",
                        MetricType.GAUGE,
                        "Microseconds of processors in each period; absent: no limit.",
                        List.of(),
                        each ->
                                Value.of(
                                        resources(each).cpuQuota() > 0
                                                ? OptionalLong.of(resources(each).cpuQuota())
                                                : OptionalLong.empty())),
                gauge(
                        "spec_cpu_shares",
                        "Weight against others when processors are scarce.",
                        each -> positive(resources(each).cpuShares(), DEFAULT_SHARES)),
                gauge(
                        "spec_memory_limit_bytes",
                        "Most bytes of memory; 0: no limit.",
                        each -> each.group().usage().memory().limit().orElse(0)),
                gauge(
                        "spec_memory_reservation_limit_bytes",
                        "Bytes of memory beyond which it is reclaimed; 0: no limit.",
                        ContainerMetrics::reservation),
                gauge(
                        "spec_memory_swap_limit_bytes",
                        "Most bytes of memory and swap together; 0: no limit.",
                        each -> each.group().usage().memory().swapLimit().orElse(0)),
                gauge(
                        "threads_max",
                        "Most threads at once; 0: no limit.",
                        each -> each.accounts().threadLimit().orElse(0)),
                new MetricFamily<>(
                        "ulimits_soft",
                        MetricType.GAUGE,
                        "Soft limits of the first process; absent: no limit.",
                        List.of("ulimit"),
                        each ->
                                each.processes().descriptorLimit().stream()
                                        .mapToObj(n -> new Value(List.of("max_open_files"), n))
                                        .toList()));
    }

    private static LinuxResources resources(ContainerDetails each) {
        return each.use().container().resources();
    }

    private static long reservation(ContainerDetails each) {
        String high = resources(each).unified().getOrDefault("memory.high", "max");
        return high.matches("[0-9]{1,18}") ? Long.parseLong(high) : 0;
    }

    private static long positive(long said, long otherwise) {
        return said > 0 ? said : otherwise;
    }
}
