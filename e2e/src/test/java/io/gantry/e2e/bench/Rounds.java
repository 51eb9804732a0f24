package io.gantry.e2e.bench;

import io.gantry.proto.cri.ExecSyncRequest;
import io.gantry.proto.cri.ExecSyncResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The measurements, each in rounds in which the runtimes take turns. */
final class Rounds {

    private static final boolean CNI = false;
    private static final boolean HOST = true;

    /** Garbage collectors and samplers come to rest; what is idle for long is paged out here. */
    static final int SETTLE_MILLIS = 2000;

    private final Settings settings;
    private final Settings.Counts counts;
    private final List<CriRuntime> runtimes;
    private final Pulls pulls;

    Rounds(Settings settings, List<CriRuntime> runtimes) {
        this.settings = settings;
        this.counts = settings.counts();
        this.runtimes = runtimes;
        this.pulls = new Pulls(settings.images().pulls());
    }

    private interface Round {
        void run(CriRuntime runtime, Samples samples) throws Exception;
    }

    void run() throws Exception {
        prepare();
        if (settings.measures("startup")) {
            say("start-up");
            startUp();
        }
        for (CriRuntime runtime : runtimes) {
            runtime.start();
        }
        measure("lifecycle", counts.warmup(), counts.rounds(), this::lifecycle);
        if (settings.measures("exec")) {
            exec();
        }
        if (settings.measures("density")) {
            density();
        }
        if (settings.measures("scale")) {
            for (CriRuntime runtime : runtimes) {
                say("a full node of " + runtime.name());
                new Scale(counts.scale()).measure(runtime);
            }
        }
        if (settings.measures("soak")) {
            soak();
        }
        for (String pull : settings.images().pulls().keySet()) {
            measure("pull", 1, counts.pulls(), (runtime, to) -> pulls.pull(runtime, pull, "", to));
        }
        for (String pull : settings.images().pulls().keySet()) {
            measure(
                    "coldpull",
                    0,
                    counts.coldPulls(),
                    (runtime, to) -> coldPull(runtime, pull, to));
        }
    }

    /** The images are there before anything is timed. */
    private void prepare() throws Exception {
        for (CriRuntime runtime : runtimes) {
            runtime.start();
            Pulls.pull(runtime, settings.images().container());
            Pods.Pod pod = runtime.pods().start(CNI, new Samples()); // and a pause image
            runtime.pods().remove(pod, CNI, new Samples());
            runtime.stop();
        }
    }

    private void startUp() throws Exception {
        for (int i = 0; i < counts.starts(); i++) {
            for (CriRuntime runtime : turns(i)) {
                if (runtime.startable()) {
                    runtime.start();
                    Samples first = new Samples();
                    Pods.Pod pod = runtime.pods().start(CNI, first);
                    first.summaries()
                            .forEach(
                                    (name, time) ->
                                            runtime.samples().add("first " + name, time.median()));
                    runtime.pods().remove(pod, CNI, first);
                    Thread.sleep(SETTLE_MILLIS);
                    runtime.samples().add("daemon, after its first pod", runtime.daemonMemory());
                    runtime.stop();
                }
            }
        }
    }

    private void lifecycle(CriRuntime runtime, Samples samples) throws Exception {
        for (boolean network : new boolean[] {CNI, HOST}) {
            Pods.Pod pod = runtime.pods().start(network, samples);
            runtime.pods().remove(pod, network, samples);
        }
    }

    private void exec() throws Exception {
        Map<CriRuntime, Pods.Pod> running = new HashMap<>();
        for (CriRuntime runtime : runtimes) {
            running.put(runtime, runtime.pods().start(HOST, new Samples()));
        }
        measure(
                "exec",
                counts.warmup() * 2,
                counts.execs(),
                (runtime, samples) -> exec(runtime, running.get(runtime), samples));
        for (CriRuntime runtime : runtimes) {
            runtime.pods().remove(running.get(runtime), HOST, new Samples());
        }
    }

    private static void exec(CriRuntime runtime, Pods.Pod pod, Samples samples) throws Exception {
        ExecSyncRequest request =
                ExecSyncRequest.newBuilder()
                        .setContainerId(pod.container())
                        .addCmd("/bin/true")
                        .setTimeout(10)
                        .build();
        ExecSyncResponse response =
                samples.time("ExecSync true", () -> runtime.cri().runtime().execSync(request));
        if (response.getExitCode() != 0) {
            throw new IOException(runtime.name() + ": true exits " + response.getExitCode());
        }
    }

    private void density() throws Exception {
        for (CriRuntime runtime : runtimes) {
            say("density of " + runtime.name());
            Samples samples = runtime.samples();
            Thread.sleep(SETTLE_MILLIS);
            double idle = runtime.daemonMemory();
            samples.add("daemon, idle after work", idle);
            List<Pods.Pod> pods = new ArrayList<>();
            for (int i = 0; i < counts.pods(); i++) {
                pods.add(runtime.pods().start(CNI, new Samples()));
            }
            Thread.sleep(SETTLE_MILLIS);
            Set<String> ids = pods.stream().map(Pods.Pod::sandbox).collect(Collectors.toSet());
            double full = runtime.daemonMemory();
            samples.add("daemon, with the pods", full);
            samples.add("per pod: its own processes", Memory.ofSandboxes(ids) / pods.size());
            samples.add("per pod: growth of the daemon", (full - idle) / pods.size());
            for (Pods.Pod pod : pods) {
                runtime.pods().remove(pod, CNI, new Samples());
            }
        }
    }

    private void soak() throws Exception {
        Soak soak = new Soak(settings);
        for (CriRuntime runtime : runtimes) {
            say("soak of " + runtime.name());
            soak.measure(runtime);
        }
        soak.complain();
    }

    /** The first of a daemon's life: a node that is new pulls with code that is not compiled. */
    private void coldPull(CriRuntime runtime, String pull, Samples samples) throws Exception {
        if (runtime.startable()) {
            runtime.stop();
            runtime.start();
            pulls.pull(runtime, pull, ", first", samples);
        }
    }

    private void measure(String part, int warmup, int rounds, Round round) throws Exception {
        if (!settings.measures(part)) {
            return;
        }
        say(part);
        for (int i = 0; i < warmup + rounds; i++) {
            for (CriRuntime runtime : turns(i)) {
                round.run(runtime, i < warmup ? new Samples() : runtime.samples());
            }
        }
    }

    /** A B, B A, A B: who comes second must not be the same one every time. */
    private List<CriRuntime> turns(int round) {
        return round % 2 == 0 ? runtimes : runtimes.reversed();
    }

    private static void say(String what) {
        System.err.println("bench: " + what);
    }
}
