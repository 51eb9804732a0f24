package io.gantry.linux.security;

import java.util.List;

/**
 * Paths that a container which is not privileged does not see, or cannot write to; the lists of
 * Docker and containerd. They leak facts about the host or reach beyond the container.
 */
public final class DefaultPaths {

    private static final List<String> MASKED =
            List.of(
                    "/proc/acpi",
                    "/proc/asound",
                    "/proc/interrupts",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/sched_debug",
                    "/proc/scsi",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/sys/devices/virtual/powercap",
                    "/sys/firmware");

    private static final List<String> READONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    private DefaultPaths() {}

    public static List<String> masked() {
        return MASKED;
    }

    public static List<String> readonly() {
        return READONLY;
    }
}
