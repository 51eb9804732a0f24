package io.gantry.e2e.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many pods, each from its start to its removal, four at a time and half of them with an address of
 * their own, after which a runtime must be where it was before.
 */
final class Soak {

    /** So that what a runtime makes once, and code that is compiled, is there before. */
    private static final int WARM_UP = 400;

    private static final int SETTLE_SECONDS = 60;

    private final Settings.Soaks wanted;
    private final String cgroupParent;
    private final List<String> left = new ArrayList<>();

    Soak(Settings settings) {
        this.wanted = settings.soaks();
        this.cgroupParent = settings.cgroupParent();
    }

    /** Does it with a runtime; what it grew by is told by {@link #complain}. */
    void measure(CriRuntime runtime) throws Exception {
        long daemon = runtime.cri().serverPid();
        Footprint.Places places =
                new Footprint.Places(
                        cgroupParent,
                        wanted.leases(),
                        wanted.databases().getOrDefault(runtime.name(), ""));
        lives(runtime, Math.min(wanted.lives(), WARM_UP), Long.MAX_VALUE);
        Thread.sleep(Rounds.SETTLE_MILLIS);
        Footprint before = Footprint.of(daemon, places);

        long began = System.nanoTime();
        int done = lives(runtime, wanted.lives(), began + wanted.minutes() * 60_000_000_000L);
        double millis = Samples.millisSince(began);

        Footprint after = Footprint.of(daemon, places);
        for (int i = 0; i < SETTLE_SECONDS && !after.beyond(before).isEmpty(); i++) {
            Thread.sleep(1000);
            after = Footprint.of(daemon, places);
        }
        System.err.printf(
                Locale.ROOT,
                "bench: %s: %d lives of pods in %.0f s; before %s, after %s%n",
                runtime.name(),
                done,
                millis / 1000,
                before,
                after);
        runtime.samples().add("soak: a pod's life, of " + done, millis / done);
        runtime.samples().add("daemon, resident before the soak", before.resident());
        runtime.samples().add("daemon, resident after the soak", after.resident());
        for (String each : after.beyond(before)) {
            left.add(runtime.name() + ": " + each);
        }
    }

    /** Fails when a runtime is not where it was. */
    void complain() throws IOException {
        if (!left.isEmpty()) {
            throw new IOException("after the soak there is more of\n" + String.join("\n", left));
        }
    }

    private static int lives(CriRuntime runtime, int times, long end) throws Exception {
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        Scale.all(
                times,
                () -> {
                    boolean hostNetwork = begun.getAndIncrement() % 2 == 1;
                    if (System.nanoTime() - end > 0 && end != Long.MAX_VALUE) {
                        return new Pods.Pod("", "");
                    }
                    Pods.Pod pod = runtime.pods().start(hostNetwork, new Samples());
                    runtime.pods().remove(pod, hostNetwork, new Samples());
                    done.incrementAndGet();
                    return pod;
                });
        return done.get();
    }
}
