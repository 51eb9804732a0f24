package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.luben.zstd.Zstd;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of an image into the store and out of it, with the registry in memory. */
@Tag("privileged")
@Timeout(300)
class ImageServicePrivilegedIT {

    private static final String NAME = "registry.example/app:1";

    @TempDir private Path root;

    private final Layer base =
            Store.layer(
                    new TarBuilder()
                            .directory("etc", 0755)
                            .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
                            .file("etc/gone", "gone")
                            .directory("tmp", 01777));
    private final Layer top =
            Store.layer(
                    new TarBuilder()
                            .file("tmp/made", "x")
                            .file("etc/.wh.gone", "")
                            .symlink("link", "etc/../etc/passwd"));
    private Store store;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        store = new Store(root);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Image pull(String name) {
        return pull(name, Store.soon());
    }

    private Image pull(String name, Deadline deadline) {
        return store.service
                .images()
                .pull(
                        ImageReference.parse(name),
                        Credentials.ANONYMOUS,
                        PullListener.NONE,
                        deadline);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void aPulledImageIsFoundByEveryNameItHas() {
        Digest manifest = store.registry.publish(NAME, List.of(base, top)).digest();
        Image image = pull(NAME);
        assertThat(image.repoTags()).containsExactly(NAME);
        assertThat(image.repoDigests()).containsExactly("registry.example/app@" + manifest);
        assertThat(image.size()).isPositive();
        String id = image.id().toString();
        for (String name :
                List.of(
                        NAME,
                        id,
                        image.id().hex(),
                        image.id().hex().substring(0, 12),
                        id.substring(0, 20),
                        "registry.example/app@" + manifest,
                        NAME + "@" + manifest)) {
            assertThat(store.service.images().find(name)).as(name).contains(image);
        }
        assertThat(store.service.images().find("registry.example/app:2")).isEmpty();
        assertThat(store.service.images().list()).containsExactly(image);
    }

    @Test
    void filesAreReadAsAContainerWouldSeeThem() {
        store.registry.publish(NAME, List.of(base, top));
        pull(NAME);
        RootfsStore rootfs = store.service.rootfs();
        assertThat(rootfs.readFile(NAME, "/etc/passwd").map(ImageServicePrivilegedIT::text))
                .contains("root:x:0:0::/:/bin/sh\n");
        assertThat(rootfs.readFile(NAME, "/link")).isPresent();
        assertThat(rootfs.readFile(NAME, "/../../link")).isPresent();
        assertThat(rootfs.readFile(NAME, "/etc/gone")).isEmpty();
        assertThat(rootfs.readFile(NAME, "/etc/passwd/x")).isEmpty();
        assertThatThrownBy(() -> rootfs.readFile(NAME, "/etc"))
                .hasMessage("/etc in the image is no regular file");
    }

    @Test
    void aPipeInPlaceOfAFileIsRefusedAndNotWaitedFor() {
        Layer pipe = Store.layer(new TarBuilder().entry('6', "etc/passwd", e -> e.mode = 0644));
        store.registry.publish(NAME, List.of(base, pipe));
        pull(NAME);
        assertThatThrownBy(() -> store.service.rootfs().readFile(NAME, "/etc/passwd"))
                .isInstanceOf(FailedPreconditionException.class);
    }

    @Test
    void directoriesThatALayerOnlyPassesThroughKeepTheirMode() throws IOException {
        store.registry.publish(NAME, List.of(base, top));
        Digest chainId = pull(NAME).chainId();
        Path tmp = root.resolve("snapshots").resolve(chainId.hex()).resolve("fs/tmp");
        assertThat((int) Files.getAttribute(tmp, "unix:mode") & 07777).isEqualTo(01777);
    }

    @Test
    void pullingAgainFetchesNothing() {
        store.registry.publish(NAME, List.of(base, top));
        Image first = pull(NAME);
        Image second = pull(NAME);
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(store.registry.fetches(Digest.sha256(base.blob()))).isEqualTo(1);
        assertThat(store.registry.fetches(first.manifestDigest())).isEqualTo(1);
    }

    @Test
    void concurrentPullsFetchASharedLayerOnce() throws InterruptedException, ExecutionException {
        List<Future<Image>> pulls = new ArrayList<>();
        try (ExecutorService threads = Tasks.nativePool("pulls", 8)) {
            for (int i = 0; i < 8; i++) {
                String name = "registry.example/app" + i % 4 + ":1";
                store.registry.publish(
                        name, List.of(base, Store.layer(new TarBuilder().file("own", name)), top));
                pulls.add(threads.submit(() -> pull(name)));
            }
            for (Future<Image> pull : pulls) {
                assertThat(pull.get().layers()).hasSize(3);
            }
        }
        assertThat(store.service.images().list()).hasSize(4);
        assertThat(store.registry.fetches(Digest.sha256(base.blob()))).isEqualTo(1);
        assertThat(store.registry.fetches(Digest.sha256(top.blob()))).isEqualTo(1);
    }

    @Test
    void aTagThatMovedLeavesTheOldImageWithItsDigest() {
        store.registry.publish(NAME, List.of(base));
        Image old = pull(NAME);
        store.registry.publish(NAME, List.of(base, top));
        Image moved = pull(NAME);
        assertThat(store.service.images().find(NAME)).contains(moved);
        Image left = store.service.images().find(old.id().toString()).orElseThrow();
        assertThat(left.repoTags()).isEmpty();
        assertThat(left.repoDigests()).isEqualTo(old.repoDigests());
    }

    @Test
    void removingLeavesNothingBehind() throws IOException {
        store.registry.publish(NAME, List.of(base, top));
        store.registry.publish("registry.example/other:1", List.of(base, top));
        Image image = pull(NAME);
        pull("registry.example/other:1");
        assertThat(store.service.images().fsInfo().usedBytes()).isPositive();
        store.service.images().remove(image.id().hex().substring(0, 10));
        assertThat(store.service.images().list()).isEmpty();
        assertThat(store.service.images().find("registry.example/other:1")).isEmpty();
        assertThat(store.service.images().fsInfo().usedBytes()).isZero();
        store.service.images().remove(NAME);
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void aContainerKeepsTheLayersOfARemovedImage() throws IOException {
        store.registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        assertThat(store.service.rootfs().prepare("c1", NAME)).hasSize(1);
        store.service.images().remove(NAME);
        for (Digest layer : image.layers()) {
            assertThat(root.resolve("snapshots").resolve(layer.hex()).resolve("fs")).exists();
        }
        assertThat(store.service.rootfs().list()).containsExactly("c1");
        assertThatThrownBy(() -> store.service.rootfs().prepare("c2", NAME))
                .isInstanceOf(NotFoundException.class);
        store.service.rootfs().remove("c1");
        store.service.rootfs().remove("c1");
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void aLayerThatIsNotWhatTheConfigurationSaysIsRefused() throws IOException {
        Layer wrong = new Layer(top.blob(), Digest.sha256(new byte[] {1}));
        store.registry.publish(NAME, List.of(base, wrong));
        assertThatThrownBy(() -> pull(NAME))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("the image's configuration says " + wrong.diffId());
        assertNothingVisible();
    }

    @Test
    void aBlobWithAWrongDigestIsRefused() throws IOException {
        store.registry.publish(NAME, List.of(base));
        byte[] other = Zstd.compress(new TarBuilder().file("evil", "").build());
        store.registry.through(in -> new java.io.ByteArrayInputStream(other));
        assertThatThrownBy(() -> pull(NAME)).isInstanceOf(DataLossException.class);
        assertNothingVisible();
    }

    @Test
    void aHostileLayerIsRefusedByItsEntryAndLeavesNothing() throws IOException {
        store.registry.publish(
                NAME, List.of(base, Store.layer(new TarBuilder().file("../../etc/x", "")), top));
        assertThatThrownBy(() -> pull(NAME))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("entry ../../etc/x: the name leads out of the layer");
        assertNothingVisible();
    }

    @Test
    void anInterruptedPullLeavesNoImageAndCanBeRepeated() throws Exception {
        store.registry.publish(NAME, List.of(base, top));
        CountDownLatch reading = new CountDownLatch(1);
        store.registry.through(in -> new StallingStream(in, reading));
        try (ExecutorService threads = Tasks.nativePool("pull", 1)) {
            Future<Throwable> pull = threads.submit(() -> catchThrowable(() -> pull(NAME)));
            reading.await();
            threads.shutdownNow();
            assertThat(pull.get()).isInstanceOf(CancelledException.class);
        }
        assertNothingVisible();
        store.registry.through(in -> in);
        assertThat(pull(NAME).layers()).hasSize(2);
    }

    @Test
    void aDeadlineEndsAPull() throws IOException {
        store.registry.publish(NAME, List.of(base, top));
        store.registry.through(in -> new StallingStream(in, new CountDownLatch(1)));
        Deadline soon = Deadline.after(Duration.ofMillis(50), Clock.SYSTEM);
        assertThatThrownBy(() -> pull(NAME, soon)).isInstanceOf(DeadlineExceededException.class);
        assertNothingVisible();
    }

    @Test
    void whatIsRecordedSurvivesAndTheRestIsSwept() throws IOException {
        store.registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        store.service.rootfs().prepare("kept", NAME);
        store.stop();
        // What a kill in the middle of a pull and of a prepare leaves.
        String chain = "ab".repeat(32);
        Files.createDirectories(root.resolve("snapshots/" + chain + "/fs/x"));
        Files.createDirectories(root.resolve("unpack/half/fs"));
        Files.createDirectories(root.resolve("active/lost/fs"));
        Files.createDirectories(root.resolve("trash/old/d"));
        Files.writeString(root.resolve("content/blobs/sha256/" + chain), "lost");
        Path part = root.resolve("content/ingest/sha256/" + "cd".repeat(32));
        Files.writeString(part, "part");
        Files.setLastModifiedTime(
                part, FileTime.from(Clock.SYSTEM.now().minus(GarbageCollector.MAX_IDLE)));
        store.start();
        assertThat(store.service.images().list()).containsExactly(image);
        assertThat(store.service.rootfs().list()).containsExactly("kept");
        store.awaitDeleted();
        assertThat(root.resolve("snapshots/" + chain)).doesNotExist();
        assertThat(root.resolve("unpack/half")).doesNotExist();
        assertThat(root.resolve("active/lost")).doesNotExist();
        assertThat(root.resolve("active/kept/fs")).exists();
        assertThat(root.resolve("trash/old")).doesNotExist();
        assertThat(root.resolve("content/blobs/sha256/" + chain)).doesNotExist();
        assertThat(root.resolve("content/ingest/sha256/" + chain)).hasContent("lost");
        assertThat(part).doesNotExist();
    }

    @Test
    void whatAKilledPullHadFetchedIsNotFetchedAgain() throws Exception {
        store.registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        Digest whole = Digest.sha256(base.blob());
        Digest half = Digest.sha256(top.blob());
        store.service.images().remove(NAME);
        store.stop();
        // One layer had come whole, of the other only some bytes, when the daemon was killed.
        Files.write(root.resolve("content/blobs/sha256/" + whole.hex()), base.blob());
        Files.write(
                root.resolve("content/ingest/sha256/" + half.hex()), Arrays.copyOf(top.blob(), 20));
        store.start();
        assertThat(pull(NAME).layers()).isEqualTo(image.layers());
        assertThat(store.registry.bytesOf(whole)).isEqualTo(base.blob().length);
        assertThat(store.registry.bytesOf(half)).isEqualTo(2L * top.blob().length - 20);
    }

    @Test
    void aPullThatFailsForGoodKeepsNoWholeBlobs() throws IOException {
        store.registry.publish(
                NAME, List.of(new Layer(base.blob(), Digest.sha256(new byte[] {1}))));
        assertThatThrownBy(() -> pull(NAME)).isInstanceOf(DataLossException.class);
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void anImageThatLostALayerIsForgotten() throws IOException {
        store.registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        store.stop();
        Files.move(
                root.resolve("snapshots").resolve(image.layers().getFirst().hex()),
                root.resolve("trash/taken"));
        store.start();
        assertThat(store.service.images().list()).isEmpty();
        assertThat(pull(NAME).id()).isEqualTo(image.id());
    }

    private void assertNothingVisible() throws IOException {
        assertThat(store.service.images().list()).isEmpty();
        assertThat(store.remains())
                .filteredOn(path -> !path.startsWith("content/ingest/"))
                .isEmpty();
    }

    /** Gives a few bytes and then waits for an interrupt. */
    private static final class StallingStream extends InputStream {
        private final InputStream in;
        private final CountDownLatch reading;
        private int given;

        StallingStream(InputStream in, CountDownLatch reading) {
            this.in = in;
            this.reading = reading;
        }

        @Override
        public int read() throws IOException {
            if (given++ < 10) {
                return in.read();
            }
            reading.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancelledException("interrupted", e);
            }
            return -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int b = read();
            target[offset] = (byte) b;
            return 1;
        }
    }
}
