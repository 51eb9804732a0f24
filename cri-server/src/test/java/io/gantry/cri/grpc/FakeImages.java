package io.gantry.cri.grpc;

import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.ContainerDefaults;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.Platform;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.FsUsage;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.PullListener;
import io.gantry.image.service.PullOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Images that come as soon as they are asked for, in memory. */
final class FakeImages implements ImageManager {

    static final Descriptor LAYER =
            new Descriptor("layer", Digest.sha256("layer".getBytes(StandardCharsets.UTF_8)), 10);

    private final Map<String, Image> images = Collections.synchronizedMap(new LinkedHashMap<>());
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private final List<Credentials> credentials = Collections.synchronizedList(new ArrayList<>());
    private volatile @Nullable ServiceException failure;
    private volatile String user = "";

    /** Pulls wait in the middle of a layer until they are let go. */
    void hold() {
        gate = new CountDownLatch(1);
    }

    void letGo() {
        gate.countDown();
    }

    /** Waits until a pull that was held is interrupted. */
    void awaitInterrupted() throws InterruptedException {
        if (!interrupted.await(120, TimeUnit.SECONDS)) {
            throw new AssertionError("the pull goes on");
        }
    }

    void willFail(ServiceException how) {
        failure = how;
    }

    void haveUser(String name) {
        user = name;
    }

    List<Credentials> credentials() {
        return List.copyOf(credentials);
    }

    @Override
    public Image pull(PullOrder order, PullListener listener, Deadline deadline) {
        if (failure != null) {
            throw failure;
        }
        credentials.add(order.credentials());
        listener.planned(List.of(LAYER));
        listener.phase(LAYER, PullListener.Phase.RECEIVING);
        listener.received(LAYER, 3);
        try {
            gate.await();
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw new CancelledException("interrupted", e);
        }
        listener.phase(LAYER, PullListener.Phase.DONE);
        String name = order.reference().toString();
        Image image = image(name);
        images.put(name, image);
        return image;
    }

    @Override
    public List<Image> list() {
        return List.copyOf(images.values());
    }

    @Override
    public Optional<Image> find(String nameOrId) {
        return images.values().stream()
                .filter(
                        image ->
                                image.id().toString().equals(nameOrId)
                                        || image.repoTags().getFirst().contains(nameOrId))
                .findFirst();
    }

    @Override
    public void remove(String nameOrId) {
        find(nameOrId).ifPresent(image -> images.values().remove(image));
    }

    @Override
    public FsUsage fsInfo() {
        return new FsUsage(Path.of("/var/lib/gantry"), 12, 3, FakePods.CREATED);
    }

    private Image image(String name) {
        Digest digest = Digest.sha256(name.getBytes(StandardCharsets.UTF_8));
        ImageConfig config =
                new ImageConfig(
                        Platform.of("linux", "amd64", ""),
                        null,
                        "",
                        new ContainerDefaults(
                                user,
                                List.of(),
                                List.of("A=b"),
                                List.of(),
                                List.of("sh"),
                                List.of(),
                                "",
                                Map.of(),
                                "",
                                null),
                        List.of(),
                        List.of());
        return new Image(
                digest,
                digest,
                List.of(name),
                List.of(),
                7,
                config,
                digest,
                List.of(),
                true,
                FakePods.CREATED);
    }
}
