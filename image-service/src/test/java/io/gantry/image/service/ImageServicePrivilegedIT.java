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
import io.gantry.image.layer.LayerLimits;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.linux.syscall.Syscalls;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of an image into the store and out of it, with the registry in memory. */
@Tag("privileged")
@Timeout(60)
class ImageServicePrivilegedIT {

    private static final String NAME = "registry.example/app:1";

    @TempDir private Path root;

    private final MemoryRegistry registry = new MemoryRegistry();
    private final Layer base =
            layer(
                    new TarBuilder()
                            .directory("etc", 0755)
                            .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
                            .file("etc/gone", "gone")
                            .directory("tmp", 01777));
    private final Layer top =
            layer(
                    new TarBuilder()
                            .file("tmp/made", "x")
                            .file("etc/.wh.gone", "")
                            .symlink("link", "etc/../etc/passwd"));
    private ImageService service;

    private static Layer layer(TarBuilder tar) {
        byte[] bytes = tar.build();
        return new Layer(Zstd.compress(bytes), Digest.sha256(bytes));
    }

    @BeforeEach
    void open() throws IOException {
        Root.required();
        service = opened();
    }

    @AfterEach
    void close() {
        service.close();
    }

    private ImageService opened() throws IOException {
        ImageService.Settings settings =
                new ImageService.Settings(
                        root, root.resolve("gantry.db"), LayerLimits.defaults(), 2);
        return ImageService.open(
                settings,
                new ImageService.Surroundings(
                        Syscalls.system(), registry, Clock.SYSTEM, ImagePins.NONE));
    }

    private Image pull(String name) {
        return pull(name, Deadline.after(Duration.ofSeconds(30), Clock.SYSTEM));
    }

    private Image pull(String name, Deadline deadline) {
        return service.images()
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
        Digest manifest = registry.publish(NAME, List.of(base, top)).digest();
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
            assertThat(service.images().find(name)).as(name).contains(image);
        }
        assertThat(service.images().find("registry.example/app:2")).isEmpty();
        assertThat(service.images().list()).containsExactly(image);
    }

    @Test
    void filesAreReadAsAContainerWouldSeeThem() {
        registry.publish(NAME, List.of(base, top));
        pull(NAME);
        RootfsStore rootfs = service.rootfs();
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
        Layer pipe = layer(new TarBuilder().entry('6', "etc/passwd", e -> e.mode = 0644));
        registry.publish(NAME, List.of(base, pipe));
        pull(NAME);
        assertThatThrownBy(() -> service.rootfs().readFile(NAME, "/etc/passwd"))
                .isInstanceOf(FailedPreconditionException.class);
    }

    @Test
    void directoriesThatALayerOnlyPassesThroughKeepTheirMode() throws IOException {
        registry.publish(NAME, List.of(base, top));
        Digest chainId = pull(NAME).chainId();
        Path tmp = root.resolve("snapshots").resolve(chainId.hex()).resolve("fs/tmp");
        assertThat((int) Files.getAttribute(tmp, "unix:mode") & 07777).isEqualTo(01777);
    }

    @Test
    void pullingAgainFetchesNothing() {
        registry.publish(NAME, List.of(base, top));
        Image first = pull(NAME);
        Image second = pull(NAME);
        assertThat(second.id()).isEqualTo(first.id());
        assertThat(registry.fetches(Digest.sha256(base.blob()))).isEqualTo(1);
        assertThat(registry.fetches(first.manifestDigest())).isEqualTo(1);
    }

    @Test
    void concurrentPullsFetchASharedLayerOnce() throws InterruptedException, ExecutionException {
        List<Future<Image>> pulls = new ArrayList<>();
        try (ExecutorService threads = Tasks.nativePool("pulls", 8)) {
            for (int i = 0; i < 8; i++) {
                String name = "registry.example/app" + i % 4 + ":1";
                registry.publish(
                        name, List.of(base, layer(new TarBuilder().file("own", name)), top));
                pulls.add(threads.submit(() -> pull(name)));
            }
            for (Future<Image> pull : pulls) {
                assertThat(pull.get().layers()).hasSize(3);
            }
        }
        assertThat(service.images().list()).hasSize(4);
        assertThat(registry.fetches(Digest.sha256(base.blob()))).isEqualTo(1);
        assertThat(registry.fetches(Digest.sha256(top.blob()))).isEqualTo(1);
    }

    @Test
    void aTagThatMovedLeavesTheOldImageWithItsDigest() {
        registry.publish(NAME, List.of(base));
        Image old = pull(NAME);
        registry.publish(NAME, List.of(base, top));
        Image moved = pull(NAME);
        assertThat(service.images().find(NAME)).contains(moved);
        Image left = service.images().find(old.id().toString()).orElseThrow();
        assertThat(left.repoTags()).isEmpty();
        assertThat(left.repoDigests()).isEqualTo(old.repoDigests());
    }

    @Test
    void removingLeavesNothingBehind() throws IOException {
        registry.publish(NAME, List.of(base, top));
        registry.publish("registry.example/other:1", List.of(base, top));
        Image image = pull(NAME);
        pull("registry.example/other:1");
        assertThat(service.images().fsInfo().usedBytes()).isPositive();
        service.images().remove(image.id().hex().substring(0, 10));
        assertThat(service.images().list()).isEmpty();
        assertThat(service.images().find("registry.example/other:1")).isEmpty();
        assertThat(service.images().fsInfo().usedBytes()).isZero();
        service.images().remove(NAME);
        service.close();
        assertThat(remains()).isEmpty();
        service = opened();
    }

    @Test
    void aContainerKeepsTheLayersOfARemovedImage() throws IOException {
        registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        assertThat(service.rootfs().prepare("c1", NAME)).hasSize(1);
        service.images().remove(NAME);
        for (Digest layer : image.layers()) {
            assertThat(root.resolve("snapshots").resolve(layer.hex()).resolve("fs")).exists();
        }
        assertThat(service.rootfs().list()).containsExactly("c1");
        assertThatThrownBy(() -> service.rootfs().prepare("c2", NAME))
                .isInstanceOf(NotFoundException.class);
        service.rootfs().remove("c1");
        service.rootfs().remove("c1");
        service.close();
        assertThat(remains()).isEmpty();
        service = opened();
    }

    @Test
    void aLayerThatIsNotWhatTheConfigurationSaysIsRefused() throws IOException {
        Layer wrong = new Layer(top.blob(), Digest.sha256(new byte[] {1}));
        registry.publish(NAME, List.of(base, wrong));
        assertThatThrownBy(() -> pull(NAME))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("the image's configuration says " + wrong.diffId());
        assertNothingVisible();
    }

    @Test
    void aBlobWithAWrongDigestIsRefused() throws IOException {
        registry.publish(NAME, List.of(base));
        byte[] other = Zstd.compress(new TarBuilder().file("evil", "").build());
        registry.through(in -> new java.io.ByteArrayInputStream(other));
        assertThatThrownBy(() -> pull(NAME)).isInstanceOf(DataLossException.class);
        assertNothingVisible();
    }

    @Test
    void aHostileLayerIsRefusedByItsEntryAndLeavesNothing() throws IOException {
        registry.publish(NAME, List.of(base, layer(new TarBuilder().file("../../etc/x", "")), top));
        assertThatThrownBy(() -> pull(NAME))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("entry ../../etc/x: the name leads out of the layer");
        assertNothingVisible();
    }

    @Test
    void anInterruptedPullLeavesNoImageAndCanBeRepeated() throws Exception {
        registry.publish(NAME, List.of(base, top));
        CountDownLatch reading = new CountDownLatch(1);
        registry.through(in -> new StallingStream(in, reading));
        try (ExecutorService threads = Tasks.nativePool("pull", 1)) {
            Future<Throwable> pull = threads.submit(() -> catchThrowable(() -> pull(NAME)));
            reading.await();
            threads.shutdownNow();
            assertThat(pull.get()).isInstanceOf(CancelledException.class);
        }
        assertNothingVisible();
        registry.through(in -> in);
        assertThat(pull(NAME).layers()).hasSize(2);
    }

    @Test
    void aDeadlineEndsAPull() throws IOException {
        registry.publish(NAME, List.of(base, top));
        registry.through(in -> new StallingStream(in, new CountDownLatch(1)));
        Deadline soon = Deadline.after(Duration.ofMillis(50), Clock.SYSTEM);
        assertThatThrownBy(() -> pull(NAME, soon)).isInstanceOf(DeadlineExceededException.class);
        assertNothingVisible();
    }

    @Test
    void whatIsRecordedSurvivesAndTheRestIsSwept() throws IOException {
        registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        service.rootfs().prepare("kept", NAME);
        service.close();
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
        service = opened();
        assertThat(service.images().list()).containsExactly(image);
        assertThat(service.rootfs().list()).containsExactly("kept");
        service.close();
        assertThat(root.resolve("snapshots/" + chain)).doesNotExist();
        assertThat(root.resolve("unpack/half")).doesNotExist();
        assertThat(root.resolve("active/lost")).doesNotExist();
        assertThat(root.resolve("active/kept/fs")).exists();
        assertThat(root.resolve("trash/old")).doesNotExist();
        assertThat(root.resolve("content/blobs/sha256/" + chain)).doesNotExist();
        assertThat(root.resolve("content/ingest/sha256/" + chain)).hasContent("lost");
        assertThat(part).doesNotExist();
        service = opened();
    }

    @Test
    void whatAKilledPullHadFetchedIsNotFetchedAgain() throws Exception {
        registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        Digest whole = Digest.sha256(base.blob());
        Digest half = Digest.sha256(top.blob());
        service.images().remove(NAME);
        service.close();
        // One layer had come whole, of the other only some bytes, when the daemon was killed.
        Files.write(root.resolve("content/blobs/sha256/" + whole.hex()), base.blob());
        Files.write(
                root.resolve("content/ingest/sha256/" + half.hex()), Arrays.copyOf(top.blob(), 20));
        service = opened();
        assertThat(pull(NAME).layers()).isEqualTo(image.layers());
        assertThat(registry.bytesOf(whole)).isEqualTo(base.blob().length);
        assertThat(registry.bytesOf(half)).isEqualTo(2L * top.blob().length - 20);
    }

    @Test
    void aPullThatFailsForGoodKeepsNoWholeBlobs() throws IOException {
        registry.publish(NAME, List.of(new Layer(base.blob(), Digest.sha256(new byte[] {1}))));
        assertThatThrownBy(() -> pull(NAME)).isInstanceOf(DataLossException.class);
        service.close();
        assertThat(remains()).isEmpty();
        service = opened();
    }

    @Test
    void anImageThatLostALayerIsForgotten() throws IOException {
        registry.publish(NAME, List.of(base, top));
        Image image = pull(NAME);
        service.close();
        Files.move(
                root.resolve("snapshots").resolve(image.layers().getFirst().hex()),
                root.resolve("trash/taken"));
        service = opened();
        assertThat(service.images().list()).isEmpty();
        assertThat(pull(NAME).id()).isEqualTo(image.id());
    }

    private void assertNothingVisible() throws IOException {
        assertThat(service.images().list()).isEmpty();
        service.close();
        assertThat(remains()).filteredOn(path -> !path.startsWith("content/ingest/")).isEmpty();
        service = opened();
    }

    /** Every file of images that is left, relative to the root. */
    private List<String> remains() throws IOException {
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
