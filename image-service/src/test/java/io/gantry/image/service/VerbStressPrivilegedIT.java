package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Tasks;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.service.DiskAccounts.PruneOrder;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.image.service.ImageArchives.Listener;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.ImageArchives.Loaded;
import io.gantry.image.service.ImageArchives.SaveOrder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Loads, saves, tags, containers and prunes at once: nothing takes what another works on. */
@Tag("privileged")
@Timeout(300)
class VerbStressPrivilegedIT {

    private static final int WORKERS = 6;
    private static final int ROUNDS = 30;
    private static final int IMAGES = 4;

    @TempDir private Path first;
    @TempDir private Path second;

    @Test
    void aPruneTakesNothingThatIsBeingLoadedSavedOrUsed() throws Exception {
        Root.required();
        List<byte[]> archives = archives();
        try (Store store = new Store(second)) {
            List<Future<Void>> work = new ArrayList<>();
            try (ExecutorService threads = Tasks.nativePool("stress", WORKERS)) {
                for (int w = 0; w < WORKERS; w++) {
                    Random random = new Random(w);
                    String worker = "w" + w;
                    work.add(
                            threads.submit(
                                    () -> {
                                        for (int round = 0; round < ROUNDS; round++) {
                                            work(store, archives, random, worker + "-" + round);
                                        }
                                        return null;
                                    }));
                }
            }
            for (Future<Void> one : work) {
                one.get();
            }
            assertThat(store.service.rootfs().list()).isEmpty();
            store.service.accounts().prune(PruneOrder.of(true));
            assertThat(store.service.images().fsInfo().usedBytes()).isZero();
            assertThat(store.remains()).isEmpty();
        }
    }

    private List<byte[]> archives() throws IOException {
        List<byte[]> archives = new ArrayList<>();
        try (Store store = new Store(first)) {
            for (int i = 0; i < IMAGES; i++) {
                store.pull(
                        name(i),
                        Store.layer("f-base", "base"),
                        Store.layer("f-own", "own" + i),
                        Store.layer("f-top", "top"));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                Format format = i % 2 == 0 ? Format.OCI : Format.DOCKER;
                SaveOrder order = new SaveOrder(List.of(name(i)), format);
                store.service.archives().save(order, out, Listener.NONE, Store.soon());
                archives.add(out.toByteArray());
            }
        }
        return archives;
    }

    private void work(Store store, List<byte[]> archives, Random random, String container) {
        int chosen = random.nextInt(IMAGES);
        Loaded loaded =
                store.service
                        .archives()
                        .load(
                                LoadOrder.asNamed(),
                                new ByteArrayInputStream(archives.get(chosen)),
                                Listener.NONE,
                                Store.soon())
                        .getFirst();
        String id = loaded.image().id().toString();
        try {
            store.service.rootfs().prepare(container, id);
            // Another may prune the image before it is used, but not what a container stands on.
            for (Digest layer : loaded.image().layers()) {
                assertThat(second.resolve("snapshots").resolve(layer.hex()).resolve("fs"))
                        .isDirectoryContaining("glob:**/f*");
            }
            store.tag(id, "tagged:" + chosen);
            SaveOrder order = new SaveOrder(List.of(id), Format.DOCKER);
            OutputStream out = OutputStream.nullOutputStream();
            store.service.archives().save(order, out, Listener.NONE, Store.soon());
        } catch (NotFoundException e) {
            assertThat(e).hasMessage("image " + id + " is not here");
        } finally {
            store.service.rootfs().remove(container);
        }
        if (random.nextInt(3) == 0) {
            store.service.accounts().prune(PruneOrder.of(random.nextBoolean()));
        }
    }

    private static String name(int image) {
        return "registry.example/app" + image + ":1";
    }
}
