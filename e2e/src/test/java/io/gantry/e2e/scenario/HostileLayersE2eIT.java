package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.ImageLayout;
import io.gantry.e2e.harness.ImageLayout.Packing;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Tar;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class HostileLayersE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final long TERABYTE = 1L << 40;

    @BeforeEach
    void startWithoutImages() {
        NODE.cri().imageList().forEach(image -> NODE.cri().removeImage(image.getId()));
        assertNoHalfImage(NODE);
    }

    @AfterEach
    void nothingOutsideWasTouched() {
        assertThat(outside()).doesNotExist();
        assertThat(Path.of("/etc/gantry-e2e-x")).doesNotExist();
    }

    /** A file that a layer tries to make outside of its directory. */
    private static Path outside() {
        return NODE.home().resolve("outside");
    }

    @Test
    void anEntryAboveTheRootIsRefused() {
        refused(
                "climbs",
                new Tar().file("../../etc/gantry-e2e-x", "bad"),
                "../../etc/gantry-e2e-x");
        refused(
                "climbs-within",
                new Tar().directory("a/").file("a/../../../etc/gantry-e2e-x", "bad"),
                "a/../../../etc/gantry-e2e-x");
    }

    @Test
    void writingThroughAnAbsoluteSymlinkIsRefused() {
        refused(
                "absolute",
                new Tar().symlink("way", NODE.home().toString()).file("way/outside", "bad"),
                "way/outside");
    }

    @Test
    void aHardLinkOutOfTheRootIsRefused() {
        refused("link", new Tar().link("passwd", "../../../../../etc/passwd"), "passwd");
        refused(
                "link-through",
                new Tar().symlink("etc2", "/etc").link("passwd", "etc2/passwd"),
                "passwd");
    }

    @Test
    void aHardLinkToAnAbsolutePathMeansTheLayersOwnAndThatHasNone() {
        refused("link-absolute", new Tar().link("hosts", "/etc/hosts"), "hosts");
    }

    @Test
    void aSparseFileOfATerabyteIsRefused() {
        refused("sparse", new Tar().sparse("huge", TERABYTE, new byte[0]), "huge");
        refused("claim", new Tar().claim("vast", TERABYTE), "vast");
    }

    @Test
    void aGzipBombIsRefused() {
        // A gigabyte of zeros in a megabyte.
        byte[] bomb = bomb(1L << 30);
        ImageLayout image =
                NODE.bed()
                        .images()
                        .hostile("bomb", bomb, Packing.GZIP, ImageLayout.digest(new byte[0]));
        refused(NODE.bed().registry().push(image, "e2e/bomb:1"), "zeros");
    }

    @Test
    void aSymlinkThatClimbsLeadsNoFurtherThanTheRootOfTheImage() {
        Tar tar = new Tar().symlink("up", "../../../..").file("up/outside", "inside\n");
        String reference = push("relative", tar);
        NODE.cri().pull(reference);
        String container =
                NODE.run(
                        NODE.pod("relative").build(),
                        Requests.script("c", reference, "sleep 1000").build());
        assertThat(NODE.cri().shell(container, "cat /outside")).isEqualTo("inside\n");
        NODE.daemon().removeEverything();
        NODE.cri().removeImage(reference);
    }

    @Test
    void aMountTargetThatLeadsOutThroughProcIsRefused() throws IOException {
        Tar tar = new Tar().symlink("etc/hosts", "/proc/1/root/etc/hosts");
        String reference = push("hosts", tar);
        NODE.cri().pull(reference);
        byte[] before = Files.readAllBytes(Path.of("/etc/hosts"));
        Throwable failure =
                catchThrowable(
                        () ->
                                NODE.run(
                                        NODE.pod("hosts").build(),
                                        Requests.script("c", reference, "echo bad >> /etc/hosts")
                                                .build()));
        assertThat(Status.fromThrowable(failure).getDescription()).contains("on /etc/hosts");
        assertThat(Path.of("/etc/hosts")).hasBinaryContent(before);
        NODE.daemon().removeEverything();
        NODE.cri().removeImage(reference);
    }

    private static void refused(String name, Tar tar, String entry) {
        refused(push(name, tar), entry);
    }

    private static String push(String name, Tar tar) {
        byte[] packed = ImageLayout.gzip(tar.bytes());
        ImageLayout image =
                NODE.bed()
                        .images()
                        .hostile(name, packed, Packing.GZIP, ImageLayout.digest(tar.bytes()));
        return NODE.bed().registry().push(image, "e2e/" + name + ":1");
    }

    private static void refused(String reference, String entry) {
        Throwable failure = catchThrowable(() -> NODE.cri().pull(reference));
        assertThat(failure).as("pull of %s", reference).isNotNull();
        Failures.is(failure, Status.Code.DATA_LOSS, "entry " + entry + ":");
        assertThat(NODE.cri().imageStatus(reference)).isEmpty();
        assertThat(NODE.cri().imageList()).isEmpty();
        assertNoHalfImage(NODE);
    }

    /** No layer, blob or unfinished download of any image; what is deleted may still be going. */
    static void assertNoHalfImage(Node node) {
        Path root = node.daemon().root();
        List<Path> kept =
                Stream.of("content", "snapshots", "l", "unpack", "trash", "active")
                        .map(root::resolve)
                        .toList();
        Await.until(
                () -> "no half image below " + root + " but there is " + filesIn(kept),
                Await.seconds(60),
                () -> filesIn(kept).isEmpty());
    }

    private static List<Path> filesIn(List<Path> directories) {
        return directories.stream().flatMap(HostileLayersE2eIT::filesIn).toList();
    }

    private static Stream<Path> filesIn(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> !Files.isDirectory(file)).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bomb(long size) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] header = new Tar().claim("zeros", size).bytes();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(header, 0, 512);
            byte[] zeros = new byte[1 << 20];
            for (long left = size; left > 0; left -= zeros.length) {
                gzip.write(zeros);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }
}
