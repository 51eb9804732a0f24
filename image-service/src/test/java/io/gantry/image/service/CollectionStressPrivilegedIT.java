package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.LayerLimits;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pulls, removals and containers at once: a collection never takes what somebody is about to use.
 */
@Tag("privileged")
@Timeout(300)
class CollectionStressPrivilegedIT {

    private static final int WORKERS = 6;
    private static final int ROUNDS = 40;
    private static final int IMAGES = 4;

    @TempDir private Path root;

    @Test
    void aCollectionTakesNothingThatIsInUse() throws Exception {
        Root.required();
        MemoryRegistry registry = new MemoryRegistry();
        for (int i = 0; i < IMAGES; i++) {
            registry.publish(name(i), List.of(layer("base"), layer("own" + i), layer("top")));
        }
        try (ImageService service = open(registry)) {
            List<Future<Void>> work = new ArrayList<>();
            try (ExecutorService threads = Tasks.nativePool("stress", WORKERS)) {
                for (int w = 0; w < WORKERS; w++) {
                    int worker = w;
                    work.add(
                            threads.submit(
                                    () -> {
                                        work(service, worker);
                                        return null;
                                    }));
                }
            }
            for (Future<Void> one : work) {
                one.get();
            }
            assertWhole(service);
            service.images().list().forEach(i -> service.images().remove(i.id().toString()));
            assertThat(service.images().fsInfo().usedBytes()).isZero();
        }
    }

    private void work(ImageService service, int worker) throws IOException {
        Random random = new Random(worker);
        for (int round = 0; round < ROUNDS; round++) {
            String name = name(random.nextInt(IMAGES));
            Image image =
                    service.images()
                            .pull(
                                    ImageReference.parse(name),
                                    Credentials.ANONYMOUS,
                                    PullListener.NONE,
                                    Deadline.after(Duration.ofMinutes(3), Clock.SYSTEM));
            String container = "c" + worker + "-" + round;
            try {
                service.rootfs().prepare(container, name);
                // Another may remove the image from here on: the container must not notice.
                for (Digest layer : image.layers()) {
                    assertThat(fs(layer)).isDirectoryContaining("glob:**/f*");
                }
                service.rootfs().remove(container);
            } catch (NotFoundException e) {
                assertThat(e).hasMessage("image " + name + " is not here");
            }
            if (random.nextInt(3) == 0) {
                service.images().remove(name);
            }
        }
    }

    private void assertWhole(ImageService service) {
        for (Image image : service.images().list()) {
            for (Digest layer : image.layers()) {
                assertThat(fs(layer)).isDirectoryContaining("glob:**/f*");
            }
            assertThat(Files.exists(root.resolve("content/blobs/sha256/" + image.id().hex())))
                    .isTrue();
        }
    }

    private Path fs(Digest layer) {
        return root.resolve("snapshots").resolve(layer.hex()).resolve("fs");
    }

    private ImageService open(MemoryRegistry registry) throws IOException {
        return ImageService.open(
                new ImageService.Settings(
                        root, root.resolve("gantry.db"), LayerLimits.defaults(), 3),
                new ImageService.Surroundings(
                        Syscalls.system(), registry, Clock.SYSTEM, ImagePins.NONE));
    }

    private static String name(int image) {
        return "registry.example/app" + image + ":1";
    }

    private static Layer layer(String content) {
        byte[] tar = new TarBuilder().file("f-" + content, content).build();
        return new Layer(Zstd.compress(tar), Digest.sha256(tar));
    }
}
