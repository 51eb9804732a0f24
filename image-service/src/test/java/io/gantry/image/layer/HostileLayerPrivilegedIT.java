package io.gantry.image.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.gantry.base.error.CancelledException;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that want out, or want too much. */
@Tag("privileged")
class HostileLayerPrivilegedIT {

    private static final LayerLimits LIMITS =
            new LayerLimits(1000, 64L << 30, 500, 4 << 20, 1 << 20);

    /** Holds the layer and, beside it, what must not change. */
    @TempDir private Path directory;

    private Path layer;
    private Path outside;

    @BeforeEach
    void makeDirectories() throws IOException {
        Root.required();
        layer = Files.createDirectory(directory.resolve("layer"));
        outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("file"), "untouched");
    }

    private void apply(byte[] blob) throws IOException {
        new LayerApplier(Syscalls.system(), LIMITS)
                .apply("test", new ByteArrayInputStream(blob), layer);
    }

    private void refuses(TarBuilder tar, String message) throws IOException {
        refuses(tar.build(), message);
    }

    private void refuses(byte[] blob, String message) throws IOException {
        assertThatThrownBy(() -> apply(blob))
                .isInstanceOf(InvalidLayerException.class)
                .hasMessageContaining(message);
        assertOutsideUntouched();
    }

    private void assertOutsideUntouched() throws IOException {
        try (Stream<Path> beside = Files.list(directory);
                Stream<Path> in = Files.list(outside)) {
            assertThat(beside).containsExactlyInAnyOrder(layer, outside);
            assertThat(in).containsExactly(outside.resolve("file"));
        }
        assertThat(outside.resolve("file")).hasContent("untouched");
        assertThat((int) Files.getAttribute(outside.resolve("file"), "unix:nlink")).isEqualTo(1);
    }

    @Test
    void namesThatLeadOutAreRefused() throws IOException {
        refuses(
                new TarBuilder().file("../../etc/x", ""),
                "layer test: entry ../../etc/x: the name leads out of the layer");
        refuses(new TarBuilder().entry('0', "a", e -> e.pax("path", "../x")), "entry ../x: ");
        refuses(new TarBuilder().directory("..", 0777), "entry ..: ");
    }

    @Test
    void absoluteNamesBeginAtTheLayersRoot() throws IOException {
        apply(new TarBuilder().file(outside + "/new", "x").build());
        assertOutsideUntouched();
        assertThat(Path.of(layer.toString() + outside + "/new")).hasContent("x");
    }

    @Test
    void anAbsoluteLinkToTheHostIsNoWayOut() throws IOException {
        refuses(
                new TarBuilder().symlink("evil", outside.toString()).file("evil/x", ""),
                "entry evil/x: its directory evil is a symbolic link that leads nowhere");
        refuses(
                new TarBuilder().symlink("evil2", "../../../outside").file("evil2/x", ""),
                "entry evil2/x: its directory evil2 is a symbolic link that leads nowhere");
    }

    @Test
    void aLinkIsFollowedWithTheLayerAsRoot() throws IOException {
        apply(
                new TarBuilder()
                        .directory("usr/lib", 0755)
                        .symlink("lib", "/usr/lib")
                        .symlink("up", "../../../usr")
                        .file("lib/a", "a")
                        .file("up/lib/b", "b")
                        .build());
        assertThat(layer.resolve("usr/lib/a")).hasContent("a");
        assertThat(layer.resolve("usr/lib/b")).hasContent("b");
        assertOutsideUntouched();
    }

    @Test
    void aFileIsNotWrittenThroughALinkOfItsName() throws IOException {
        apply(
                new TarBuilder()
                        .symlink("file", outside + "/file")
                        .file("file", "mine")
                        .symlink("dir", outside.toString())
                        .directory("dir", 0700)
                        .build());
        assertThat(layer.resolve("file")).hasContent("mine");
        assertThat(Files.isSymbolicLink(layer.resolve("file"))).isFalse();
        assertThat(Files.isSymbolicLink(layer.resolve("dir"))).isFalse();
        assertOutsideUntouched();
    }

    @Test
    void directoryTimesAreNotSetThroughALink() throws IOException {
        var before = Files.getLastModifiedTime(outside);
        apply(
                new TarBuilder()
                        .directory("d", 0755)
                        .symlink("d", outside.toString())
                        .directory("e/f", 0755)
                        .symlink("e", "../outside")
                        .build());
        assertThat(Files.getLastModifiedTime(outside)).isEqualTo(before);
    }

    @Test
    void aReplacedDirectoryIsNotReachedThroughItsOldDescriptor() throws IOException {
        refuses(
                new TarBuilder()
                        .directory("d", 0755)
                        .file("d/a", "a")
                        .symlink("d", outside.toString())
                        .file("d/b", "b"),
                "entry d/b: its directory d is a symbolic link that leads nowhere");
    }

    @Test
    void hardLinksStayInside() throws IOException {
        String file = outside + "/file";
        refuses(
                new TarBuilder().hardLink("l", "../outside/file"),
                "entry l: hard link to ../outside/file leads out of the layer");
        refuses(
                new TarBuilder().hardLink("l", file),
                "hard link to " + file + ", which is not in this layer");
        refuses(
                new TarBuilder().entry('1', "l", e -> e.pax("linkpath", "../outside/file")),
                "leads out of the layer");
        refuses(
                new TarBuilder().symlink("d", outside.toString()).hardLink("l", "d/file"),
                "hard link to d/file, which is not in this layer");
    }

    @Test
    void aHardLinkToALinkDoesNotFollowIt() throws IOException {
        apply(
                new TarBuilder()
                        .symlink("s", outside + "/file")
                        .entry(
                                '1',
                                "l",
                                e -> {
                                    e.link = "s";
                                    e.mode = 0777;
                                })
                        .build());
        assertThat(Files.isSymbolicLink(layer.resolve("l"))).isTrue();
        assertOutsideUntouched();
    }

    @Test
    void impossibleHardLinksAreRefused() throws IOException {
        refuses(new TarBuilder().file("a", "").hardLink("a", "a"), "is not possible");
        refuses(new TarBuilder().directory("d", 0755).hardLink("a", "d"), "d, a directory");
        refuses(new TarBuilder().hardLink("a", "/"), "is not possible");
    }

    @Test
    void badWhiteoutsAreRefused() throws IOException {
        for (String name : List.of(".wh.", ".wh..", ".wh...", "d/.wh.", "d/.wh...")) {
            refuses(new TarBuilder().file(name, ""), "entry " + name + ": invalid whiteout");
        }
        refuses(new TarBuilder().file(".wh../x", ""), "entry .wh../x: invalid whiteout");
    }

    @Test
    void aWhiteoutThroughALinkIsConfined() throws IOException {
        refuses(
                new TarBuilder().symlink("d", outside.toString()).file("d/.wh.file", ""),
                "entry d/.wh.file: its directory d is a symbolic link that leads nowhere");
        refuses(
                new TarBuilder().symlink("o", outside.toString()).file("o/.wh..wh..opq", ""),
                "entry o/.wh..wh..opq: its directory o is a symbolic link that leads nowhere");
    }

    @Test
    void aFileIsNoDirectory() throws IOException {
        refuses(new TarBuilder().file("a", "").file("a/b", ""), "entry a/b: ");
    }

    @Test
    void sizesThatDoNotFitAreRefusedBeforeAnythingIsWritten() throws IOException {
        refuses(
                new TarBuilder().entry('0', "huge", e -> e.size = 1L << 40),
                "entry huge: it claims 1099511627776 bytes where a layer may have ");
        refuses(
                new TarBuilder()
                        .entry(
                                '0',
                                "sparse",
                                e ->
                                        e.pax("GNU.sparse.size", "1099511627776")
                                                .pax("GNU.sparse.map", "1099511627776,0")),
                "entry sparse: it claims 1099511627776 bytes");
        try (Stream<Path> files = Files.list(layer)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void tooManyEntriesAreRefused() throws IOException {
        TarBuilder tar = new TarBuilder();
        for (int i = 0; i <= 1000; i++) {
            tar.file("f" + i, "");
        }
        refuses(tar, "entry f1000: more than 1000 entries");
    }

    @Test
    void aGzipBombIsStopped() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            gzip.write(header(new TarBuilder().entry('0', "bomb", e -> e.size = 256 << 20)));
            for (int i = 0; i < 256; i++) {
                gzip.write(new byte[1 << 20]);
            }
        }
        refuses(bomb.toByteArray(), "entry bomb: unpacks to more than 500 times its size");
    }

    @Test
    void aBombBehindTheArchiveIsStopped() throws IOException {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bomb)) {
            gzip.write(new TarBuilder().file("a", "").build());
            for (int i = 0; i < 256; i++) {
                gzip.write(new byte[1 << 20]);
            }
        }
        refuses(bomb.toByteArray(), "unpacks to more than 500 times its size");
    }

    @Test
    void aZstdWindowBeyondTheBoundIsRefused() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZstdOutputStreamNoFinalizer zstd = new ZstdOutputStreamNoFinalizer(packed)) {
            zstd.write(new TarBuilder().file("a", "x").build());
        }
        byte[] frame = packed.toByteArray();
        // RFC 8878 3.1.1.1.2: the window descriptor follows magic number and frame header byte.
        frame[5] = (byte) ((28 - 10) << 3);
        refuses(frame, "layer test: ");
        frame[5] = (byte) ((27 - 10) << 3);
        apply(frame);
    }

    @Test
    void damagedBlobsAreRefused() throws IOException {
        byte[] tar = new TarBuilder().file("a", "some content").build();
        byte[] gzip = LayerApplierPrivilegedIT.gzip(tar);
        refuses(Arrays.copyOf(gzip, gzip.length - 12), "layer test: ");
        byte[] flipped = gzip.clone();
        flipped[gzip.length - 6] ^= 1;
        refuses(flipped, "layer test: ");
        refuses(Arrays.copyOf(tar, 600), "archive ends in the middle of an entry");
        refuses(
                "this is no archive".repeat(40).getBytes(StandardCharsets.UTF_8),
                "tar header has a");
    }

    @Test
    void aFailureToReadIsNotTheLayersFault() {
        IOException lost = new IOException("connection lost");
        assertThatThrownBy(
                        () ->
                                new LayerApplier(Syscalls.system(), LIMITS)
                                        .apply("test", new FailingStream(lost), layer))
                .isSameAs(lost);
    }

    @Test
    void anInterruptEndsIt() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> apply(new TarBuilder().file("a", "").build()))
                .isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    private static byte[] header(TarBuilder tar) {
        return Arrays.copyOf(tar.build(), 512);
    }

    private static final class FailingStream extends java.io.InputStream {
        private final IOException failure;

        FailingStream(IOException failure) {
            this.failure = failure;
        }

        @Override
        public int read() throws IOException {
            throw failure;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            throw failure;
        }
    }
}
