package io.gantry.image.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.base.error.AlreadyExistsException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.layer.LayerApplier;
import io.gantry.image.layer.LayerLimits;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.MountFlags;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots as the kernel's overlayfs shows them, and as they are read without it. */
@Tag("privileged")
class OverlaySnapshotterPrivilegedIT {

    private static final Syscalls KERNEL = Syscalls.system();

    @TempDir private Path directory;

    private OverlaySnapshotter snapshotter;
    private Path mountpoint;
    private boolean mounted;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        snapshotter = OverlaySnapshotter.open(KERNEL, directory.resolve("state"));
        mountpoint = Files.createDirectory(directory.resolve("mnt"));
    }

    @AfterEach
    void close() throws IOException {
        unmount();
        snapshotter.close();
    }

    private void mount(List<SpecMount> mounts) throws IOException {
        SpecMount mount = mounts.getFirst();
        boolean overlay = mount.type().equals("overlay");
        List<String> data = new ArrayList<>(mount.options());
        long flags = overlay ? 0 : MountFlags.MS_BIND;
        data.removeAll(List.of("ro", "bind"));
        KERNEL.mount(
                CString.of(mount.source()),
                CString.of(mountpoint.toString()),
                overlay ? CString.of("overlay") : null,
                flags,
                overlay ? CString.of(String.join(",", data)) : null);
        mounted = true;
    }

    private void unmount() throws IOException {
        if (mounted) {
            KERNEL.umount2(CString.of(mountpoint.toString()), 0);
            mounted = false;
        }
    }

    private List<Digest> stack(TarBuilder... layers) throws IOException {
        List<Digest> stack = new ArrayList<>();
        for (TarBuilder layer : layers) {
            Path staged = snapshotter.stage();
            AppliedLayer applied =
                    new LayerApplier(KERNEL, LayerLimits.defaults())
                            .apply("test", new ByteArrayInputStream(layer.build()), staged);
            Digest chainId =
                    Digest.sha256(
                            (stack + " " + applied.diffId()).getBytes(StandardCharsets.UTF_8));
            snapshotter.commit(staged, chainId, stack, applied);
            stack.add(chainId);
        }
        return stack;
    }

    private Optional<String> read(List<Digest> stack, String path) throws IOException {
        return snapshotter
                .stack(stack)
                .readFile(path, 1000)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    @Test
    void layersMergeAsTheKernelMergesThem() throws IOException {
        List<Digest> stack =
                stack(
                        new TarBuilder()
                                .directory("d", 0755)
                                .file("d/low", "low")
                                .file("d/changed", "old")
                                .file("d/gone", "gone")
                                .directory("opaque", 0755)
                                .file("opaque/low", "low")
                                .directory("replaced", 0755)
                                .file("replaced/x", "x"),
                        new TarBuilder()
                                .directory("d", 0755)
                                .file("d/changed", "new")
                                .file("d/.wh.gone", "")
                                .directory("opaque", 0755)
                                .file("opaque/.wh..wh..opq", "")
                                .file("opaque/high", "high")
                                .file("replaced", "a file now"));
        mount(snapshotter.prepare("c", stack));
        assertThat(mountpoint.resolve("d/low")).hasContent("low");
        assertThat(mountpoint.resolve("d/changed")).hasContent("new");
        assertThat(mountpoint.resolve("d/gone")).doesNotExist();
        assertThat(mountpoint.resolve("opaque/low")).doesNotExist();
        assertThat(mountpoint.resolve("opaque/high")).hasContent("high");
        assertThat(mountpoint.resolve("replaced")).hasContent("a file now");
        for (String path :
                List.of(
                        "/d/low",
                        "/d/changed",
                        "/d/gone",
                        "/opaque/low",
                        "/opaque/high",
                        "/replaced",
                        "/replaced/x")) {
            Path shown = Path.of(mountpoint + path);
            Optional<String> kernels =
                    Files.exists(shown) ? Optional.of(Files.readString(shown)) : Optional.empty();
            assertThat(read(stack, path)).as(path).isEqualTo(kernels);
        }
    }

    @Test
    void anOpaqueRootHidesEverythingBelow() throws IOException {
        List<Digest> stack =
                stack(
                        new TarBuilder().file("low", "low"),
                        new TarBuilder().file(".wh..wh..opq", "").file("high", "high"));
        mount(snapshotter.prepare("c", stack));
        assertThat(mountpoint.resolve("low")).doesNotExist();
        assertThat(mountpoint.resolve("high")).hasContent("high");
        assertThat(read(stack, "/low")).isEmpty();
    }

    @Test
    void whatIsWrittenStaysInTheSnapshot() throws IOException {
        List<Digest> stack = stack(new TarBuilder().file("a", "a"));
        List<SpecMount> mounts = snapshotter.prepare("c", stack);
        long before = snapshotter.usage("c").orElseThrow().bytes();
        mount(mounts);
        Files.write(mountpoint.resolve("new"), new byte[100_000]);
        assertThat(snapshotter.usage("c").orElseThrow().bytes() - before)
                .isBetween(100_000L, 200_000L);
        unmount();
        assertThat(read(stack, "/new")).isEmpty();
        snapshotter.remove("c");
        snapshotter.remove("c");
        assertThat(snapshotter.keys()).isEmpty();
        assertThat(snapshotter.usage("c")).isEmpty();
    }

    @Test
    void theRootLooksLikeTheTopmostLayers() throws IOException {
        List<Digest> stack =
                stack(
                        new TarBuilder()
                                .entry(
                                        '5',
                                        "./",
                                        e -> {
                                            e.mode = 0711;
                                            e.uid = 5;
                                            e.gid = 6;
                                        }),
                        new TarBuilder().file("a", "a"));
        mount(snapshotter.prepare("c", stack));
        assertThat((int) Files.getAttribute(mountpoint, "unix:mode") & 07777).isEqualTo(0711);
        assertThat((int) Files.getAttribute(mountpoint, "unix:uid")).isEqualTo(5);
        assertThat((int) Files.getAttribute(mountpoint, "unix:gid")).isEqualTo(6);
    }

    @Test
    void imagesWithoutLayersAreEmpty() throws IOException {
        mount(snapshotter.prepare("c", List.of()));
        assertThat(mountpoint).isEmptyDirectory();
        Files.writeString(mountpoint.resolve("a"), "a");
    }

    @Test
    void viewsOfOneAndOfManyLayersShowThem() throws IOException {
        List<Digest> stack =
                stack(new TarBuilder().file("a", "a"), new TarBuilder().file("b", "b"));
        mount(List.of(snapshotter.view(stack.subList(0, 1))));
        assertThat(mountpoint.resolve("a")).hasContent("a");
        unmount();
        mount(List.of(snapshotter.view(stack)));
        assertThat(mountpoint.resolve("a")).hasContent("a");
        assertThat(mountpoint.resolve("b")).hasContent("b");
    }

    @Test
    void aViewOfOneLayerHidesItsWhiteouts() throws IOException {
        mount(
                List.of(
                        snapshotter.view(
                                stack(new TarBuilder().file("a", "a").file(".wh.gone", "")))));
        assertThat(mountpoint.toFile().list()).containsExactly("a");
    }

    @Test
    void aViewOfNoLayersIsEmptyAndReadOnly() throws IOException {
        mount(List.of(snapshotter.view(List.of())));
        assertThat(mountpoint).isEmptyDirectory();
        assertThatThrownBy(() -> Files.writeString(mountpoint.resolve("a"), "a"))
                .hasMessageContaining("Read-only file system");
    }

    @Test
    void aHundredAndTwentyEightLayersFitTheOptionsOfAMount() throws IOException {
        TarBuilder[] layers = new TarBuilder[128];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = new TarBuilder().file("f" + i, "x");
        }
        // From the usual state directory; here the path is that of a temporary one.
        int longer = directory.resolve("state").toString().length() - "/var/lib/gantry".length();
        List<SpecMount> mounts = snapshotter.prepare("c", stack(layers));
        int length = String.join(",", mounts.getFirst().options()).length();
        assertThat(length - 130 * longer).isLessThan(4096);
    }

    @Test
    void aKeyIsTakenOnce() throws IOException {
        List<Digest> stack = stack(new TarBuilder().file("a", "a"));
        snapshotter.prepare("c", stack);
        assertThatThrownBy(() -> snapshotter.prepare("c", stack))
                .isInstanceOf(AlreadyExistsException.class)
                .hasMessage("snapshot c exists already");
    }

    @Test
    void keysThatAreNoNamesAreRefused() {
        for (String key : List.of("", ".", "..", "../x", "a/b", "a\0")) {
            assertThatThrownBy(() -> snapshotter.prepare(key, List.of()))
                    .as(key)
                    .isInstanceOf(InvalidArgumentException.class);
        }
    }

    @Test
    void aStateDirectoryThatOverlayfsCannotTakeIsRefused() {
        assertThatThrownBy(() -> OverlaySnapshotter.open(KERNEL, directory.resolve("a:b")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("a:b");
    }

    @Test
    void filesThatAreNoneAreNotReadAndDoNotBlock() throws IOException {
        List<Digest> stack =
                stack(
                        new TarBuilder()
                                .directory("etc", 0755)
                                .entry('6', "etc/passwd", e -> e.mode = 0644)
                                .entry(
                                        '3',
                                        "etc/group",
                                        e -> {
                                            e.major = 1;
                                            e.minor = 5;
                                        })
                                .symlink("etc/a", "b")
                                .symlink("etc/b", "a")
                                .symlink("etc/host", "/../../../etc/hostname")
                                .file("etc/large", "x".repeat(1001)));
        for (String path : List.of("/etc/passwd", "/etc/group", "/etc/a", "/etc/large")) {
            assertThatThrownBy(() -> read(stack, path))
                    .as(path)
                    .isInstanceOf(FailedPreconditionException.class);
        }
        assertThat(read(stack, "/etc/host")).isEmpty();
    }

    @Test
    void linksAreFollowedAcrossLayers() throws IOException {
        List<Digest> stack =
                stack(
                        new TarBuilder()
                                .directory("usr/etc", 0755)
                                .file("usr/etc/passwd", "low")
                                .symlink("etc", "usr/etc"),
                        new TarBuilder()
                                .directory("usr", 0755)
                                .directory("usr/etc", 0755)
                                .file("usr/etc/group", "high"));
        assertThat(read(stack, "/etc/passwd")).contains("low");
        assertThat(read(stack, "/etc/group")).contains("high");
        assertThat(read(stack, "/usr/../etc/./group")).contains("high");
    }

    @Test
    void treesDeeperThanAPathAreRemoved() throws IOException {
        List<Digest> stack = stack(new TarBuilder().file("a", "a"));
        snapshotter.prepare("c", stack);
        int fd =
                KERNEL.openat(
                        OpenFlags.AT_FDCWD,
                        CString.of(directory.resolve("state/active/c/fs").toString()),
                        OpenFlags.O_DIRECTORY,
                        0);
        CString name = CString.of("d".repeat(100));
        for (int i = 0; i < 300; i++) {
            KERNEL.mkdirat(fd, name, 0755);
            int child = KERNEL.openat(fd, name, OpenFlags.O_DIRECTORY, 0);
            KERNEL.close(fd);
            fd = child;
        }
        KERNEL.close(fd);
        snapshotter.remove("c");
        Emptied.await(directory.resolve("state/trash"));
        assertThat(directory.resolve("state/active")).isEmptyDirectory();
    }

    @Test
    void onExt4LayersAreUnpackedEachInABlockGroupOfItsOwn() throws IOException {
        assumeThat(Files.getFileStore(directory).type()).isEqualTo("ext4");
        CString unpack = CString.of(directory.resolve("state/unpack").toString());
        int fd = KERNEL.openat(OpenFlags.AT_FDCWD, unpack, OpenFlags.O_DIRECTORY, 0);
        try {
            assertThat(KERNEL.ioctl_getflags(fd) & OpenFlags.FS_TOPDIR_FL).isNotZero();
        } finally {
            KERNEL.close(fd);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha256:", "nothing\nof\nthe\nkind\n", "\0\0\0\0"})
    void aLayerOfWhichALossOfPowerLeftOnlySomeIsRemovedAtTheStart(String left) throws IOException {
        List<Digest> stack =
                stack(new TarBuilder().file("whole", ""), new TarBuilder().file("lost", ""));
        Digest alias = Digest.sha256(new byte[] {1});
        snapshotter.alias(alias, stack.getLast());
        Path state = directory.resolve("state");
        Path lost = state.resolve("snapshots").resolve(stack.getLast().hex());
        Files.writeString(lost.resolve("layer"), left);
        snapshotter.close();
        snapshotter = OverlaySnapshotter.open(KERNEL, state);
        assertThat(snapshotter.layers()).containsExactly(stack.getFirst());
        assertThat(lost).doesNotExist();
        try (Stream<Path> links = Files.list(state.resolve("l"))) {
            assertThat(links).hasSize(1);
        }
        assertThat(stack(new TarBuilder().file("whole", ""), new TarBuilder().file("lost", "")))
                .isEqualTo(stack);
        assertThat(read(stack, "/lost")).contains("");
    }

    @Test
    void aLinkToALayerThatIsNotThereIsRemovedAtTheStart() throws IOException {
        Path state = directory.resolve("state");
        Path link = state.resolve("l/01234567");
        Files.createSymbolicLink(link, Path.of("../snapshots/" + "01234567".repeat(8) + "/fs"));
        snapshotter.close();
        snapshotter = OverlaySnapshotter.open(KERNEL, state);
        assertThat(Files.isSymbolicLink(link)).isFalse();
    }
}
