package io.gantry.image.pulls;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.ContainerDefaults;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Platform;
import io.gantry.image.service.FsUsage;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.PullListener;
import io.gantry.image.service.PullOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Images whose pulls do what a test tells them, step by step, until it lets them end. */
final class HeldImages implements ImageManager {

    static final Descriptor BASE = layer("base", 100);
    static final Descriptor TOP = layer("top", 20);
    static final Descriptor ROOT = layer("root", 7);

    /** What pulls do next. */
    @FunctionalInterface
    interface Step {
        void tell(PullListener listener);
    }

    /** An empty one is the end. */
    private final LinkedBlockingQueue<Optional<Step>> steps = new LinkedBlockingQueue<>();

    private final Map<String, Image> images = new ConcurrentHashMap<>();
    private final AtomicInteger pulls = new AtomicInteger();
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private volatile @Nullable ServiceException failure;

    /** Has the pull tell something, and waits until it has. */
    void step(Step step) throws InterruptedException {
        CountDownLatch told = new CountDownLatch(1);
        steps.add(
                Optional.of(
                        listener -> {
                            step.tell(listener);
                            told.countDown();
                        }));
        if (!told.await(120, TimeUnit.SECONDS)) {
            throw new AssertionError("no pull runs");
        }
    }

    void end() {
        steps.add(Optional.empty());
    }

    void fail(ServiceException how) {
        failure = how;
        end();
    }

    int pulls() {
        return pulls.get();
    }

    boolean wasInterrupted() {
        return interrupted.getCount() == 0;
    }

    @Override
    public Image pull(PullOrder order, PullListener listener, Deadline deadline) {
        pulls.incrementAndGet();
        try {
            Optional<Step> step = steps.take();
            while (step.isPresent()) {
                step.get().tell(listener);
                step = steps.take();
            }
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw new CancelledException("interrupted", e);
        }
        ServiceException how = failure;
        if (how != null) {
            throw how;
        }
        Image image = image(order.reference().canonical());
        images.put(order.reference().canonical(), image);
        return image;
    }

    @Override
    public List<Image> list() {
        return List.copyOf(images.values());
    }

    @Override
    public Optional<Image> find(String nameOrId) {
        return Optional.ofNullable(images.get(nameOrId));
    }

    @Override
    public void remove(String nameOrId) {
        images.remove(nameOrId);
    }

    @Override
    public FsUsage fsInfo() {
        throw new AssertionError("a pull does not ask");
    }

    private static Descriptor layer(String name, long size) {
        return new Descriptor(
                MediaType.OCI_MANIFEST, Digest.sha256(name.getBytes(StandardCharsets.UTF_8)), size);
    }

    private static Image image(String name) {
        ContainerDefaults defaults =
                new ContainerDefaults(
                        "", List.of(), List.of(), List.of(), List.of(), List.of(), "", Map.of(), "",
                        null);
        ImageConfig config =
                new ImageConfig(Platform.host(), null, "", defaults, List.of(), List.of());
        Digest id = Digest.sha256(name.getBytes(StandardCharsets.UTF_8));
        return new Image(
                id,
                id,
                List.of(name),
                List.of(),
                1,
                config,
                id,
                List.of(),
                false,
                Instant.ofEpochSecond(1));
    }
}
