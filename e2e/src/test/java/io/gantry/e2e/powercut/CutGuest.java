package io.gantry.e2e.powercut;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Cri;
import io.gantry.e2e.harness.GantryDaemon;
import io.gantry.e2e.harness.NetworkNamespace;
import io.gantry.e2e.harness.Registry;
import io.gantry.e2e.powercut.Ledger.Fate;
import io.gantry.proto.image.PruneRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/**
 * What happens in the kernel that is killed, from one cut to the next: the daemon starts on what
 * the last cut left, all of it is checked, what was cut off is done again, and then there is
 * something to cut off.
 */
final class CutGuest {

    /** Where the disk is mounted, at {@code lib}: a short path, for a socket lies in it. */
    private static final Path HOME = Path.of(System.getProperty("gantry.powercut.home", "/run/n"));

    private static final double BOTH_AT_ONCE = 0.5;
    private static final double ALL_AT_ONCE = 0.35;
    private static final Duration UNTIL_CUT = Duration.ofMinutes(10);

    private final Cut cut;
    private final Ledger ledger;
    private final Cargo cargo = new Cargo();
    private final Random random;
    private final Registry registry;
    private final GantryDaemon daemon;

    private CutGuest(Cut cut, Path shared) {
        this.cut = cut;
        this.ledger = new Ledger(shared.resolve("ledger"));
        this.random = new Random(cut.seed());
        this.registry = Registry.start(shared.resolve("registry"), Cargo.PORT);
        this.daemon =
                new GantryDaemon(HOME, new GantryDaemon.Setup(registry, NetworkNamespace.HOST));
    }

    /** Arguments: what {@link Cut#words} gives, and the directory that both kernels see. */
    public static void main(String[] args) throws IOException {
        Cut cut = Cut.parse(args);
        Path shared = Path.of(args[args.length - 1]);
        try {
            new CutGuest(cut, shared).run();
        } catch (IOException | RuntimeException | AssertionError e) {
            StringWriter text = new StringWriter();
            e.printStackTrace(new PrintWriter(text));
            Files.writeString(shared.resolve("failure"), text.toString());
        }
        // The transport's threads are alive.
        System.exit(0);
    }

    private void run() throws IOException {
        daemon.spawn();
        // A client that comes too early waits for its next attempt.
        Await.until(daemon::logTail, Await.seconds(20), () -> Files.exists(daemon.socket()));
        daemon.awaitReady();
        ledger.add("serving", cut.number());
        List<String> damage = new ArrayList<>(compareFates());
        damage.addAll(check());
        verdict("after the cut", damage);
        List<Cargo.Image> open = open();
        if (!open.isEmpty()) {
            pull(open);
            verdict("after the next pull", check());
        }
        switch (cut.kind()) {
            case PULL -> removeSome();
            case REMOVAL, START, NONE -> pull(missing());
        }
        ledger.add("go", cut.number());
        switch (cut.kind()) {
            case PULL -> pullAll();
            case REMOVAL, START -> removeAll();
            case NONE -> end();
        }
        ledger.add("done", cut.number());
        if (cut.kind() != Cut.Kind.NONE) {
            Await.pass(UNTIL_CUT);
            throw new AssertionError("was not cut off");
        }
    }

    /** All that there is to do, once. */
    private void end() throws IOException {
        verdict("with all images", check());
        removeAll();
        pullAll();
        verdict("with all images again", check());
        daemon.close();
        registry.close();
    }

    private Cri cri() {
        return daemon.cri();
    }

    private List<String> check() throws IOException {
        return new StoreCheck(daemon.root(), cri(), cargo).run();
    }

    private void verdict(String when, List<String> damage) {
        if (!damage.isEmpty()) {
            throw new AssertionError(when + ":\n" + String.join("\n", damage));
        }
    }

    private Map<String, Fate> fates() {
        return ledger.fates(cargo.images().stream().map(Cargo.Image::repository).toList());
    }

    private List<String> compareFates() {
        List<String> damage = new ArrayList<>();
        fates().forEach(
                        (repository, fate) -> {
                            boolean here = isHere(cargo.image(repository));
                            if (here && fate == Fate.GONE) {
                                damage.add(repository + " is back, whose removal was answered");
                            }
                            if (!here && fate == Fate.HERE) {
                                damage.add(repository + " is gone, whose pull was answered");
                            }
                        });
        return damage;
    }

    private boolean isHere(Cargo.Image image) {
        return cri().imageStatus(image.reference()).isPresent();
    }

    /** Images that something was under way with; from here on it is known what became of it. */
    private List<Cargo.Image> open() {
        List<Cargo.Image> open = new ArrayList<>();
        fates().forEach(
                        (repository, fate) -> {
                            Cargo.Image image = cargo.image(repository);
                            ledger.add(isHere(image) ? "found" : "missing", repository);
                            if (fate == Fate.OPEN) {
                                open.add(image);
                            }
                        });
        return open;
    }

    private List<Cargo.Image> missing() {
        return cargo.images().stream().filter(image -> !isHere(image)).toList();
    }

    private void pull(List<Cargo.Image> images) {
        for (Cargo.Image image : images) {
            ledger.add("pull", image.repository());
            cri().pull(image.reference());
            ledger.add("pulled", image.repository());
        }
    }

    private void remove(List<Cargo.Image> images) {
        for (Cargo.Image image : images) {
            ledger.add("remove", image.repository());
            cri().removeImage(image.reference());
            ledger.add("removed", image.repository());
        }
    }

    private List<Cargo.Image> shuffled() {
        List<Cargo.Image> images = new ArrayList<>(cargo.images());
        Collections.shuffle(images, random);
        return images;
    }

    /** At least one; what the others share with it stays. */
    private void removeSome() {
        List<Cargo.Image> images = shuffled();
        remove(images.subList(0, 1 + random.nextInt(images.size())));
    }

    private void pullAll() {
        List<Cargo.Image> images = shuffled();
        if (random.nextDouble() < BOTH_AT_ONCE) {
            CompletableFuture<Void> beside =
                    CompletableFuture.runAsync(() -> pull(images.subList(0, 1)));
            pull(images.subList(1, images.size()));
            beside.join();
        } else {
            pull(images);
        }
    }

    private void removeAll() {
        if (random.nextDouble() < ALL_AT_ONCE) {
            cargo.images().forEach(image -> ledger.add("remove", image.repository()));
            cri().imageTools().prune(PruneRequest.newBuilder().setAll(true).build());
            cargo.images().forEach(image -> ledger.add("removed", image.repository()));
        } else {
            remove(shuffled());
        }
        Await.until(
                "an empty trash",
                Await.seconds(20),
                () -> StoreCheck.names(daemon.root().resolve("trash")).isEmpty());
    }
}
