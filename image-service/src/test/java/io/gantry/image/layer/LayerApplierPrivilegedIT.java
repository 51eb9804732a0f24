package io.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.content.Digest;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.FileStatus;
import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a layer says is what the file system has afterwards. */
@Tag("privileged")
class LayerApplierPrivilegedIT {

    private static final Syscalls KERNEL = Syscalls.system();
    private static final CString OPAQUE = CString.of("trusted.overlay.opaque");

    @TempDir private Path layer;

    @BeforeEach
    void requireRoot() {
        Root.required();
    }

    private AppliedLayer apply(byte[] blob) throws IOException {
        return new LayerApplier(KERNEL, LayerLimits.defaults())
                .apply("test", new ByteArrayInputStream(blob), layer);
    }

    private AppliedLayer apply(TarBuilder tar) throws IOException {
        return apply(tar.build());
    }

    @Test
    void withoutNativeLibrariesALayerIsTheSame(@TempDir Path other) throws IOException {
        byte[] tar =
                new TarBuilder()
                        .directory("d/", 0755)
                        .file("d/large", "some text, ".repeat(200_000))
                        .symlink("d/link", "large")
                        .hardLink("d/same", "d/large")
                        .build();
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        for (int i = 0; i < tar.length; i += 1_000_000) {
            try (OutputStream member = new GZIPOutputStream(members)) {
                member.write(tar, i, Math.min(1_000_000, tar.length - i));
            }
        }
        AppliedLayer portable =
                new LayerApplier(KERNEL, LayerLimits.defaults(), Libraries.NONE)
                        .apply("test", new ByteArrayInputStream(members.toByteArray()), other);
        assertThat(portable).isEqualTo(apply(members.toByteArray()));
        assertThat(portable.diffId()).isEqualTo(Digest.sha256(tar));
        for (String name : new String[] {"d/large", "d/link", "d/same"}) {
            assertThat(other.resolve(name)).hasSameBinaryContentAs(layer.resolve(name));
        }
    }

    /** A blob that has not ended, and whose reading fails when it is given up. */
    private static final class Interruptible extends InputStream {

        private int left = BufferPool.SIZE + 1;

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new ClosedByInterruptException();
                }
            }
            int count = Math.min(left, length);
            Arrays.fill(target, offset, offset + count, (byte) 'x');
            left -= count;
            return count;
        }
    }

    @Test
    @Timeout(300)
    void whatEndsUnpackingIsToldAndNotWhatComesOfIt() {
        LayerApplier applier = new LayerApplier(KERNEL, LayerLimits.defaults());
        assertThatThrownBy(() -> applier.apply("test", new Interruptible(), layer))
                .isInstanceOf(InvalidLayerException.class)
                .hasMessageStartingWith("layer test: ");
    }

    private FileStatus status(String path) throws IOException {
        return KERNEL.statx(
                OpenFlags.AT_FDCWD, CString.of(layer + "/" + path), OpenFlags.AT_SYMLINK_NOFOLLOW);
    }

    private byte[] xattr(String path, String name) throws IOException {
        return KERNEL.lgetxattr(CString.of(layer + "/" + path), CString.of(name))
                .orElse(new byte[0]);
    }

    @Test
    void filesDirectoriesAndLinksComeOut() throws IOException {
        apply(
                new TarBuilder()
                        .directory("etc", 0755)
                        .file("etc/hosts", "127.0.0.1 localhost\n")
                        .symlink("etc/mtab", "/proc/mounts")
                        .hardLink("etc/hosts2", "etc/hosts"));
        assertThat(layer.resolve("etc/hosts")).hasContent("127.0.0.1 localhost\n");
        assertThat(Files.readSymbolicLink(layer.resolve("etc/mtab")))
                .isEqualTo(Path.of("/proc/mounts"));
        assertThat(status("etc/hosts2").inode()).isEqualTo(status("etc/hosts").inode());
        assertThat(status("etc/hosts").nlink()).isEqualTo(2);
    }

    @Test
    void ownersModesAndTimesAreExact() throws IOException {
        apply(
                new TarBuilder()
                        .entry(
                                '5',
                                "d/",
                                e -> {
                                    e.mode = 01777;
                                    e.uid = 1000;
                                    e.gid = 2000;
                                    e.pax("mtime", "1500000000.000000001");
                                })
                        .entry(
                                '0',
                                "d/su",
                                e -> {
                                    e.mode = 06755;
                                    e.uid = 3;
                                    e.gid = 4;
                                    e.pax("mtime", "1600000000.123456789");
                                }));
        FileStatus directory = status("d");
        assertThat(directory.permissions()).isEqualTo(01777);
        assertThat(directory.uid()).isEqualTo(1000);
        assertThat(directory.gid()).isEqualTo(2000);
        // Although the file was made in it later.
        assertThat(directory.modified()).isEqualTo(new Time(1_500_000_000, 1));
        FileStatus file = status("d/su");
        assertThat(file.permissions()).isEqualTo(06755);
        assertThat(file.uid()).isEqualTo(3);
        assertThat(file.gid()).isEqualTo(4);
        assertThat(file.modified()).isEqualTo(new Time(1_600_000_000, 123_456_789));
    }

    @Test
    void symbolicLinksHaveOwnersAndTimes() throws IOException {
        apply(
                new TarBuilder()
                        .entry(
                                '2',
                                "l",
                                e -> {
                                    e.link = "nowhere";
                                    e.uid = 7;
                                    e.gid = 8;
                                    e.mtime = 1_234_567_890;
                                }));
        assertThat(status("l").uid()).isEqualTo(7);
        assertThat(status("l").gid()).isEqualTo(8);
        assertThat(status("l").modified()).isEqualTo(new Time(1_234_567_890, 0));
    }

    @Test
    void devicesAndFifosAreMade() throws IOException {
        apply(
                new TarBuilder()
                        .entry(
                                '3',
                                "null",
                                e -> {
                                    e.mode = 0666;
                                    e.major = 1;
                                    e.minor = 3;
                                })
                        .entry(
                                '4',
                                "disk",
                                e -> {
                                    e.mode = 0660;
                                    e.gid = 6;
                                    e.major = 8;
                                    e.minor = 300;
                                })
                        .entry('6', "pipe", e -> e.mode = 0622));
        assertThat(status("null").type()).isEqualTo(FileStatus.S_IFCHR);
        assertThat(status("null").rdev()).isEqualTo(FileStatus.makedev(1, 3));
        assertThat(status("null").permissions()).isEqualTo(0666);
        assertThat(status("disk").type()).isEqualTo(FileStatus.S_IFBLK);
        assertThat(status("disk").rdev()).isEqualTo(FileStatus.makedev(8, 300));
        assertThat(status("disk").gid()).isEqualTo(6);
        assertThat(status("pipe").type()).isEqualTo(FileStatus.S_IFIFO);
        assertThat(status("pipe").permissions()).isEqualTo(0622);
    }

    @Test
    void capabilitiesSurviveOwnerAndMode() throws IOException {
        // cap_net_raw=ep: version 2, effective, permitted bit 13
        byte[] capability = {1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        apply(
                new TarBuilder()
                        .entry(
                                '0',
                                "ping",
                                e -> {
                                    e.mode = 0755;
                                    e.uid = 1;
                                    e.content = new byte[] {1};
                                    e.pax.put("SCHILY.xattr.security.capability", capability);
                                }));
        assertThat(xattr("ping", "security.capability")).isEqualTo(capability);
        assertThat(status("ping").permissions()).isEqualTo(0755);
    }

    @Test
    void whatSteersOverlayfsIsNotTakenFromALayer() throws IOException {
        apply(
                new TarBuilder()
                        .entry(
                                '5',
                                "d",
                                e ->
                                        e.pax("SCHILY.xattr.trusted.overlay.redirect", "/etc")
                                                .pax("SCHILY.xattr.trusted.overlay.opaque", "y")
                                                .pax("SCHILY.xattr.trusted.kept", "yes")));
        assertThat(xattr("d", "trusted.overlay.redirect")).isEmpty();
        assertThat(xattr("d", "trusted.overlay.opaque")).isEmpty();
        assertThat(xattr("d", "trusted.kept")).asString().isEqualTo("yes");
    }

    @Test
    void whiteoutsBecomeThoseOfOverlayfs() throws IOException {
        AppliedLayer applied =
                apply(
                        new TarBuilder()
                                .directory("d", 0755)
                                .file("d/.wh.gone", "")
                                .directory("o", 0755)
                                .file("o/.wh..wh..opq", "")
                                .file("o/new", "new"));
        assertThat(status("d/gone").type()).isEqualTo(FileStatus.S_IFCHR);
        assertThat(status("d/gone").rdev()).isZero();
        assertThat(xattr("o", OPAQUE.toString())).asString().isEqualTo("y");
        assertThat(layer.resolve("o/new")).hasContent("new");
        assertThat(layer.resolve("o/.wh..wh..opq")).doesNotExist();
        assertThat(applied.opaqueRoot()).isFalse();
    }

    @Test
    void anOpaqueRootIsReported() throws IOException {
        assertThat(apply(new TarBuilder().file(".wh..wh..opq", "")).opaqueRoot()).isTrue();
    }

    @Test
    void aWhiteoutDoesNotHideItsOwnLayersFile() throws IOException {
        apply(
                new TarBuilder()
                        .file("before", "b")
                        .file(".wh.before", "")
                        .file(".wh.after", "")
                        .file("after", "a")
                        .file(".wh.dir", "")
                        .directory("dir", 0755)
                        .directory("dir2", 0755)
                        .file("dir2/x", "x")
                        .file(".wh.dir2", ""));
        assertThat(layer.resolve("before")).hasContent("b");
        assertThat(layer.resolve("after")).hasContent("a");
        // The directories hide the whole of what is below them.
        assertThat(xattr("dir", OPAQUE.toString())).asString().isEqualTo("y");
        assertThat(xattr("dir2", OPAQUE.toString())).asString().isEqualTo("y");
        assertThat(layer.resolve("dir2/x")).hasContent("x");
    }

    @Test
    void laterEntriesReplaceEarlierOnesOfAnyType() throws IOException {
        apply(
                new TarBuilder()
                        .file("a", "file")
                        .directory("a", 0755)
                        .file("a/x", "x")
                        .file("a/deep/y", "y")
                        .symlink("a", "b")
                        .file("a", "last")
                        .directory("d", 0700)
                        .file("d/kept", "kept")
                        .directory("d", 0755)
                        .symlink("l", "d")
                        .directory("l", 0711)
                        .file("h", "one")
                        .hardLink("h2", "h")
                        .file("h", "two"));
        assertThat(layer.resolve("a")).hasContent("last");
        assertThat(status("a").isRegular()).isTrue();
        assertThat(layer.resolve("d/kept")).hasContent("kept");
        assertThat(status("d").permissions()).isEqualTo(0755);
        assertThat(status("l").isDirectory()).isTrue();
        assertThat(layer.resolve("h")).hasContent("two");
        assertThat(layer.resolve("h2")).hasContent("one");
    }

    @Test
    void sparseFilesKeepTheirHoles() throws IOException {
        apply(
                new TarBuilder()
                        .entry(
                                '0',
                                "sparse",
                                e -> {
                                    e.content = "abcd".getBytes(StandardCharsets.UTF_8);
                                    e.pax("GNU.sparse.size", "10485760")
                                            .pax("GNU.sparse.map", "1048576,4");
                                }));
        FileStatus file = status("sparse");
        assertThat(file.size()).isEqualTo(10_485_760);
        assertThat(file.blocks() * 512).isLessThan(100_000);
        byte[] content = Files.readAllBytes(layer.resolve("sparse"));
        assertThat(new String(content, 1_048_576, 4, StandardCharsets.UTF_8)).isEqualTo("abcd");
    }

    @Test
    void namesThatAreNoUtf8AreKept() throws IOException {
        apply(new TarBuilder().file("caf\u00e9", "x"));
        CString name = CString.of((layer + "/caf\u00e9").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(KERNEL.statx(OpenFlags.AT_FDCWD, name, 0).size()).isEqualTo(1);
    }

    @Test
    void directoriesThatNoEntryDescribesAreReported() throws IOException {
        AppliedLayer applied =
                apply(new TarBuilder().file("a/b/c", "x").directory("a", 0711).file("d/.wh.x", ""));
        assertThat(applied.impliedDirectories()).containsExactly("", "a/b", "d");
        assertThat(status("a").permissions()).isEqualTo(0711);
        assertThat(status("a/b").permissions()).isEqualTo(0755);
    }

    @Test
    void compressionIsToldFromTheBytes() throws IOException {
        byte[] tar = new TarBuilder().file("a", "content").build();
        Digest diffId = Digest.sha256(tar);
        assertThat(apply(tar).diffId()).isEqualTo(diffId);
        assertThat(apply(gzip(tar)).diffId()).isEqualTo(diffId);
        assertThat(apply(com.github.luben.zstd.Zstd.compress(tar)).diffId()).isEqualTo(diffId);
    }

    @Test
    void gzipOfSeveralMembersIsOneArchive() throws IOException {
        byte[] tar = new TarBuilder().file("a", "content").file("b", "more").build();
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        members.writeBytes(gzip(java.util.Arrays.copyOf(tar, 700)));
        members.writeBytes(gzip(java.util.Arrays.copyOfRange(tar, 700, tar.length)));
        assertThat(apply(members.toByteArray()).diffId()).isEqualTo(Digest.sha256(tar));
        assertThat(layer.resolve("b")).hasContent("more");
    }

    @Test
    void usageCountsBlocksAndInodes() throws IOException {
        AppliedLayer applied =
                apply(
                        new TarBuilder()
                                .directory("./", 0755)
                                .directory("d", 0755)
                                .file("d/a", "x".repeat(5000))
                                .hardLink("d/b", "d/a")
                                .symlink("d/l", "a"));
        assertThat(applied.bytes()).isEqualTo(2 * 4096 + 2 * 4096);
        assertThat(applied.inodes()).isEqualTo(4);
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        return packed.toByteArray();
    }
}
