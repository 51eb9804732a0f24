package io.gantry.linux.cgroup;

import io.gantry.linux.cgroup.CgroupUsage.Cpu;
import io.gantry.linux.cgroup.CgroupUsage.Memory;
import io.gantry.linux.cgroup.CgroupUsage.Stalls;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the controllers of version 1 count. */
final class UsageV1 {

    /**
     * Of a second: what times of users and the kernel are counted in, USER_HZ, on every machine.
     */
    private static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(1) / 100;

    private UsageV1() {}

    /** The directories of a group, by controller. */
    record Controllers(Counters cpuacct, Counters cpu, Counters memory, Counters pids) {}

    static CgroupUsage read(Controllers group) throws IOException {
        return new CgroupUsage(
                cpu(group),
                memory(group.memory()),
                new Stalls(Optional.empty(), Optional.empty(), Optional.empty()),
                group.pids().number("pids.current"));
    }

    static long cpuNanos(Counters cpuacct) throws IOException {
        return cpuacct.number("cpuacct.usage");
    }

    private static Cpu cpu(Controllers group) throws IOException {
        Map<String, Long> ticks = group.cpuacct().table("cpuacct.stat");
        Map<String, Long> quota = group.cpu().table("cpu.stat");
        return new Cpu(
                cpuNanos(group.cpuacct()),
                ticks.getOrDefault("user", 0L) * TICK_NANOS,
                ticks.getOrDefault("system", 0L) * TICK_NANOS,
                quota.getOrDefault("nr_periods", 0L),
                quota.getOrDefault("nr_throttled", 0L),
                quota.getOrDefault("throttled_time", 0L));
    }

    private static Memory memory(Counters memory) throws IOException {
        Map<String, Long> stat = memory.table("memory.stat");
        return new Memory(
                memory.number("memory.usage_in_bytes"),
                stat.getOrDefault("total_inactive_file", 0L),
                stat.getOrDefault("total_rss", 0L),
                stat.getOrDefault("total_cache", 0L),
                stat.getOrDefault("total_mapped_file", 0L),
                memory.number("memory.kmem.usage_in_bytes"),
                stat.getOrDefault("total_swap", 0L),
                memory.number("memory.max_usage_in_bytes"),
                memory.number("memory.failcnt"),
                memory.table("memory.oom_control").getOrDefault("oom_kill", 0L),
                stat.getOrDefault("total_pgfault", 0L),
                stat.getOrDefault("total_pgmajfault", 0L),
                memory.limit("memory.limit_in_bytes"),
                memory.limit("memory.memsw.limit_in_bytes"));
    }
}
