package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.FakeRegistry;
import io.gantry.image.registry.RegistryClient;
import io.gantry.image.registry.RetryPolicy;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.image.service.PullListener.Phase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is there after the power went, on a file system that has lost what it had not written. */
@Tag("privileged")
@Timeout(300)
class PowerLossPrivilegedIT {

    @TempDir private Path directory;
    private final Layer one = Store.layer("one", "1");
    private final Layer two = Store.layer("two", "2");
    private LosableDisk disk;
    private Store store;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        disk = new LosableDisk(directory);
        store = new Store(disk.root());
    }

    @AfterEach
    void close() throws IOException {
        if (disk != null) {
            store.close();
            disk.close();
        }
    }

    private Path database() {
        return disk.root().resolve("gantry.db-wal");
    }

    /** The power goes and comes back. */
    private void lose() throws IOException {
        disk.cut();
        store.abandon();
        disk.restore();
        store.start();
    }

    /** As {@link #lose()}, in the middle of a pull. */
    private void lose(Held held, Thread pulling) throws IOException, InterruptedException {
        disk.cut();
        held.go.countDown();
        pulling.join();
        store.abandon();
        disk.restore();
        store.start();
    }

    private void assertWhole(String name, String file, String content) throws IOException {
        Image image = store.service.images().find(name).orElseThrow();
        assertThat(
                        store.service
                                .rootfs()
                                .readFile(name, "/" + file)
                                .map(PowerLossPrivilegedIT::text))
                .isEqualTo(Optional.of(content));
        assertThat(damaged()).as("blobs that are not what they are called").isEmpty();
        assertThat(store.service.inspector().inspect(image.id().toString())).isNotNull();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private List<Path> damaged() throws IOException {
        List<Path> damaged = new ArrayList<>();
        try (Stream<Path> blobs = Files.list(disk.root().resolve("content/blobs/sha256"))) {
            for (Path blob : blobs.toList()) {
                String digest = Digest.sha256(Files.readAllBytes(blob)).hex();
                if (!digest.equals(blob.getFileName().toString())) {
                    damaged.add(blob);
                }
            }
        }
        return damaged;
    }

    @Test
    void anImageWhosePullWasAnsweredIsThereAndWhole() throws IOException {
        store.pull("here:1", one, two);
        lose();
        assertWhole("here:1", "two", "2");
    }

    @Test
    void aRemovalThatWasAnsweredLeavesNothing() throws IOException {
        store.pull("gone:1", one, two);
        disk.sync();
        store.service.images().remove("gone:1");
        lose();
        assertThat(store.service.images().list()).isEmpty();
        assertThat(store.remains()).allMatch(left -> left.startsWith("content/ingest/"));
    }

    @Test
    void aNameThatWasGivenIsThereAndOneThatWasTakenOffIsNot() throws IOException {
        store.pull("kept:1", one);
        store.tag("kept:1", "off:1");
        disk.sync();
        store.service.names().remove("off:1", false);
        store.tag("kept:1", "on:1");
        lose();
        assertThat(store.service.images().find("off:1")).isEmpty();
        assertWhole("on:1", "one", "1");
    }

    @Test
    void anotherConfigurationOverLayersThatAreHereIsWholeWithTheImage() throws IOException {
        store.pull("old:1", one);
        disk.sync();
        store.registry.publish("new:1", "{\"User\":\"7\"}", List.of(one));
        store.pullPublished("new:1");
        disk.commitJournal(database());
        lose();
        assertWhole("new:1", "one", "1");
        assertWhole("old:1", "one", "1");
    }

    @Test
    void aLayerThatAPullBesideItMadeIsWholeWithTheImage() throws Exception {
        Held slow = new Held(Descriptor.of("any", one.blob()).digest());
        store.registry.publish("slow:1", List.of(one, two));
        Thread pulling = Thread.ofVirtual().start(() -> pullQuietly("slow:1", slow));
        assertThat(slow.made.await(120, TimeUnit.SECONDS)).as("the layer was made").isTrue();
        store.registry.publish("quick:1", List.of(one));
        store.pullPublished("quick:1");
        disk.commitJournal(database());
        lose(slow, pulling);
        assertWhole("quick:1", "one", "1");
    }

    @Test
    void aPullThatWasCutOffLeavesNothingAtTheNextStart() throws Exception {
        Held slow = new Held(Descriptor.of("any", one.blob()).digest());
        store.registry.publish("slow:1", List.of(one, two));
        Thread pulling = Thread.ofVirtual().start(() -> pullQuietly("slow:1", slow));
        assertThat(slow.made.await(120, TimeUnit.SECONDS)).as("the layer was made").isTrue();
        // The names are on disk now, the layer's among them. What its files say is not.
        disk.commitJournal(database());
        lose(slow, pulling);
        assertThat(store.service.images().list()).isEmpty();
        assertThat(store.remains()).allMatch(left -> left.startsWith("content/ingest/"));
        store.pullPublished("slow:1");
        assertWhole("slow:1", "one", "1");
    }

    @Test
    void aBlobThatAPushHadToFetchIsWhole() throws Exception {
        Image image = store.pull("registry.example/app:1", one);
        Digest blob = Descriptor.of("any", one.blob()).digest();
        Path file = disk.root().resolve("content/blobs/sha256").resolve(blob.hex());
        Files.delete(file);
        RegistryClient client =
                new RegistryClient(
                        RegistryClient.Settings.of(List.of(), RetryPolicy.DEFAULT), Clock.SYSTEM);
        try (FakeRegistry target = FakeRegistry.start()) {
            PushOrder order =
                    new PushOrder(
                            "registry.example/app:1",
                            List.of(ImageReference.parse(target.name() + "/app:1")),
                            image.config().platform(),
                            Credentials.ANONYMOUS);
            store.service.pusher(client).push(order, PushListener.NONE, Store.soon());
        }
        disk.commitJournal(database());
        lose();
        assertThat(file).hasBinaryContent(one.blob());
        assertWhole("registry.example/app:1", "one", "1");
    }

    private void pullQuietly(String name, PullListener listener) {
        try {
            store.service
                    .images()
                    .pull(
                            ImageReference.parse(name),
                            Credentials.ANONYMOUS,
                            listener,
                            Store.soon());
        } catch (ServiceException e) {
            assertThat(store.service.images().find(name)).isEmpty();
        }
    }

    /** Holds up a pull as soon as it has made a layer, before it goes on with others. */
    private static final class Held implements PullListener {
        private final CountDownLatch made = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);
        private final Digest layer;

        Held(Digest layer) {
            this.layer = layer;
        }

        @Override
        public void phase(Descriptor blob, Phase phase) {
            boolean own = blob.digest().equals(layer);
            if (own && phase == Phase.DONE) {
                made.countDown();
            } else if (!own) {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
