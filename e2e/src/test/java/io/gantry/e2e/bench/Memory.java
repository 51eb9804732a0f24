package io.gantry.e2e.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What processes take: proportional set sizes in KiB, processor time in milliseconds. A runtime's
 * processes are told by what every runtime has in common: the daemon listens on the socket, and
 * what serves a pod (a shim, a pause process) has the sandbox's id in its command line or in the
 * name of its cgroup. The containers have their own.
 */
final class Memory {

    private static final Path PROC = Path.of("/proc");

    /** USER_HZ is 100 on every machine that Linux has kept an ABI for. */
    private static final double MILLIS_PER_TICK = 10;

    private Memory() {}

    /** What serves these sandboxes beside the daemon. */
    static double ofSandboxes(Set<String> ids) throws IOException {
        double sum = 0;
        for (long pid : processes()) {
            String words = read(pid, "cmdline") + read(pid, "cgroup");
            if (ids.stream().anyMatch(words::contains)) {
                sum += pss(pid);
            }
        }
        return sum;
    }

    /** Of a process; 0 when it is gone. */
    static double pss(long pid) {
        return read(pid, "smaps_rollup")
                .lines()
                .filter(line -> line.startsWith("Pss:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    /** What of a process is in memory, in KiB; 0 when it is gone. */
    static double resident(long pid) {
        return read(pid, "status")
                .lines()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    /** User and system time of a process and of its children that ended. */
    static double cpuMillis(long pid) {
        String stat = read(pid, "stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        double ticks = 0;
        for (int i = 11; i <= 14; i++) {
            ticks += Double.parseDouble(fields[i]);
        }
        return ticks * MILLIS_PER_TICK;
    }

    private static List<Long> processes() throws IOException {
        List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            entries.forEach(entry -> pids.add(Long.parseLong(entry.getFileName().toString())));
        }
        return pids;
    }

    private static String read(long pid, String file) {
        try {
            return new String(
                    Files.readAllBytes(PROC.resolve(pid + "/" + file)), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return ""; // it ended
        }
    }
}
