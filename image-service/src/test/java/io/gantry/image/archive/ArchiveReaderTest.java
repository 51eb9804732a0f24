package io.gantry.image.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.InMemoryContentStore;
import io.gantry.image.content.MediaType;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Manifest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveReaderTest {

    private static final byte[] LAYER = new TarBuilder().file("f", "content").build();
    private static final byte[] CONFIG = ArchiveBuilder.config(List.of(Digest.sha256(LAYER)));

    private final InMemoryContentStore content = new InMemoryContentStore();
    private final Set<Digest> held = new HashSet<>();

    private List<ArchivedImage> read(byte[] archive) throws IOException {
        return new ArchiveReader(content, held::add, () -> {})
                .read(new ByteArrayInputStream(archive));
    }

    private ThrowingCallable reading(byte[] archive) {
        return () -> read(archive);
    }

    private static byte[] layout() {
        ArchiveBuilder builder = new ArchiveBuilder();
        builder.image("registry.example/app:1", List.of(LAYER));
        return builder.layout();
    }

    private static ArchiveBuilder files() {
        return new ArchiveBuilder().file("c.json", CONFIG).file("l/layer.tar", LAYER);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        return packed.toByteArray();
    }

    private void assertRefused(byte[] archive, String message) {
        assertThatThrownBy(reading(archive))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aLayoutIsReadHoweverItIsPacked() throws IOException {
        byte[] plain = layout();
        List<ArchivedImage> images = read(plain);
        assertThat(images).hasSize(1);
        assertThat(images.getFirst().names()).containsExactly("registry.example/app:1");
        assertThat(content.exists(images.getFirst().root().digest())).isTrue();
        assertThat(content.read(Digest.sha256(LAYER), LAYER.length)).isEqualTo(LAYER);
        assertThat(held).containsAll(content.list());
        assertThat(read(gzip(plain))).isEqualTo(images);
        assertThat(read(Zstd.compress(plain))).isEqualTo(images);
    }

    @Test
    void dockersArchiveBecomesAManifestOfItsFiles() throws IOException {
        byte[] packed = gzip(LAYER);
        ArchiveBuilder archive =
                files().file("m/layer.tar", packed)
                        .file("repositories", "not looked at".getBytes(StandardCharsets.UTF_8))
                        .docker(
                                "c.json",
                                List.of("app:1", "registry.example/app:2"),
                                List.of("l/layer.tar", "m/layer.tar"));
        ArchivedImage image = read(archive.docker()).getFirst();
        assertThat(image.names())
                .containsExactly("docker.io/library/app:1", "registry.example/app:2");
        Manifest manifest =
                (Manifest)
                        Document.parse(
                                "m",
                                image.root().mediaType(),
                                content.read(image.root().digest(), Document.MAX_BYTES));
        assertThat(manifest.config()).isEqualTo(Descriptor.of(MediaType.OCI_CONFIG, CONFIG));
        assertThat(manifest.layers())
                .containsExactly(
                        Descriptor.of(MediaType.OCI_LAYER, LAYER),
                        Descriptor.of(MediaType.OCI_LAYER_GZIP, packed));
    }

    @Test
    void linksWithinTheArchiveAreFollowed() throws IOException {
        ArchiveBuilder archive = files();
        archive.tar().symlink("again/layer.tar", "../l/layer.tar");
        archive.tar().hardLink("hard.tar", "again/layer.tar");
        archive.docker("c.json", List.of(), List.of("hard.tar"));
        ArchivedImage image = read(archive.docker()).getFirst();
        assertThat(image.parts()).contains(Digest.sha256(LAYER));
        assertThat(image.names()).isEmpty();
    }

    @Test
    void aLayoutCountsBesideManifestJson() throws IOException {
        ArchiveBuilder archive = new ArchiveBuilder();
        Descriptor root = archive.image("docker.io/library/app:1", List.of(LAYER));
        archive.file("manifest.json", "[]".getBytes(StandardCharsets.UTF_8));
        assertThat(read(archive.layout()).getFirst().root()).isEqualTo(root);
    }

    @Test
    void oneImageByTwoNamesIsOneImage() throws IOException {
        ArchiveBuilder archive = new ArchiveBuilder();
        Descriptor root = archive.image("app:1", List.of(LAYER));
        archive.root(root, "app:2");
        List<ArchivedImage> images = read(archive.layout());
        assertThat(images).hasSize(1);
        assertThat(images.getFirst().names())
                .containsExactly("docker.io/library/app:1", "docker.io/library/app:2");
    }

    @Test
    void aWordAloneIsATagOfNobodyKnowsWhat() throws IOException {
        ArchiveBuilder archive = new ArchiveBuilder();
        archive.image("latest", List.of(LAYER));
        assertThat(read(archive.layout()).getFirst().names()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "a/../../evil", "a/../b", "/etc/evil", ".."})
    void aNameThatLeadsOutIsRefused(String name) {
        assertRefused(
                files().file(name, new byte[0]).docker("c.json", List.of(), List.of()).docker(),
                "archive entry " + name + ": its name");
        assertThat(content.list()).doesNotContain(Digest.sha256(new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", "/etc/passwd", "x/../../../y"})
    void aSymlinkThatLeadsOutIsRefused(String target) {
        ArchiveBuilder archive = files();
        archive.tar().symlink("l/evil", target);
        assertRefused(archive.docker(), "archive entry l/evil: it links to " + target + ", out of");
    }

    @Test
    void aHardLinkThatLeadsOutIsRefused() {
        ArchiveBuilder archive = files();
        archive.tar().hardLink("evil", "../../etc/shadow");
        assertRefused(archive.docker(), "archive entry ../../etc/shadow: its name leads out");
    }

    @Test
    void linksInACircleLeadNowhere() {
        ArchiveBuilder archive = files();
        archive.tar().symlink("a", "b").symlink("b", "a");
        archive.docker("c.json", List.of(), List.of("a"));
        assertRefused(archive.docker(), "manifest.json names a, which is missing");
    }

    @Test
    void aDeviceIsRefused() {
        ArchiveBuilder archive = files();
        archive.tar().entry('3', "dev", e -> e.major = 1);
        assertRefused(archive.docker(), "archive entry dev: it is neither file");
    }

    @Test
    void aDoubledEntryIsRefused() {
        assertRefused(
                files().file("./c.json", new byte[] {1}).docker(),
                "archive entry c.json: it is there twice");
    }

    @Test
    void aBlobThatIsNotWhatItsNameSaysIsRefused() {
        ArchiveBuilder archive = new ArchiveBuilder();
        String name = "blobs/sha256/" + "ab".repeat(32);
        archive.file(name, LAYER);
        assertRefused(
                archive.layout(),
                "archive entry " + name + ": its bytes have digest " + Digest.sha256(LAYER));
        assertThat(content.list()).isEmpty();
    }

    @Test
    void aBlobThatIsHereAlreadyIsStillHeldAgainstItsName() throws IOException {
        read(layout());
        ArchiveBuilder archive = new ArchiveBuilder();
        archive.file(ArchivePath.ofBlob(Digest.sha256(LAYER)), new byte[] {1, 2});
        assertRefused(archive.layout(), "its bytes have digest");
        assertThat(content.read(Digest.sha256(LAYER), LAYER.length)).isEqualTo(LAYER);
    }

    @Test
    void aBlobWithoutADigestForANameIsRefused() {
        assertRefused(
                new ArchiveBuilder().file("blobs/sha256/..%2f", LAYER).layout(),
                "archive entry blobs/sha256/..%2f: invalid digest");
    }

    @Test
    void aMissingFileIsNamed() {
        assertRefused(
                files().docker("c.json", List.of(), List.of("gone/layer.tar")).docker(),
                "manifest.json names gone/layer.tar, which is missing from the archive");
        ArchiveBuilder layout = new ArchiveBuilder();
        Descriptor absent = Descriptor.of(MediaType.OCI_MANIFEST, new byte[] {1});
        layout.root(absent, "app:1");
        assertRefused(
                layout.layout(),
                "index.json names blobs/sha256/" + absent.digest().hex() + ", which is missing");
    }

    @Test
    void aGiantDocumentIsRefusedBeforeItIsRead() {
        ArchiveBuilder archive = files();
        archive.tar().entry('0', "manifest.json", e -> e.size = 5_000_000_000L);
        assertRefused(
                archive.tar().build(),
                "archive entry manifest.json: it has 5000000000 bytes, more than the 4194304");
    }

    @Test
    void badJsonAndBadNamesAreRefused() {
        assertRefused(
                files().file("manifest.json", new byte[] {'['}).tar().build(),
                "manifest.json is not JSON");
        assertRefused(
                files().docker("c.json", List.of("UPPER:1"), List.of()).docker(),
                "manifest.json: invalid image reference \"UPPER:1\"");
    }

    @Test
    void aTruncatedArchiveIsDamagedWhereItEnds() {
        byte[] whole = layout();
        byte[] cut = java.util.Arrays.copyOf(whole, 700);
        assertRefused(cut, "archive damaged at entry blobs/sha256/");
    }

    @Test
    void whatIsNoArchiveOfImagesIsTheUsersMistake() {
        List<byte[]> others = new ArrayList<>();
        others.add(new byte[0]);
        others.add("some text that is no tar at all".repeat(40).getBytes(StandardCharsets.UTF_8));
        others.add(new TarBuilder().file("etc/passwd", "x").build());
        others.add(new ArchiveBuilder().docker());
        for (byte[] other : others) {
            assertThatThrownBy(reading(other))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("image");
        }
    }

    @Test
    void anArchiveForOtherMachinesSaysWhichOnes() {
        ArchiveBuilder archive = new ArchiveBuilder();
        Descriptor image = archive.image("app:1", List.of(LAYER));
        String index =
                "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\""
                        + image.mediaType()
                        + "\",\"digest\":\""
                        + image.digest()
                        + "\",\"size\":"
                        + image.size()
                        + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}}]}";
        archive.file("index.json", index.getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(reading(archive.tar().build()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageEndingWith("only for linux/s390x");
    }

    @Test
    void readingEndsWhenItIsToldTo() {
        ArchiveReader reader =
                new ArchiveReader(
                        content,
                        held::add,
                        () -> {
                            throw new NotFoundException("enough");
                        });
        assertThatThrownBy(() -> reader.read(new ByteArrayInputStream(layout())))
                .hasMessage("enough");
        assertThat(content.list()).isEmpty();
    }
}
