package io.gantry.e2e.powercut;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Registry;
import io.gantry.e2e.harness.Texts;
import io.gantry.e2e.powercut.Cut.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Cuts the power of a user-mode kernel at random moments of pulls, removals and starts, and looks
 * at what each cut left. Every cut works on the disk that the one before it left behind. The
 * moments are drawn from a seed, which it prints.
 */
final class PowerCuts {

    private static final String DISK_SIZE = "160M";

    /** How long things take, until it has been seen. */
    private static final Duration FIRST_GUESS = Duration.ofSeconds(3);

    /** Later than the longest seen by this part, so that the end of the work is hit as well. */
    private static final double MARGIN = 1.1;

    private static final Duration LIMIT = Duration.ofMinutes(6);
    private static final Duration POLL = Duration.ofMillis(4);

    /** How the disk is mounted: what a file system may keep in memory, and for how long. */
    private static final List<String> MOUNTS =
            List.of(
                    "data=ordered",
                    "data=ordered,commit=1",
                    "data=writeback,commit=1",
                    "data=ordered,nodelalloc");

    /** Hundredths of a second until the kernel writes what has changed. */
    private static final List<Integer> AGES = List.of(3000, 3000, 300, 50);

    private static final int MOST_DEATHS = 5;

    private final Options options;
    private final Path work;
    private final Random random;
    private final Ledger ledger;
    private final Map<Kind, Duration> longest = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> amid = new EnumMap<>(Kind.class);
    private final List<String> failures = new ArrayList<>();
    private int deaths;

    /**
     * What to do.
     *
     * @param cuts how many of each kind
     * @param all whether to go on, with an empty disk, after a failure
     * @param script what the kernel's first program does
     * @param java the command that it runs {@link CutGuest} by, without the last options
     * @param main the last options
     */
    record Options(
            Map<Kind, Integer> cuts,
            long seed,
            Path work,
            boolean all,
            Path script,
            String java,
            String main) {

        static Options parse(String[] words) {
            Map<Kind, Integer> cuts = new EnumMap<>(Kind.class);
            cuts.put(Kind.PULL, Integer.parseInt(words[0]));
            cuts.put(Kind.REMOVAL, Integer.parseInt(words[1]));
            cuts.put(Kind.START, Integer.parseInt(words[2]));
            return new Options(
                    cuts,
                    Long.parseLong(words[3]),
                    Path.of(words[4]),
                    Boolean.parseBoolean(words[5]),
                    Path.of(words[6]),
                    words[7],
                    words[8]);
        }
    }

    private PowerCuts(Options options) {
        this.options = options;
        this.work = options.work;
        this.random = new Random(options.seed);
        this.ledger = new Ledger(work.resolve("ledger"));
    }

    /** Arguments: pulls, removals, starts, seed, directory, go on or not, script, command, main. */
    public static void main(String[] args) throws IOException {
        System.exit(new PowerCuts(Options.parse(args)).run() ? 0 : 1);
    }

    private boolean run() throws IOException {
        System.out.println("power cuts: " + options.cuts + ", seed " + options.seed);
        try (Registry registry = Registry.start(work.resolve("registry"))) {
            new Cargo().push(registry, work.resolve("images"));
        }
        rehearse();
        newDisk();
        List<Kind> kinds = new ArrayList<>();
        options.cuts.forEach((kind, count) -> kinds.addAll(Collections.nCopies(count, kind)));
        Collections.shuffle(kinds, random);
        // What the last one left is looked at, too.
        kinds.add(Kind.NONE);
        int made = 0;
        for (int number = 1; made < kinds.size(); number++) {
            if (strike(new Cut(Integer.toString(number), kinds.get(made), random.nextLong()))) {
                made++;
            } else if (++deaths > MOST_DEATHS) {
                failures.add("too many kernels did not get to their work");
            }
            if ((!failures.isEmpty() && !options.all) || deaths > MOST_DEATHS) {
                break;
            }
        }
        System.out.printf(
                "power cuts: %d of %d, amid work %s, kernels that did not get to their work %d;"
                        + " failures: %d%n",
                made, kinds.size() - 1, amid, deaths, failures.size());
        failures.forEach(System.out::println);
        return failures.isEmpty();
    }

    /**
     * Has done without a cut, on this machine, all that is done there: it must pass, and starts
     * sooner in the other kernel with the AOT cache that this leaves.
     */
    private void rehearse() throws IOException {
        Path home = Files.createDirectories(work.resolve("n"));
        Cut none = new Cut("0", Kind.NONE, 0);
        String run =
                "ip link set lo up && exec %s -XX:AOTCacheOutput=%s -Dgantry.powercut.home=%s %s %s %s"
                        .formatted(
                                options.java,
                                cache(),
                                home,
                                options.main,
                                String.join(" ", none.words()),
                                work);
        Command.of(
                        "unshare",
                        "--net",
                        "--mount",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "--mount-proc",
                        "sh",
                        "-c",
                        run)
                .run()
                .orThrow();
        String said = Texts.read(work.resolve("failure"));
        if (!said.isEmpty()) {
            throw new AssertionError("without any cut: " + said);
        }
    }

    private Path cache() {
        return work.resolve("guest.aot");
    }

    private void newDisk() throws IOException {
        Files.deleteIfExists(work.resolve("ledger"));
        GuestKernel.makeDisk(work.resolve("disk"), DISK_SIZE);
    }

    /** False when the kernel did not get that far, or died; that is a cut of its power, too. */
    private boolean strike(Cut cut) throws IOException {
        String mount = MOUNTS.get(random.nextInt(MOUNTS.size()));
        int age = AGES.get(random.nextInt(AGES.size()));
        Files.deleteIfExists(work.resolve("failure"));
        long began = System.nanoTime();
        Duration into = Duration.ZERO;
        try (GuestKernel kernel =
                GuestKernel.boot(
                        work.resolve("disk"), init(cut, mount, age), work.resolve("console"))) {
            if (await(kernel, cut.kind().beginning() + " " + cut.number(), LIMIT)) {
                into = letItWork(kernel, cut);
            }
        }
        boolean amidWork = into.isPositive() && !ledger.has(cut.kind().end() + " " + cut.number());
        if (amidWork) {
            amid.merge(cut.kind(), 1, Integer::sum);
        }
        String said = Texts.read(work.resolve("failure"));
        boolean died = said.isEmpty() && !ledger.has(cut.kind().beginning() + " " + cut.number());
        System.out.printf(
                "cut %s: %s, %s, written after %d ms, %d ms into it%s, %.1f s in all%s%n",
                cut.number(),
                cut.kind(),
                mount,
                age * 10,
                into.toMillis(),
                amidWork ? "" : " (over)",
                (System.nanoTime() - began) / 1e9,
                died ? "; did not get to its work" : said.isEmpty() ? "" : "; FAILED");
        if (died) {
            System.out.println(Texts.read(work.resolve("console")));
        }
        if (!said.isEmpty()) {
            failures.add("before cut " + cut.number() + ": " + said);
            newDisk();
        }
        return !died;
    }

    /** Until a random moment of the work; returns how far into it that was. */
    private Duration letItWork(GuestKernel kernel, Cut cut) {
        if (cut.kind() == Kind.NONE) {
            return Duration.ZERO;
        }
        Duration known = longest.getOrDefault(cut.kind(), FIRST_GUESS);
        long most = (long) (known.toNanos() * MARGIN);
        Duration moment = Duration.ofNanos(1 + random.nextLong(most));
        long began = System.nanoTime();
        boolean over = await(kernel, cut.kind().end() + " " + cut.number(), moment);
        Duration into = Duration.ofNanos(System.nanoTime() - began);
        boolean longer = !over && into.compareTo(known) > 0;
        if (over || longer) {
            longest.merge(cut.kind(), longer ? into.multipliedBy(2) : into, PowerCuts::later);
        }
        return into;
    }

    private static Duration later(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    /** Waits for a line of the ledger; false when the time is over or the kernel ends first. */
    private boolean await(GuestKernel kernel, String line, Duration most) {
        long end = System.nanoTime() + most.toNanos();
        while (System.nanoTime() < end && kernel.isAlive()) {
            if (ledger.has(line)) {
                return true;
            }
            Await.pass(POLL);
        }
        return ledger.has(line);
    }

    /** The first program of the kernel: no environment goes from one kernel to the other. */
    private Path init(Cut cut, String mount, int age) throws IOException {
        Path init = work.resolve("init");
        String script =
                """
                #!/bin/bash
                shared=%s options=%s age=%d number=%s
                guest=(%s %s)
                . %s
                """
                        .formatted(
                                work,
                                mount,
                                age,
                                cut.number(),
                                options.java
                                        + " -Dgantry.test.kernel=uml -XX:AOTCache="
                                        + cache()
                                        + " "
                                        + options.main,
                                String.join(" ", cut.words()) + " " + work,
                                options.script);
        Files.writeString(init, script);
        Files.setPosixFilePermissions(init, PosixFilePermissions.fromString("rwxr-xr-x"));
        return init;
    }
}
