package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.service.DiskAccounts.LabelMatch;
import io.gantry.image.service.DiskAccounts.PruneOrder;
import io.gantry.image.service.DiskAccounts.Report;
import io.gantry.image.service.ImageNames.Removed;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real store says that things take, held against what removing them frees. */
@Tag("privileged")
@Timeout(300)
class DiskAccountsPrivilegedIT {

    @TempDir private Path root;
    private final Layer base = Store.layer("base", "b".repeat(10_000));
    private final Layer own = Store.layer("own", "o".repeat(5_000));
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

    private Removed prune(boolean all) {
        return store.service.accounts().prune(PruneOrder.of(all));
    }

    private static ImageDetails.Use use(Map<Digest, ImageDetails.Use> uses, Image image) {
        return Objects.requireNonNull(uses.get(image.id()), "image is not accounted for");
    }

    private long used() {
        return store.service.images().fsInfo().usedBytes();
    }

    @Test
    void whatImagesShareCountsOnceInAllAndForNoneAlone() {
        Image one = store.pull("one:1", base);
        Image two = store.pull("two:1", base, own);
        Report report = store.service.accounts().report(id -> false);
        ImageDetails.Use first = use(report.images(), one);
        ImageDetails.Use second = use(report.images(), two);
        // Manifest and configuration of its own; the rest is the other's as well.
        assertThat(first.unique()).isEqualTo(2 * 4096);
        assertThat(second.shared()).isEqualTo(first.shared());
        assertThat(report.imageTotals().bytes())
                .isEqualTo(first.total() + second.unique())
                .isEqualTo(used());
        assertThat(report.imageTotals().reclaimable()).isEqualTo(used());
        assertThat(report.imageTotals().count()).isEqualTo(2);
        assertThat(report.imageTotals().active()).isZero();
    }

    @Test
    void whatAContainerUsesIsActiveAndWhatItWroteIsItsOwn() throws IOException {
        Image one = store.pull("one:1", base);
        store.pull("two:1", base, own);
        store.service.rootfs().prepare("c1", "one:1");
        Files.writeString(root.resolve("active/c1/fs/written"), "x".repeat(6000));
        Report stopped = store.service.accounts().report(id -> false);
        assertThat(use(stopped.images(), one).containers()).isEqualTo(Set.of("c1"));
        assertThat(stopped.imageTotals().active()).isEqualTo(1);
        assertThat(stopped.containers()).hasSize(1);
        long written = stopped.containers().getFirst().usage().usedBytes();
        assertThat(written).isGreaterThanOrEqualTo(6000);
        assertThat(stopped.containerTotals())
                .isEqualTo(new DiskAccounts.Totals(1, 0, written, written));
        Report running = store.service.accounts().report("c1"::equals);
        assertThat(running.containerTotals()).isEqualTo(new DiskAccounts.Totals(1, 1, written, 0));
        long before = used();
        Removed removed = prune(true);
        assertThat(removed.freedBytes())
                .isEqualTo(stopped.imageTotals().reclaimable())
                .isEqualTo(before - used());
    }

    @Test
    void partsOfUnfinishedPullsCountAndAreFreed() throws IOException {
        store.pull("one:1", base);
        DiskAccounts.Totals before = store.service.accounts().report(id -> false).content();
        Digest part = Digest.sha256(new byte[] {1});
        Files.write(root.resolve("content/ingest/sha256/" + part.hex()), new byte[5000]);
        DiskAccounts.Totals after = store.service.accounts().report(id -> false).content();
        assertThat(after.count()).isEqualTo(before.count() + 1);
        assertThat(after.active()).isEqualTo(before.active());
        assertThat(after.bytes()).isEqualTo(before.bytes() + 8192);
        assertThat(after.reclaimable()).isEqualTo(before.reclaimable() + 8192);
        assertThat(prune(false).freedBytes()).isEqualTo(8192);
        assertThat(store.service.accounts().report(id -> false).content()).isEqualTo(before);
    }

    @Test
    void volumesOfContainersCountWithThem() throws IOException {
        store.pull("one:1", base);
        RootfsStore rootfs = store.service.rootfs();
        rootfs.prepare("c1", "one:1");
        rootfs.prepare("c2", "one:1");
        assertThat(store.service.accounts().report(id -> true).volumes())
                .isEqualTo(new DiskAccounts.Totals(0, 0, 0, 0));
        Files.writeString(rootfs.volume("c1", "/data").resolve("f"), "x".repeat(9000));
        rootfs.volume("c1", "/more");
        rootfs.volume("c2", "/data");
        DiskAccounts.Totals all = store.service.accounts().report("c2"::equals).volumes();
        assertThat(all.count()).isEqualTo(3);
        assertThat(all.active()).isEqualTo(1);
        assertThat(all.reclaimable()).isBetween(9000L, all.bytes());
        assertThat(store.service.accounts().report(id -> true).volumes().reclaimable()).isZero();
        rootfs.remove("c1");
        rootfs.remove("c2");
        assertThat(store.service.accounts().report(id -> true).volumes().count()).isZero();
    }

    /** Held against a walk of its own: whole blocks for files, one for each directory. */
    @Test
    void theImageFileSystemIsAccountedForToTheFile() throws IOException {
        TarBuilder tar =
                new TarBuilder()
                        .directory("etc", 0755)
                        .file("etc/a", "a".repeat(4097))
                        .hardLink("etc/same", "etc/a")
                        .symlink("etc/link", "a")
                        .file("implied/deeper/b", "b")
                        .file("etc/.wh.gone", "")
                        .file("opt/.wh..wh..opq", "");
        store.pull("one:1", base, own);
        store.pull("two:1", base, Store.layer(tar));
        Walk walk = new Walk();
        try (Stream<Path> layers = Files.list(root.resolve("snapshots"))) {
            for (Path layer : layers.toList()) {
                Files.walkFileTree(layer.resolve("fs"), walk);
            }
        }
        try (Stream<Path> blobs = Files.list(root.resolve("content/blobs/sha256"))) {
            for (Path blob : blobs.toList()) {
                walk.visitFile(blob, Files.readAttributes(blob, BasicFileAttributes.class));
            }
        }
        FsUsage usage = store.service.images().fsInfo();
        assertThat(usage.inodesUsed()).isEqualTo(walk.inodes.size());
        assertThat(usage.usedBytes()).isEqualTo(walk.bytes);
        assertThat(usage.mountpoint()).isEqualTo(root);
    }

    private static final class Walk extends SimpleFileVisitor<Path> {
        private final Set<Object> inodes = new HashSet<>();
        private long bytes;

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            inodes.add(Objects.requireNonNull(attributes.fileKey()));
            bytes += 4096;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            boolean isNew = inodes.add(Objects.requireNonNull(attributes.fileKey()));
            if (isNew && attributes.isRegularFile()) {
                bytes += (attributes.size() + 4095) / 4096 * 4096;
            }
            return FileVisitResult.CONTINUE;
        }
    }

    @Test
    void contentIsWhatIsPackedAndNeededIsAllOfIt() {
        store.pull("one:1", base, own);
        DiskAccounts.Totals content = store.service.accounts().report(id -> false).content();
        assertThat(content.count()).isEqualTo(4);
        assertThat(content.active()).isEqualTo(4);
        assertThat(content.bytes()).isEqualTo(4 * 4096);
        assertThat(content.reclaimable()).isZero();
    }

    @Test
    void pruningTakesImagesWithoutATagAndNamesWhatItTook() throws IOException {
        Image old = store.pull("one:1", base, own);
        Image renewed = store.pull("one:1", base);
        long unique = use(store.service.accounts().uses(), old).unique();
        Removed removed = prune(false);
        assertThat(removed.untagged()).isEqualTo(old.repoDigests());
        assertThat(removed.deleted()).containsExactly(old.id(), old.layers().getLast());
        assertThat(removed.freedBytes()).isEqualTo(unique);
        assertThat(store.service.images().list()).containsExactly(renewed);
        assertThat(prune(true).untagged()).contains("docker.io/library/one:1");
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void pruningLeavesWhatContainersUse() {
        Image one = store.pull("one:1", base);
        store.service.rootfs().prepare("c1", "one:1");
        store.pull("two:1", own);
        assertThat(prune(true).untagged()).contains("docker.io/library/two:1");
        assertThat(store.service.images().list()).containsExactly(one);
    }

    @Test
    void whatIsPinnedByNameIsSaidToBeAndStays() throws IOException {
        Image pause = store.pull("registry.example/pause:3.9", base);
        store.pull("two:1", own);
        assertThat(pause.pinned()).isFalse();
        store.reopen(List.of("registry.example/pause*"));
        assertThat(prune(true).untagged()).contains("docker.io/library/two:1");
        List<Image> left = store.service.images().list();
        assertThat(left).extracting(Image::id).containsExactly(pause.id());
        assertThat(left.getFirst().pinned()).isTrue();
        assertThat(store.service.images().find("registry.example/pause:3.9"))
                .hasValueSatisfying(image -> assertThat(image.pinned()).isTrue());
        assertThat(store.service.accounts().report(id -> false).imageTotals().reclaimable())
                .isZero();
        store.service.images().remove("registry.example/pause:3.9");
        assertThat(store.service.images().list()).isEmpty();
    }

    @Test
    void pruningHeedsTimeAndLabels() {
        Image one = store.pull("one:1", base);
        DiskAccounts accounts = store.service.accounts();
        Instant before = one.pulled();
        Optional<Instant> none = Optional.empty();
        List<LabelMatch> absent = List.of(LabelMatch.parse("stage=build"));
        accounts.prune(new PruneOrder(true, Optional.of(before), List.of(), List.of()));
        accounts.prune(new PruneOrder(true, none, absent, List.of()));
        assertThat(store.service.images().list()).containsExactly(one);
        Optional<Instant> after = Optional.of(before.plusNanos(1));
        accounts.prune(new PruneOrder(true, after, List.of(), absent));
        assertThat(store.service.images().list()).isEmpty();
    }

    @Test
    void partsOfUnfinishedPullsGoAsWell() throws IOException {
        String hex = "ab".repeat(32);
        Files.writeString(root.resolve("content/ingest/sha256/" + hex), "part");
        prune(false);
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void inspectionTellsLayersAndStepsAndUse() {
        Image image = store.pull("one:1", base, own);
        store.service.rootfs().prepare("c1", "one:1");
        ImageDetails details = store.service.inspector().inspect("one:1");
        assertThat(details.image()).isEqualTo(image);
        assertThat(details.manifest().digest()).isEqualTo(image.manifestDigest());
        assertThat(details.config().digest()).isEqualTo(image.id());
        assertThat(Digest.sha256(details.configJson().getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(image.id());
        assertThat(details.layers())
                .extracting(ImageDetails.Layer::chainId)
                .isEqualTo(image.layers());
        assertThat(details.layers())
                .extracting(ImageDetails.Layer::diffId)
                .containsExactly(base.diffId(), own.diffId());
        // The file, and the directory that it is in.
        assertThat(details.layers().getFirst().bytes()).isEqualTo(4 * 4096);
        assertThat(details.use().containers()).containsExactly("c1");
        // Without a history of its own, each layer is a step; the newest comes first.
        assertThat(details.history())
                .extracting(step -> step.layer())
                .isEqualTo(details.layers().reversed());
    }
}
