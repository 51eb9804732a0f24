package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.service.MemoryRegistry.Layer;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images that containers see, and directories filled from images, on the real file system. */
@Tag("privileged")
@Timeout(300)
class ImageVolumesPrivilegedIT {

    private static final String NAME = "registry.example/model:1";
    private static final String OTHER = "registry.example/app:1";

    @TempDir private Path root;

    private Store store;
    private RootfsStore rootfs;

    private static Layer layer() {
        return Store.layer(
                new TarBuilder()
                        .directory("models", 0755)
                        .directory("models/v1", 0750)
                        .file("models/v1/weights", "weights")
                        .symlink("latest", "/models/v1")
                        .symlink("out", "../../../../../../../../tmp")
                        .symlink("loop", "loop")
                        .file("file", "x"));
    }

    @BeforeEach
    void open() throws IOException {
        Root.required();
        store = new Store(root);
        rootfs = store.service.rootfs();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void aViewIsOneOverlayThatNobodyCanWriteTo() {
        store.pull(NAME, layer());
        SpecMount view = rootfs.view("c", NAME, "");
        assertThat(view.type()).isEqualTo("overlay");
        assertThat(view.options())
                .contains("ro")
                .noneMatch(option -> option.startsWith("upperdir="))
                .noneMatch(option -> option.startsWith("X-mount."));
    }

    @Test
    void subPathsAreFoundThroughLinksInsideTheImage() {
        store.pull(NAME, layer());
        for (String path : List.of("models/v1", "/models//v1/", "latest", "latest/.")) {
            assertThat(rootfs.view("c", NAME, path).options()).contains("X-mount.subdir=" + path);
        }
    }

    @Test
    void subPathsThatCannotBeAreRefusedAndHoldNothing() throws IOException {
        Image image = store.pull(NAME, layer());
        String what = "sub-path \"%s\" of image " + image.id() + ": ";
        for (String path : List.of("../etc", "models/../..", "..")) {
            assertThatThrownBy(() -> rootfs.view("c", NAME, path))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessage(what.formatted(path) + "path escapes from parent");
        }
        for (String path : List.of("none", "file/x", "out/x", "out")) {
            assertThatThrownBy(() -> rootfs.view("c", NAME, path))
                    .isInstanceOf(NotFoundException.class)
                    .hasMessage(what.formatted(path) + "no such file or directory");
        }
        assertThatThrownBy(() -> rootfs.view("c", NAME, "file"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(what.formatted("file") + "only directory subpath is supported");
        assertThatThrownBy(() -> rootfs.view("c", NAME, "loop"))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("too many symbolic links");
        assertThat(rootfs.list()).isEmpty();
        store.service.images().remove(NAME);
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void anImageThatIsNotHereIsNamed() {
        assertThatThrownBy(() -> rootfs.view("c", NAME, ""))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("image " + NAME + " is not here");
    }

    @Test
    void layersStayAsLongAsAContainerSeesThem() throws IOException {
        Image image = store.pull(NAME, layer());
        store.pull(OTHER, Store.layer("app", "app"));
        rootfs.prepare("c", OTHER);
        rootfs.view("c", NAME, "");
        rootfs.view("c", NAME, "models");
        rootfs.view("d", NAME, "");
        assertThat(store.service.inspector().inspect(NAME).use().containers())
                .containsExactlyInAnyOrder("c", "d");
        store.service.images().remove(NAME);
        store.service.images().remove(OTHER);
        store.reopen();
        rootfs = store.service.rootfs();
        assertThat(rootfs.list()).containsExactlyInAnyOrder("c", "d");
        rootfs.remove("c");
        Path weights =
                root.resolve("snapshots")
                        .resolve(image.chainId().hex())
                        .resolve("fs/models/v1/weights");
        assertThat(weights).hasContent("weights");
        rootfs.remove("d");
        rootfs.remove("d");
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void anImageThatAContainerSeesIsNotRemovedByItsName() {
        store.pull(NAME, layer());
        rootfs.view("c", NAME, "");
        assertThatThrownBy(() -> store.service.names().remove(NAME, false))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("is used by container c");
    }

    private Path volume(String path, Layer... layers) {
        store.pull(OTHER, layers);
        rootfs.prepare("c", OTHER);
        return rootfs.volume("c", path);
    }

    private static Map<String, Object> attributes(Path file) throws IOException {
        return Files.readAttributes(
                file, "unix:mode,uid,gid,nlink,rdev,ino", LinkOption.NOFOLLOW_LINKS);
    }

    private static Layer lowerOfData() {
        return Store.layer(
                new TarBuilder()
                        .entry(
                                '5',
                                "data",
                                e -> {
                                    e.mode = 01770;
                                    e.uid = 70;
                                    e.gid = 71;
                                })
                        .file("data/gone", "gone")
                        .entry(
                                '0',
                                "data/tool",
                                e -> {
                                    e.mode = 04755;
                                    e.uid = 70;
                                    e.content = new byte[] {1, 2, 3};
                                    e.pax("SCHILY.xattr.trusted.kind", "tool");
                                })
                        .hardLink("data/same", "data/tool"));
    }

    private static Layer upperOfData() {
        return Store.layer(
                new TarBuilder()
                        .file("data/.wh.gone", "")
                        .directory("data/sub", 0700)
                        .file("data/sub/new", "new")
                        .symlink("data/link", "/etc/passwd")
                        .entry('6', "data/pipe", e -> e.mode = 0620)
                        .entry(
                                '3',
                                "data/null",
                                e -> {
                                    e.major = 1;
                                    e.minor = 3;
                                }));
    }

    @Test
    void volumesHaveWhatTheLayersHaveThereWithAllItsAttributes() throws IOException {
        Path volume = volume("/data", lowerOfData(), upperOfData());
        assertThat(volume.toFile().list())
                .containsExactlyInAnyOrder("tool", "same", "sub", "link", "pipe", "null");
        assertThat(attributes(volume))
                .containsEntry("uid", 70)
                .containsEntry("gid", 71)
                .containsEntry("mode", 0041770);
        assertThat(attributes(volume.resolve("tool")))
                .containsEntry("uid", 70)
                .containsEntry("mode", 0104755)
                .containsEntry("nlink", 2)
                .containsEntry("ino", attributes(volume.resolve("same")).get("ino"));
        CString tool = CString.of(volume.resolve("tool").toString());
        assertThat(Syscalls.system().lgetxattr(tool, CString.of("trusted.kind")))
                .contains("tool".getBytes(StandardCharsets.UTF_8));
        assertThat(Files.getLastModifiedTime(volume.resolve("sub")))
                .isEqualTo(FileTime.fromMillis(1_600_000_000_000L));
        assertThat(Files.readSymbolicLink(volume.resolve("link")))
                .isEqualTo(Path.of("/etc/passwd"));
        assertThat(attributes(volume.resolve("pipe"))).containsEntry("mode", 0010620);
        assertThat(attributes(volume.resolve("null"))).containsEntry("rdev", 0x103L);
        assertThat(volume.resolve("sub/new")).hasContent("new");
    }

    @Test
    void holesOfFilesStayHoles() throws IOException {
        Layer sparse =
                Store.layer(
                        new TarBuilder()
                                .entry(
                                        '0',
                                        "data/sparse",
                                        e -> {
                                            e.pax("GNU.sparse.major", "1")
                                                    .pax("GNU.sparse.minor", "0")
                                                    .pax("GNU.sparse.name", "data/sparse")
                                                    .pax("GNU.sparse.realsize", "33554432");
                                            byte[] map = new byte[512 + 5];
                                            byte[] text =
                                                    "1\n1048576\n5\n"
                                                            .getBytes(StandardCharsets.US_ASCII);
                                            System.arraycopy(text, 0, map, 0, text.length);
                                            System.arraycopy(
                                                    new byte[] {'h', 'e', 'l', 'l', 'o'},
                                                    0,
                                                    map,
                                                    512,
                                                    5);
                                            e.content = map;
                                        }));
        Path file = volume("/data", sparse).resolve("sparse");
        assertThat(Files.size(file)).isEqualTo(32 << 20);
        byte[] bytes = Files.readAllBytes(file);
        assertThat(new String(bytes, 1 << 20, 5, StandardCharsets.US_ASCII)).isEqualTo("hello");
        FileStatus status =
                Syscalls.system().statx(OpenFlags.AT_FDCWD, CString.of(file.toString()), 0);
        assertThat(status.blocks()).isLessThan(2048);
    }

    @Test
    void aVolumeWhereTheImageHasNothingIsEmpty() throws IOException {
        Path volume = volume("/none/there", layer());
        assertThat(volume).isEmptyDirectory();
        assertThat(attributes(volume)).containsEntry("mode", 0040755).containsEntry("uid", 0);
    }

    @Test
    void linksOnTheWayToAVolumeStayInTheImage() throws IOException {
        Path volume = volume("/latest", layer());
        assertThat(volume.resolve("weights")).hasContent("weights");
        assertThat(rootfs.volume("c", "/out")).isEmptyDirectory();
        assertThat(rootfs.volume("c", "/../../latest").toFile().list()).containsExactly("weights");
    }

    @Test
    void aVolumeInPlaceOfAFileIsRefused() {
        assertThatThrownBy(() -> volume("/file", layer()))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage("/file in the image is no directory, so it cannot be a volume");
    }

    @Test
    void whatIsWrittenToAVolumeReachesNeitherTheImageNorAnotherContainer() throws IOException {
        Path one = volume("/models", layer());
        rootfs.prepare("d", OTHER);
        Path two = rootfs.volume("d", "/models");
        Files.writeString(one.resolve("v1/weights"), "spoilt");
        assertThat(two.resolve("v1/weights")).hasContent("weights");
        rootfs.prepare("e", OTHER);
        assertThat(rootfs.volume("e", "/models").resolve("v1/weights")).hasContent("weights");
    }

    @Test
    void volumesGoWithTheirContainerAlsoWhenItIsHalfMade() throws IOException {
        volume("/models", layer());
        store.service.images().remove(OTHER);
        store.reopen();
        rootfs = store.service.rootfs();
        assertThat(rootfs.list()).containsExactly("c");
        rootfs.remove("c");
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void aVolumeNeedsAContainer() {
        assertThatThrownBy(() -> rootfs.volume("c", "/data"))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("c has no root file system");
    }
}
