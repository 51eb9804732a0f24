package io.gantry.linux.cgroup;

import io.gantry.linux.cgroup.CgroupUsage.Cpu;
import io.gantry.linux.cgroup.CgroupUsage.Memory;
import io.gantry.linux.cgroup.CgroupUsage.Stalls;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** What version 2 counts. */
final class UsageV2 {

    private UsageV2() {}

    static CgroupUsage read(Counters group) throws IOException {
        return new CgroupUsage(
                cpu(group.table("cpu.stat")),
                memory(group),
                new Stalls(
                        group.pressure("cpu.pressure"),
                        group.pressure("memory.pressure"),
                        group.pressure("io.pressure")),
                group.number("pids.current"));
    }

    static long cpuNanos(Counters group) throws IOException {
        return micros(group.table("cpu.stat"), "usage_usec");
    }

    private static Cpu cpu(Map<String, Long> stat) {
        return new Cpu(
                micros(stat, "usage_usec"),
                micros(stat, "user_usec"),
                micros(stat, "system_usec"),
                stat.getOrDefault("nr_periods", 0L),
                stat.getOrDefault("nr_throttled", 0L),
                micros(stat, "throttled_usec"));
    }

    private static long micros(Map<String, Long> stat, String key) {
        return TimeUnit.MICROSECONDS.toNanos(stat.getOrDefault(key, 0L));
    }

    private static Memory memory(Counters group) throws IOException {
        Map<String, Long> stat = group.table("memory.stat");
        Map<String, Long> events = group.table("memory.events");
        OptionalLong limit = group.limit("memory.max");
        OptionalLong swap = group.limit("memory.swap.max");
        return new Memory(
                group.number("memory.current"),
                stat.getOrDefault("inactive_file", 0L),
                stat.getOrDefault("anon", 0L),
                stat.getOrDefault("file", 0L),
                stat.getOrDefault("file_mapped", 0L),
                // A number of its own since Linux 5.18.
                stat.getOrDefault(
                        "kernel",
                        stat.getOrDefault("slab", 0L) + stat.getOrDefault("kernel_stack", 0L)),
                group.number("memory.swap.current"),
                group.number("memory.peak"),
                events.getOrDefault("max", 0L),
                events.getOrDefault("oom_kill", 0L),
                stat.getOrDefault("pgfault", 0L),
                stat.getOrDefault("pgmajfault", 0L),
                limit,
                // As version 1 counts it: with memory.
                limit.isPresent() && swap.isPresent()
                        ? OptionalLong.of(limit.getAsLong() + swap.getAsLong())
                        : OptionalLong.empty());
    }
}
