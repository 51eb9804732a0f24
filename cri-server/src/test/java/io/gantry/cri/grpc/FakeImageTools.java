package io.gantry.cri.grpc;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.diff.Change;
import io.gantry.image.pulls.PullTally;
import io.gantry.image.pulls.RunningPulls;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.LoginCheck;
import io.gantry.image.service.ContainerChanges;
import io.gantry.image.service.DiskAccounts;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageArchives;
import io.gantry.image.service.ImageDetails;
import io.gantry.image.service.ImageEvents;
import io.gantry.image.service.ImageInspector;
import io.gantry.image.service.ImageNames;
import io.gantry.image.service.ImagePusher;
import io.gantry.image.service.PushListener;
import io.gantry.image.service.PushOrder;
import io.gantry.image.service.Pushed;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What can be done with the images in memory; remembers what it was asked to do. */
final class FakeImageTools
        implements ImagePusher,
                LoginCheck,
                ImageNames,
                ImageArchives,
                ImageInspector,
                DiskAccounts,
                ContainerChanges,
                ImageEvents {

    /** An archive is this many of these bytes. */
    static final int ARCHIVE_BYTES = 4 << 20;

    final LinkedBlockingQueue<Delivery> events = new LinkedBlockingQueue<>();
    final AtomicLong saved = new AtomicLong();
    private final FakeImages images;
    volatile @Nullable PushOrder pushed;
    volatile @Nullable PruneOrder pruned;
    volatile String loggedIn = "";
    volatile @Nullable SaveOrder savedAs;
    volatile @Nullable LoadOrder loadedAs;
    volatile Map<String, Boolean> seenRunning = Map.of();

    FakeImageTools(FakeImages images) {
        this.images = images;
    }

    @Override
    public String check(String registry, Credentials credentials, Deadline deadline) {
        if (credentials.password().equals("wrong")) {
            throw new PermissionDeniedException("registry " + registry + " denied access");
        }
        loggedIn = registry + " " + credentials.username();
        return "token-of-" + credentials.username();
    }

    ImageTools all() {
        return new ImageTools(
                images,
                new RunningPulls(images, Clock.SYSTEM, () -> {}, PullTally.NONE),
                this,
                this,
                this,
                this,
                this,
                this,
                this,
                this);
    }

    @Override
    public Pushed push(PushOrder order, PushListener listener, Deadline deadline) {
        pushed = order;
        Descriptor manifest = new Descriptor("manifest", digest("manifest"), 5);
        listener.phase(FakeImages.LAYER, PushListener.Phase.WAITING);
        listener.phase(FakeImages.LAYER, PushListener.Phase.UPLOADING);
        listener.sent(FakeImages.LAYER, 10);
        listener.phase(FakeImages.LAYER, PushListener.Phase.DONE);
        listener.phase(manifest, PushListener.Phase.EXISTS);
        return new Pushed(
                manifest, order.targets().stream().map(ImageReference::canonical).toList());
    }

    @Override
    public Image tag(String nameOrId, List<ImageReference> names) {
        return get(nameOrId);
    }

    @Override
    public Removed remove(String nameOrId, boolean force) {
        Image image = get(nameOrId);
        images.remove(nameOrId);
        return new Removed(image.repoTags(), List.of(image.id()), force ? 1 : 2);
    }

    @Override
    public void save(SaveOrder order, OutputStream out, Listener listener, Deadline deadline) {
        savedAs = order;
        order.images().forEach(this::get);
        byte[] piece = new byte[1000];
        try {
            for (int left = ARCHIVE_BYTES; left > 0; left -= piece.length) {
                out.write(piece, 0, Math.min(left, piece.length));
                saved.addAndGet(Math.min(left, piece.length));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Loaded> load(
            LoadOrder order, InputStream in, Listener listener, Deadline deadline) {
        loadedAs = order;
        byte[] archive;
        try {
            archive = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        listener.transferred(archive.length);
        String name = new String(archive, StandardCharsets.UTF_8).strip();
        if (!name.matches("[a-z]+( [a-z]+)*")) {
            throw new InvalidArgumentException("no archive of images");
        }
        List<Loaded> loaded = new ArrayList<>();
        for (String each : name.split(" ", -1)) {
            loaded.add(new Loaded(get(each), List.of(each)));
        }
        return loaded;
    }

    @Override
    public ImageDetails inspect(String nameOrId) {
        Image image = get(nameOrId);
        ImageDetails.Layer layer =
                new ImageDetails.Layer(FakeImages.LAYER, digest("diff"), digest("chain"), 40, 3);
        return new ImageDetails(
                image,
                new Descriptor("manifest", image.manifestDigest(), 5),
                new Descriptor("config", image.id(), 6),
                List.of(layer),
                List.of(
                        new ImageDetails.Step(null, "CMD sh", "me", "", null),
                        new ImageDetails.Step(FakePods.CREATED, "ADD file", "", "c", layer)),
                new ImageDetails.Use(12, 4, Set.of("c1")),
                "{\"config\":{\"Cmd\":[\"sh\"],\"Other\":1}}");
    }

    @Override
    public Report report(Predicate<String> running) {
        Map<String, Boolean> seen = new HashMap<>();
        for (String id : List.copyOf(seenRunning.keySet())) {
            seen.put(id, running.test(id));
        }
        seenRunning = seen;
        return new Report(
                uses(),
                new Totals(1, 1, 100, 10),
                List.of(),
                new Totals(2, 1, 20, 5),
                new Totals(4, 3, 30, 7),
                new Totals(3, 2, 50, 0));
    }

    @Override
    public Map<Digest, ImageDetails.Use> uses() {
        Map<Digest, ImageDetails.Use> uses = new HashMap<>();
        images.list()
                .forEach(image -> uses.put(image.id(), new ImageDetails.Use(12, 4, Set.of("c1"))));
        return uses;
    }

    @Override
    public Removed prune(PruneOrder order) {
        pruned = order;
        return new Removed(List.of("a:1"), List.of(digest("a")), 77);
    }

    @Override
    public List<Change> of(String containerId) {
        return List.of(
                new Change(Change.Kind.CHANGED, "/etc"), new Change(Change.Kind.ADDED, "/etc/x"));
    }

    @Override
    public List<Change> between(String from, String to) {
        throw new AssertionError("not a call of the service");
    }

    @Override
    public Subscription subscribe() {
        return new Subscription() {
            @Override
            public Optional<Delivery> next(Deadline deadline) throws InterruptedException {
                return Optional.ofNullable(
                        events.poll(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS));
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Subscription subscribe(Instant since) {
        return subscribe();
    }

    @Override
    public List<Event> recent() {
        return List.of();
    }

    static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private Image get(String name) {
        return images.find(name).orElseThrow(() -> new NotFoundException("no image " + name));
    }
}
