package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.CancelledException;
import io.gantry.base.error.DataLossException;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.UnavailableException;
import io.gantry.image.archive.ArchiveBuilder;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.manifest.DocumentWriter;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.image.service.ImageArchives.Listener;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.ImageArchives.Loaded;
import io.gantry.image.service.ImageArchives.SaveOrder;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images out of a store and into another. */
@Tag("privileged")
@Timeout(300)
class ImageArchivesPrivilegedIT {

    private static final String NAME = "registry.example/app:1";
    private static final byte[] PLAIN = new TarBuilder().file("f", "plain").build();

    @TempDir private Path first;
    @TempDir private Path second;
    private final Layer base = Store.layer("base", "b".repeat(10_000));
    private final Layer top = Store.layer(new TarBuilder().file("dir/.wh.gone", "").file("t", "t"));
    private Store from;
    private Store to;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        from = new Store(first);
        to = new Store(second);
    }

    @AfterEach
    void close() {
        from.close();
        to.close();
    }

    private static byte[] save(Store store, Format format, String... images) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.service
                .archives()
                .save(new SaveOrder(List.of(images), format), out, Listener.NONE, Store.soon());
        return out.toByteArray();
    }

    private List<Loaded> load(byte[] archive) {
        return load(LoadOrder.asNamed(), archive, Listener.NONE);
    }

    private List<Loaded> load(LoadOrder order, byte[] archive, Listener listener) {
        return to.service
                .archives()
                .load(order, new ByteArrayInputStream(archive), listener, Store.soon());
    }

    private void assertRefused(byte[] archive, String message) throws IOException {
        assertThatThrownBy(() -> load(archive))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining(message);
        assertThat(to.service.images().list()).isEmpty();
        assertThat(to.remains()).isEmpty();
    }

    private static String read(Store store, String path) {
        return store.service
                .rootfs()
                .readFile(NAME, path)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("");
    }

    @ParameterizedTest
    @EnumSource
    void anImageIsTheSameAfterItsJourney(Format format) throws IOException {
        Image image = from.pull(NAME, base, top);
        List<Loaded> loaded = load(save(from, format, NAME));
        assertThat(loaded).hasSize(1);
        Image arrived = loaded.getFirst().image();
        assertThat(arrived.id()).isEqualTo(image.id());
        assertThat(arrived.repoTags()).containsExactly(NAME);
        assertThat(arrived.layers()).isEqualTo(image.layers());
        assertThat(read(to, "/base")).isEqualTo("b".repeat(10_000));
        to.reopen();
        assertThat(to.service.images().find(NAME)).contains(arrived);
        to.service.names().remove(NAME, false);
        assertThat(to.remains()).isEmpty();
    }

    @Test
    void aLayoutKeepsEveryDigestAndPlainLayersDoNot() {
        Image image = from.pull(NAME, base);
        Image exact = load(save(from, Format.OCI, NAME)).getFirst().image();
        assertThat(exact.manifestDigest()).isEqualTo(image.manifestDigest());
        to.service.names().remove(NAME, false);
        Image plain = load(save(from, Format.DOCKER, NAME)).getFirst().image();
        assertThat(plain.manifestDigest()).isNotEqualTo(image.manifestDigest());
        assertThat(to.service.inspector().inspect(NAME).layers().getFirst().blob().digest())
                .isEqualTo(base.diffId());
    }

    @ParameterizedTest
    @EnumSource
    void theSameImagesMakeTheSameBytes(Format format) {
        from.pull(NAME, base, top);
        from.pull("other:1", base);
        byte[] once = save(from, format, NAME, "other:1");
        assertThat(save(from, format, NAME, "other:1")).isEqualTo(once);
        load(once);
        if (format == Format.OCI) {
            assertThat(save(to, format, NAME, "other:1")).isEqualTo(once);
        }
    }

    @ParameterizedTest
    @EnumSource
    void severalImagesTravelTogetherByTheNamesTheyWereCalled(Format format) {
        Image one = from.pull(NAME, base, top);
        Image two = from.pull("two:1", base);
        from.tag(NAME, "another:name");
        String id = two.id().toString();
        List<Loaded> loaded = load(save(from, format, NAME, "another:name", id));
        assertThat(loaded)
                .extracting(each -> each.image().id())
                .containsExactly(one.id(), two.id());
        assertThat(loaded.get(0).names()).containsExactly(NAME, "docker.io/library/another:name");
        assertThat(loaded.get(1).names()).isEmpty();
        assertThat(to.service.images().find(id)).isPresent();
    }

    @Test
    void anImageThatIsHereStaysAsItIsAndGetsTheNames() {
        Image image = from.pull(NAME, base);
        byte[] archive = save(from, Format.DOCKER, NAME);
        Image before = to.pull("registry.example/app:2", base);
        Image after = load(archive).getFirst().image();
        assertThat(after.id()).isEqualTo(image.id());
        assertThat(after.manifestDigest()).isEqualTo(before.manifestDigest());
        assertThat(after.repoTags()).containsExactly(NAME, "registry.example/app:2");
    }

    @Test
    void aNameMayBeGivenInPlaceOfTheArchives() {
        from.pull(NAME, base);
        byte[] archive = save(from, Format.OCI, NAME);
        LoadOrder named = new LoadOrder(Optional.of(ImageReference.parse("mine:3")));
        assertThat(load(named, archive, Listener.NONE).getFirst().image().repoTags())
                .containsExactly("docker.io/library/mine:3");
        from.pull("two:1", top);
        byte[] two = save(from, Format.OCI, NAME, "two:1");
        assertThatThrownBy(() -> load(named, two, Listener.NONE))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("an archive of 2 images");
    }

    @Test
    void progressIsTold() {
        Image image = from.pull(NAME, base);
        byte[] archive = save(from, Format.OCI, NAME);
        List<Long> bytes = new ArrayList<>();
        List<Digest> came = new ArrayList<>();
        load(
                LoadOrder.asNamed(),
                archive,
                new Listener() {
                    @Override
                    public void transferred(long count) {
                        bytes.add(count);
                    }

                    @Override
                    public void loaded(Loaded loaded) {
                        came.add(loaded.image().id());
                    }
                });
        assertThat(bytes.getLast()).isEqualTo(archive.length);
        assertThat(came).containsExactly(image.id());
        assertThat(to.service.events().recent())
                .extracting(ImageEvents.Event::action)
                .containsExactly(ImageEvents.Action.LOAD);
    }

    @Test
    void aLayerThatIsNotWhatTheConfigurationSaysIsRefusedAndLeavesNothing() throws IOException {
        byte[] other = ArchiveBuilder.config(List.of(Digest.sha256(new byte[] {1})));
        byte[] archive =
                new ArchiveBuilder()
                        .file("c", other)
                        .file("l", PLAIN)
                        .docker("c", List.of(NAME), List.of("l"))
                        .docker();
        assertRefused(archive, "the image's configuration says");
    }

    @Test
    void aHostileLayerIsRefusedByItsEntryAndLeavesNothing() throws IOException {
        byte[] evil = new TarBuilder().file("../../etc/x", "").build();
        ArchiveBuilder archive = new ArchiveBuilder();
        archive.image("good:1", List.of(PLAIN));
        archive.image(NAME, List.of(evil));
        assertRefused(archive.layout(), "entry ../../etc/x: the name leads out of the layer");
    }

    @Test
    void aMissingBlobIsNamedAndWhatIsInTheStoreDoesNotStandInForIt() {
        Image here = to.pull(NAME, base);
        ArchiveBuilder archive = new ArchiveBuilder();
        Digest layer = to.service.inspector().inspect(NAME).layers().getFirst().blob().digest();
        Descriptor config =
                archive.blob(MediaType.OCI_CONFIG, ArchiveBuilder.config(List.of(base.diffId())));
        Descriptor absent = new Descriptor(MediaType.OCI_LAYER, layer, 1);
        Descriptor root =
                archive.blob(
                        MediaType.OCI_MANIFEST, DocumentWriter.manifest(config, List.of(absent)));
        archive.root(root, "thief:1");
        assertThatThrownBy(() -> load(archive.layout()))
                .isInstanceOf(DataLossException.class)
                .hasMessage(
                        "archive: blob " + layer + " of image " + root.digest() + " is missing");
        assertThat(to.service.images().list()).containsExactly(here);
    }

    @Test
    void aDescriptorOfTheWrongSizeIsRefused() throws IOException {
        ArchiveBuilder archive = new ArchiveBuilder();
        Descriptor layer = archive.blob(MediaType.OCI_LAYER, PLAIN);
        Descriptor config =
                archive.blob(MediaType.OCI_CONFIG, ArchiveBuilder.config(List.of(layer.digest())));
        Descriptor longer = new Descriptor(MediaType.OCI_LAYER, layer.digest(), 7);
        archive.root(
                archive.blob(
                        MediaType.OCI_MANIFEST, DocumentWriter.manifest(config, List.of(longer))),
                NAME);
        assertRefused(
                archive.layout(), "has " + PLAIN.length + " bytes where its descriptor says 7");
    }

    @Test
    void aConfigurationThatDoesNotFitIsRefused() throws IOException {
        byte[] archive =
                new ArchiveBuilder()
                        .file("c", ArchiveBuilder.config(List.of()))
                        .file("l", PLAIN)
                        .docker("c", List.of(NAME), List.of("l"))
                        .docker();
        assertRefused(archive, "has 0 diff ids for 1 layers");
    }

    @Test
    void whatIsDamagedHereIsNotSaved() throws IOException {
        from.pull(NAME, base);
        Digest blob = from.service.inspector().inspect(NAME).layers().getFirst().blob().digest();
        Path file = first.resolve("content/blobs/sha256").resolve(blob.hex());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1]++;
        Files.write(file, bytes);
        assertThatThrownBy(() -> save(from, Format.OCI, NAME))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("stored blob " + blob + " is damaged");
        assertThatThrownBy(() -> save(from, Format.DOCKER, NAME))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("stored layer " + blob);
    }

    @Test
    void nothingIsWrittenOfAnImageThatIsNotHere() {
        from.pull(NAME, base);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SaveOrder order = new SaveOrder(List.of(NAME, "absent:1"), Format.OCI);
        ImageArchives archives = from.service.archives();
        assertThatThrownBy(() -> archives.save(order, out, Listener.NONE, Store.soon()))
                .isInstanceOf(NotFoundException.class)
                .hasMessage("image absent:1 is not here");
        assertThat(out.size()).isZero();
        SaveOrder nothing = new SaveOrder(List.of(), Format.OCI);
        assertThatThrownBy(() -> archives.save(nothing, out, Listener.NONE, Store.soon()))
                .isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void aBrokenStreamIsNotTheStoresFault() throws IOException {
        from.pull(NAME, base);
        OutputStream broken =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                };
        SaveOrder order = new SaveOrder(List.of(NAME), Format.DOCKER);
        ImageArchives archives = from.service.archives();
        assertThatThrownBy(() -> archives.save(order, broken, Listener.NONE, Store.soon()))
                .isInstanceOf(UnavailableException.class)
                .hasMessage("the archive cannot be written: Broken pipe");
        InputStream torn =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("Connection reset");
                    }

                    @Override
                    public int read(byte[] target, int offset, int length) throws IOException {
                        throw new IOException("Connection reset");
                    }
                };
        assertThatThrownBy(
                        () ->
                                to.service
                                        .archives()
                                        .load(
                                                LoadOrder.asNamed(),
                                                torn,
                                                Listener.NONE,
                                                Store.soon()))
                .isInstanceOf(UnavailableException.class)
                .hasMessage("the archive cannot be read: Connection reset");
        assertThat(to.remains()).isEmpty();
    }

    @Test
    void aDeadlineAndAnInterruptEndALoadingThatLeavesNothing() throws IOException {
        from.pull(NAME, base);
        byte[] archive = save(from, Format.OCI, NAME);
        ImageArchives archives = to.service.archives();
        Deadline over = Deadline.after(Duration.ZERO, Clock.SYSTEM);
        InputStream in = new ByteArrayInputStream(archive);
        assertThatThrownBy(() -> archives.load(LoadOrder.asNamed(), in, Listener.NONE, over))
                .isInstanceOf(DeadlineExceededException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> load(archive)).isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(to.remains()).isEmpty();
    }

    @Test
    void whatAKillInTheMiddleOfALoadingLeavesIsSwept() throws IOException {
        to.service.close();
        Path left = second.resolve("content/intake/ab");
        Files.writeString(left, "half a layer");
        to.service = Store.open(second, to.registry, List.of());
        assertThat(left).doesNotExist();
    }
}
