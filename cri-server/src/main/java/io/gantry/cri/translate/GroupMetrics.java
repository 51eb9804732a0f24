package io.gantry.cri.translate;

import static io.gantry.cri.translate.MetricFamily.counter;
import static io.gantry.cri.translate.MetricFamily.gauge;

import io.gantry.cri.translate.MetricFamily.Value;
import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.linux.cgroup.CgroupUsage.Stalls;
import io.gantry.linux.cgroup.Pressure;
import io.gantry.proto.cri.MetricType;
import io.gantry.runtime.stats.GroupUse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** The metrics of control groups, which pods and containers have. */
final class GroupMetrics {

    static final List<MetricFamily<GroupUse>> ALL =
            List.of(
                    cpuCounter(
                            "cpu_cfs_periods_total",
                            "Periods in which there was a quota of processors.",
                            CgroupUsage.Cpu::periods),
                    cpuCounter(
                            "cpu_cfs_throttled_periods_total",
                            "Periods in which the quota of processors was used up.",
                            CgroupUsage.Cpu::throttledPeriods),
                    cpuCounter(
                            "cpu_cfs_throttled_seconds_total",
                            "Seconds of waiting for a new quota of processors.",
                            cpu -> seconds(cpu.throttledNanos())),
                    cpuCounter(
                            "cpu_system_seconds_total",
                            "Seconds of processors spent in the kernel.",
                            cpu -> seconds(cpu.systemNanos())),
                    cpuCounter(
                            "cpu_usage_seconds_total",
                            "Seconds of processors spent.",
                            cpu -> seconds(cpu.usageNanos())),
                    cpuCounter(
                            "cpu_user_seconds_total",
                            "Seconds of processors spent outside the kernel.",
                            cpu -> seconds(cpu.userNanos())),
                    memoryGauge(
                            "memory_cache", "Bytes of pages of files.", CgroupUsage.Memory::cache),
                    memoryGauge(
                            "memory_kernel_usage",
                            "Bytes that the kernel holds.",
                            CgroupUsage.Memory::kernel),
                    memoryGauge(
                            "memory_mapped_file",
                            "Bytes of mapped pages of files.",
                            CgroupUsage.Memory::mappedFile),
                    memoryGauge(
                            "memory_max_usage_bytes",
                            "Most bytes that were ever in use.",
                            CgroupUsage.Memory::highest),
                    memoryGauge("memory_rss", "Bytes of anonymous pages.", CgroupUsage.Memory::rss),
                    memoryGauge("memory_swap", "Bytes swapped out.", CgroupUsage.Memory::swap),
                    memoryGauge(
                            "memory_usage_bytes",
                            "Bytes in use, pages of files included.",
                            CgroupUsage.Memory::usage),
                    memoryGauge(
                            "memory_working_set_bytes",
                            "Bytes in use that cannot be given up at once.",
                            CgroupUsage.Memory::workingSet),
                    counter(
                            "memory_failcnt",
                            "How often a limit of memory was hit.",
                            use -> use.usage().memory().refusals()),
                    new MetricFamily<>(
                            "memory_failures_total",
                            MetricType.COUNTER,
                            "Faults of pages.",
                            List.of("failure_type", "scope"),
                            GroupMetrics::pageFaults),
                    counter(
                            "oom_events_total",
                            "Processes killed for want of memory.",
                            use -> use.usage().memory().oomKills()),
                    gauge("threads", "Threads of all processes.", use -> use.usage().pids()),
                    gauge(
                            "last_seen",
                            "When this was read, in seconds of the epoch.",
                            use -> use.at().getEpochSecond()),
                    waiting("cpu", "a processor", Stalls::cpu),
                    stalled("cpu", "a processor", Stalls::cpu),
                    waiting("io", "input or output", Stalls::io),
                    stalled("io", "input or output", Stalls::io),
                    waiting("memory", "memory", Stalls::memory),
                    stalled("memory", "memory", Stalls::memory));

    private GroupMetrics() {}

    private static MetricFamily<GroupUse> cpuCounter(
            String name, String help, ToLongFunction<CgroupUsage.Cpu> number) {
        return counter(name, help, use -> number.applyAsLong(use.usage().cpu()));
    }

    private static MetricFamily<GroupUse> memoryGauge(
            String name, String help, ToLongFunction<CgroupUsage.Memory> number) {
        return gauge(name, help, use -> number.applyAsLong(use.usage().memory()));
    }

    /** A group counts itself and all below it, so both scopes are the same here. */
    private static List<Value> pageFaults(GroupUse use) {
        CgroupUsage.Memory memory = use.usage().memory();
        return List.of(
                new Value(List.of("pgfault", "container"), memory.pageFaults()),
                new Value(List.of("pgmajfault", "container"), memory.majorPageFaults()),
                new Value(List.of("pgfault", "hierarchy"), memory.pageFaults()),
                new Value(List.of("pgmajfault", "hierarchy"), memory.majorPageFaults()));
    }

    private static MetricFamily<GroupUse> waiting(
            String resource, String words, Function<Stalls, Optional<Pressure>> pressure) {
        return pressure(
                "pressure_" + resource + "_waiting_seconds_total",
                "Seconds in which some task waited for " + words + ".",
                use -> pressure.apply(use.usage().stalls()).map(Pressure::some));
    }

    private static MetricFamily<GroupUse> stalled(
            String resource, String words, Function<Stalls, Optional<Pressure>> pressure) {
        return pressure(
                "pressure_" + resource + "_stalled_seconds_total",
                "Seconds in which every task waited for " + words + ".",
                use -> pressure.apply(use.usage().stalls()).map(Pressure::full));
    }

    private static MetricFamily<GroupUse> pressure(
            String name, String help, Function<GroupUse, Optional<Pressure.Share>> share) {
        return new MetricFamily<>(
                name,
                MetricType.COUNTER,
                help,
                List.of(),
                use ->
                        Value.of(
                                share.apply(use).stream()
                                        .mapToLong(
                                                each ->
                                                        TimeUnit.MICROSECONDS.toSeconds(
                                                                each.totalMicros()))
                                        .findFirst()));
    }

    private static long seconds(long nanos) {
        return TimeUnit.NANOSECONDS.toSeconds(nanos);
    }
}
