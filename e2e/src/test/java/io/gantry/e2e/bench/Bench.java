package io.gantry.e2e.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures CRI runtimes over their sockets, all in the same way and, where several are named, in
 * alternating rounds of one run, so that what disturbs the machine disturbs each of them.
 *
 * <p>Prints JSON with medians and nearest-rank 95th percentiles of milliseconds, warm-up rounds
 * left out; or, with {@code --json FILE}, writes that to the file and prints a table. Needs root,
 * for it reads the memory of the runtimes' processes.
 */
public final class Bench {

    private static final String USAGE =
            """
            usage: Bench --runtime NAME=SOCKET… --image REFERENCE [options]
              --runtime NAME=SOCKET    a CRI endpoint; the first is what the others are compared with
              --daemon NAME=SCRIPT     starts it; measures that too, and ends it afterwards
              --image REFERENCE        has /bin/sleep and /bin/true
              --pull NAME=REFERENCE,…  images to pull at once, again and again; none: not measured
              --cgroup-parent PATH     where the pods go; default: where the runtime puts them
              --only PART,…            of startup, lifecycle, exec, density, pull, coldpull, scale, soak
              --rounds N               of the life of a pod; default 30
              --warmup N               rounds before those; default 40
              --execs N                default 100
              --pods N                 how many to read the memory of; default 20
              --pulls N                of each, after one to warm up; default 5
              --cold-pulls N           of each, the first of a daemon; default 3
              --starts N               default 5
              --scale N                pods of a full node; default 200
              --soak N                 pods that live and go; default 400
              --soak-minutes N         after which no more begin; default 30
              --leases DIRECTORY       of the plugin host-local, for what a soak leaves
              --database NAME=FILE     of that runtime, likewise
              --json FILE              write the JSON there and print a table\
            """;

    private Bench() {}

    public static void main(String[] args) throws Exception {
        Settings settings;
        try {
            settings = Settings.parse(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println("Bench: " + e.getMessage() + "\n" + USAGE);
            System.exit(2);
            return;
        }
        List<CriRuntime> runtimes = new ArrayList<>();
        try {
            for (Settings.Endpoint endpoint : settings.runtimes()) {
                runtimes.add(new CriRuntime(endpoint, settings));
            }
            new Rounds(settings, runtimes).run();
            report(settings, runtimes, System.out);
        } finally {
            runtimes.forEach(CriRuntime::close);
        }
    }

    private static void report(Settings settings, List<CriRuntime> runtimes, PrintStream out)
            throws IOException {
        Report report = new Report(settings, runtimes);
        if (settings.json().isEmpty()) {
            out.println(report.json());
        } else {
            Files.writeString(Path.of(settings.json()), report.json() + "\n");
            out.print(report.table());
        }
    }
}
