package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.FakeRegistry;
import io.gantry.image.registry.RegistryClient;
import io.gantry.image.registry.RetryPolicy;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.linux.syscall.Syscalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One image that was packed twice: the same configuration, two manifests, two sets of blobs. */
@Tag("privileged")
@Timeout(300)
class SharedConfigPrivilegedIT {

    @TempDir private Path root;

    private final byte[] tar = new TarBuilder().file("hello", "world").build();
    private final byte[] config =
            ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
                            + "\"diff_ids\":[\""
                            + Digest.sha256(tar)
                            + "\"]}}")
                    .getBytes(StandardCharsets.UTF_8);
    private final byte[] zstd = Zstd.compress(tar);
    private final byte[] first = manifest(MediaType.OCI_LAYER_ZSTD, zstd);
    private byte[] gzip;
    private byte[] second;
    private FakeRegistry registry;
    private RegistryClient client;
    private ImageService service;

    @BeforeEach
    void open() throws Exception {
        Root.required();
        gzip = gzip(tar);
        second = manifest(MediaType.OCI_LAYER_GZIP, gzip);
        registry = FakeRegistry.start();
        client =
                new RegistryClient(
                        RegistryClient.Settings.of(List.of(), RetryPolicy.DEFAULT), Clock.SYSTEM);
        service = store();
        List.of(zstd, gzip, config).forEach(registry::addBlob);
        registry.addManifest("app", "1", MediaType.OCI_MANIFEST, first);
        registry.addManifest("app", "2", MediaType.OCI_MANIFEST, second);
    }

    @AfterEach
    void close() {
        service.close();
        client.close();
        registry.close();
    }

    private ImageService store() throws IOException {
        return ImageService.open(
                ImageService.Settings.of(root),
                new ImageService.Surroundings(
                        Syscalls.system(), client, Clock.SYSTEM, ImagePins.NONE));
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private byte[] manifest(String layerType, byte[] layer) {
        String part = "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}";
        return "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
                .formatted(
                        MediaType.OCI_MANIFEST,
                        part.formatted(MediaType.OCI_CONFIG, Digest.sha256(config), config.length),
                        part.formatted(layerType, Digest.sha256(layer), layer.length))
                .getBytes(StandardCharsets.UTF_8);
    }

    private String tag(String tag) {
        return registry.name() + "/app:" + tag;
    }

    private String byDigest(byte[] manifest) {
        return registry.name() + "/app@" + Digest.sha256(manifest);
    }

    private Image pull(String name) {
        return service.images()
                .pull(
                        PullOrder.of(ImageReference.parse(name), Credentials.ANONYMOUS),
                        PullListener.NONE,
                        Deadline.never(Clock.SYSTEM));
    }

    private Digest push(String name, String target) {
        PushOrder order =
                new PushOrder(
                        name, List.of(ImageReference.parse(target)), null, Credentials.ANONYMOUS);
        return service.pusher(client)
                .push(order, PushListener.NONE, Deadline.never(Clock.SYSTEM))
                .descriptor()
                .digest();
    }

    private boolean hasBlob(byte[] blob) {
        return Files.exists(root.resolve("content/blobs/sha256/" + Digest.sha256(blob).hex()));
    }

    @Test
    void bothSetsOfBlobsStayAndEachNameIsPushedAsItCame() throws Exception {
        Image one = pull(tag("1"));
        Image two = pull(tag("2"));
        assertThat(two.id()).isEqualTo(one.id());
        assertThat(two.repoDigests()).containsExactlyInAnyOrder(byDigest(first), byDigest(second));
        service.close();
        service = store();
        service.names().tag(tag("1"), List.of(ImageReference.parse("local:1")));
        try (FakeRegistry other = FakeRegistry.start()) {
            String target = other.name() + "/x:1";
            assertThat(push(byDigest(first), target)).isEqualTo(Digest.sha256(first));
            assertThat(push(tag("1"), target)).isEqualTo(Digest.sha256(first));
            assertThat(push("local:1", target)).isEqualTo(Digest.sha256(first));
            assertThat(push(byDigest(second), target)).isEqualTo(Digest.sha256(second));
            assertThat(push(tag("2"), target)).isEqualTo(Digest.sha256(second));
            assertThat(push(one.id().toString(), target)).isEqualTo(Digest.sha256(second));
        }
    }

    @Test
    void blobsGoWithTheLastNameThatStandsForThem() {
        pull(tag("1"));
        pull(tag("2"));
        service.names().remove(byDigest(second), false);
        collect();
        assertThat(List.of(hasBlob(zstd), hasBlob(first), hasBlob(second))).containsOnly(true);
        service.names().remove(tag("2"), false);
        collect();
        assertThat(hasBlob(second)).isFalse();
        assertThat(List.of(hasBlob(zstd), hasBlob(first), hasBlob(config))).containsOnly(true);
        service.images().remove(tag("1"));
        assertThat(List.of(hasBlob(zstd), hasBlob(first), hasBlob(config))).containsOnly(false);
    }

    /** What names stand for no longer goes with the next collection. */
    private void collect() {
        service.accounts().prune(DiskAccounts.PruneOrder.of(false));
    }

    /** The layer was here, unpacked, when the second manifest came, so its blob was not fetched. */
    @Test
    void anArchiveIsMadeOfTheBlobsThatAreHere() {
        pull(tag("1"));
        pull(tag("2"));
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        save(tag("2"), archive);
        assertThat(archive.toString(StandardCharsets.ISO_8859_1))
                .contains("blobs/sha256/" + Digest.sha256(zstd).hex())
                .contains("blobs/sha256/" + Digest.sha256(first).hex());
        service.names().remove(tag("1"), false);
        service.names().remove(byDigest(first), true);
        collect();
        ByteArrayOutputStream nothing = new ByteArrayOutputStream();
        assertThatThrownBy(() -> save(tag("2"), nothing))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("blob " + Digest.sha256(gzip) + " never came");
        assertThat(nothing.size()).isZero();
    }

    private void save(String name, OutputStream out) {
        service.archives()
                .save(
                        new ImageArchives.SaveOrder(List.of(name), Format.OCI),
                        out,
                        ImageArchives.Listener.NONE,
                        Deadline.never(Clock.SYSTEM));
    }

    @Test
    void aManifestThatADamagedDiskLostTakesOnlyItsNames() throws Exception {
        pull(tag("1"));
        Image image = pull(tag("2"));
        service.close();
        Files.delete(root.resolve("content/blobs/sha256/" + Digest.sha256(first).hex()));
        service = store();
        Image left = service.images().find(image.id().toString()).orElseThrow();
        assertThat(left.repoTags()).containsExactly(tag("2"));
        assertThat(left.repoDigests()).containsExactly(byDigest(second));
        assertThat(hasBlob(zstd)).isFalse();
        assertThat(pull(tag("1")).repoTags()).containsExactlyInAnyOrder(tag("1"), tag("2"));
    }
}
