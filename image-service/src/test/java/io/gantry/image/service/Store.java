package io.gantry.image.service;

import com.github.luben.zstd.Zstd;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.LayerLimits;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.image.snapshot.Emptied;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An image service on a directory of its own, with a registry in memory behind it. */
final class Store implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Store.class);

    final MemoryRegistry registry = new MemoryRegistry();
    final Path root;
    ImageService service;

    Store(Path root) throws IOException {
        this.root = root;
        this.service = open(root, registry, List.of());
    }

    static ImageService open(Path root, MemoryRegistry registry, List<String> pinned)
            throws IOException {
        ImageService.Settings settings =
                new ImageService.Settings(
                        root, root.resolve("gantry.db"), LayerLimits.defaults(), 2, pinned);
        return ImageService.open(
                settings,
                new ImageService.Surroundings(
                        Syscalls.system(), registry, Clock.SYSTEM, ImagePins.NONE));
    }

    /** As after an end of the daemon. */
    void reopen() throws IOException {
        reopen(List.of());
    }

    /** As after an end of the daemon, with images pinned from then on. */
    void reopen(List<String> pinned) throws IOException {
        stop();
        service = open(root, registry, pinned);
    }

    /** Ends the service, for what happens to its files while it is not there. */
    void stop() {
        service.close();
    }

    /** As an end of the daemon that cannot end well any more. */
    void abandon() {
        try {
            service.close();
        } catch (ServiceException e) {
            log.atInfo().setCause(e).log("closed on a broken disk");
        }
    }

    /** Begins again after {@link #stop}. */
    void start() throws IOException {
        service = open(root, registry, List.of());
    }

    /** Waits until what was removed is off the disk. */
    void awaitDeleted() throws IOException {
        Emptied.await(root.resolve("trash"));
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(3), Clock.SYSTEM);
    }

    static Layer layer(TarBuilder tar) {
        byte[] bytes = tar.build();
        return new Layer(Zstd.compress(bytes), Digest.sha256(bytes));
    }

    /** A layer with one file of that name and content. */
    static Layer layer(String file, String content) {
        return layer(new TarBuilder().file(file, content));
    }

    /** Publishes an image and pulls it. */
    Image pull(String name, Layer... layers) {
        registry.publish(name, List.of(layers));
        return pullPublished(name);
    }

    /** Pulls what the registry has already. */
    Image pullPublished(String name) {
        return service.images()
                .pull(ImageReference.parse(name), Credentials.ANONYMOUS, PullListener.NONE, soon());
    }

    Image tag(String nameOrId, String name) {
        return service.names().tag(nameOrId, List.of(ImageReference.parse(name)));
    }

    /** Everything that is left on disk of images and containers, once what is deleted is gone. */
    List<String> remains() throws IOException {
        awaitDeleted();
        List<String> remains = new ArrayList<>();
        for (String part :
                List.of(
                        "snapshots",
                        "active",
                        "unpack",
                        "l",
                        "trash",
                        "content/blobs/sha256",
                        "content/ingest/sha256")) {
            try (Stream<Path> entries = Files.list(root.resolve(part))) {
                entries.forEach(entry -> remains.add(root.relativize(entry).toString()));
            }
        }
        return remains;
    }

    @Override
    public void close() {
        service.close();
    }
}
