package io.gantry.e2e.bench;

import io.gantry.proto.cri.ListContainerStatsRequest;
import io.gantry.proto.cri.ListContainersRequest;
import io.gantry.proto.cri.ListPodSandboxRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A full node: many pods with a container each, what listing them takes, and what rest takes. */
final class Scale {

    private static final int AT_ONCE = 4;
    private static final int LISTS = 100;
    private static final int IDLE_SECONDS = 20;

    private final int pods;

    Scale(int pods) {
        this.pods = pods;
    }

    void measure(CriRuntime runtime) throws Exception {
        Samples samples = runtime.samples();
        String full = pods + " pods: ";
        long began = System.nanoTime();
        List<Pods.Pod> running = all(pods, () -> runtime.pods().start(false, new Samples()));
        samples.add(full + "all started, four at a time", Samples.millisSince(began));

        var calls = runtime.cri();
        for (int i = 0; i < LISTS; i++) {
            samples.time(
                    full + "ListPodSandbox",
                    () ->
                            calls.runtime()
                                    .listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
            samples.time(
                    full + "ListContainers",
                    () ->
                            calls.runtime()
                                    .listContainers(ListContainersRequest.getDefaultInstance()));
        }
        for (int i = 0; i < LISTS / AT_ONCE; i++) {
            samples.time(
                    full + "ListContainerStats",
                    () ->
                            calls.runtime()
                                    .listContainerStats(
                                            ListContainerStatsRequest.getDefaultInstance()));
        }
        rest(runtime, full);

        List<Pods.Pod> left = new ArrayList<>(running);
        began = System.nanoTime();
        all(
                pods,
                () -> {
                    Pods.Pod pod = take(left);
                    runtime.pods().remove(pod, false, new Samples());
                    return pod;
                });
        samples.add(full + "all removed, four at a time", Samples.millisSince(began));
    }

    /** Nobody asks for anything. */
    private void rest(CriRuntime runtime, String full) throws Exception {
        Thread.sleep(Rounds.SETTLE_MILLIS);
        long daemon = runtime.cri().serverPid();
        double before = Memory.cpuMillis(daemon);
        Thread.sleep(IDLE_SECONDS * 1000L);
        runtime.samples()
                .add(
                        full + "processor time of the idle daemon in " + IDLE_SECONDS + " s",
                        Memory.cpuMillis(daemon) - before);
        runtime.samples().add("daemon, resident with " + pods + " pods", Memory.resident(daemon));
    }

    private static Pods.Pod take(List<Pods.Pod> from) {
        synchronized (from) {
            return from.removeLast();
        }
    }

    /** Does it so often, a few at a time; what came of it. */
    static List<Pods.Pod> all(int times, Callable<Pods.Pod> call) throws Exception {
        List<Pods.Pod> done = new ArrayList<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<Pods.Pod>> begun = new ArrayList<>();
            for (int i = 0; i < times; i++) {
                begun.add(workers.submit(call));
            }
            for (Future<Pods.Pod> each : begun) {
                done.add(each.get());
            }
        }
        return done;
    }
}
