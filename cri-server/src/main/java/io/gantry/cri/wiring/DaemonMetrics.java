package io.gantry.cri.wiring;

import io.gantry.cri.metrics.CallTimes;
import io.gantry.cri.metrics.Exposition;
import io.gantry.cri.metrics.WorkTimes;
import io.gantry.linux.procfs.OpenFiles;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxState;
import io.gantry.runtime.service.RuntimeService;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The metrics of the daemon itself; those of pods and containers are the kubelet's to tell. */
final class DaemonMetrics {

    private static final int BYTES_PER_KIB = 1024;

    private final String version;
    private final CallTimes calls;
    private final WorkTimes work;
    private final RuntimeService runtime;

    DaemonMetrics(String version, CallTimes calls, WorkTimes work, RuntimeService runtime) {
        this.version = version;
        this.calls = calls;
        this.work = work;
        this.runtime = runtime;
    }

    String text() {
        Exposition text = new Exposition();
        text.gauge("gantry_build_info", "The version that runs.")
                .sample("gantry_build_info", Map.of("version", version), 1);
        workloads(text);
        process(text);
        calls.writeTo(text);
        work.writeTo(text);
        return text.toString();
    }

    private void workloads(Exposition text) {
        text.gauge("gantry_pod_sandboxes", "Pod sandboxes by state, Gantry's own included.");
        for (PodSandboxState state : PodSandboxState.values()) {
            text.sample(
                    "gantry_pod_sandboxes",
                    Map.of("state", state.name().toLowerCase(Locale.ROOT)),
                    runtime.pods().list(PodSandboxFilter.of(null)).stream()
                            .filter(pod -> pod.state() == state)
                            .count());
        }
        text.gauge("gantry_containers", "Containers by state, Gantry's own included.");
        for (ContainerState state : ContainerState.values()) {
            text.sample(
                    "gantry_containers",
                    Map.of("state", state.name().toLowerCase(Locale.ROOT)),
                    runtime.containers().list(ContainerFilter.of(null)).stream()
                            .filter(container -> container.state() == state)
                            .count());
        }
        text.gauge("gantry_shims", "Shims that the daemon is connected to.")
                .sample("gantry_shims", Map.of(), runtime.shimCount());
        text.counter("gantry_event_subscribers_dropped_total", "Subscribers that were too slow.")
                .sample(
                        "gantry_event_subscribers_dropped_total",
                        Map.of(),
                        runtime.events().dropped());
    }

    private static void process(Exposition text) {
        Runtime jvm = Runtime.getRuntime();
        text.gauge("gantry_heap_bytes", "Heap of the JVM.")
                .sample(
                        "gantry_heap_bytes",
                        Map.of("part", "used"),
                        jvm.totalMemory() - jvm.freeMemory())
                .sample("gantry_heap_bytes", Map.of("part", "committed"), jvm.totalMemory())
                .sample("gantry_heap_bytes", Map.of("part", "max"), jvm.maxMemory());
        ProcessHandle.Info info = ProcessHandle.current().info();
        info.totalCpuDuration()
                .ifPresent(
                        cpu ->
                                text.counter("process_cpu_seconds_total", "Seconds of processors.")
                                        .sample(
                                                "process_cpu_seconds_total",
                                                Map.of(),
                                                seconds(cpu)));
        info.startInstant()
                .ifPresent(
                        start ->
                                text.gauge("process_start_time_seconds", "Start, Unix seconds.")
                                        .sample(
                                                "process_start_time_seconds",
                                                Map.of(),
                                                start.getEpochSecond()));
        try {
            proc(text, Math.toIntExact(ProcessHandle.current().pid()));
        } catch (IOException e) {
            // The rest is worth having without.
        }
    }

    private static void proc(Exposition text, int pid) throws IOException {
        ProcFs.SYSTEM
                .openFiles(pid)
                .map(OpenFiles::all)
                .ifPresent(
                        all ->
                                text.gauge("process_open_fds", "Open file descriptors.")
                                        .sample("process_open_fds", Map.of(), all));
        ProcFs.SYSTEM
                .status(pid)
                .ifPresent(
                        status -> {
                            text.gauge("process_resident_memory_bytes", "Resident memory.")
                                    .sample(
                                            "process_resident_memory_bytes",
                                            Map.of(),
                                            number(status.field("VmRSS").orElse("0"))
                                                    * BYTES_PER_KIB);
                            text.gauge("process_threads", "Threads of the operating system.")
                                    .sample(
                                            "process_threads",
                                            Map.of(),
                                            number(status.field("Threads").orElse("0")));
                        });
    }

    /** A number with or without a unit behind it, as 1234 kB. */
    private static long number(String words) {
        return Long.parseLong(words.strip().split(" ", 2)[0]);
    }

    private static double seconds(Duration duration) {
        return (double) duration.toNanos() / TimeUnit.SECONDS.toNanos(1);
    }
}
