package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.UnknownException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.ImageSelection;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Platform;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullTest {

    private static final FakeImage IMAGE = FakeImage.ofSize(100_000);

    @TempDir private Path certs;
    private FakeRegistry registry;
    private PullFixture pull;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start().with("app", "1", IMAGE);
        pull = new PullFixture(certs);
        pull.serve(registry);
    }

    @AfterEach
    void stop() {
        pull.close();
        registry.close();
    }

    @Test
    void loopbackRegistryNeedsNoTls() throws Exception {
        try (FakeRegistry unconfigured = FakeRegistry.start().with("app", "1", IMAGE)) {
            Fetcher fetcher = pull.open(unconfigured.name() + "/app:1");
            assertThat(fetcher.resolve().descriptor()).isEqualTo(IMAGE.manifestDescriptor());
        }
    }

    @Test
    void pullsByTag() throws Exception {
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        ResolvedManifest resolved = fetcher.resolve();
        assertThat(resolved.descriptor()).isEqualTo(IMAGE.manifestDescriptor());
        assertThat(resolved.host()).isEqualTo(registry.name());
        assertThat(fetcher.fetchManifest(resolved.descriptor())).isEqualTo(IMAGE.manifest());
        assertThat(fetcher.fetchBlob(IMAGE.configDescriptor(), 1000)).isEqualTo(IMAGE.config());
        AtomicLong received = new AtomicLong();
        try (InputStream layer = fetcher.openBlob(IMAGE.layerDescriptor(), received::addAndGet)) {
            assertThat(layer.readAllBytes()).isEqualTo(IMAGE.layer());
        }
        assertThat(received).hasValue(100_000);
        assertThat(registry.seen().getFirst().method()).isEqualTo("HEAD");
        assertThat(registry.seen().getFirst().header("Accept"))
                .contains(MediaType.OCI_INDEX, MediaType.DOCKER_MANIFEST)
                .doesNotContain("v1+prettyjws");
    }

    @Test
    void pullsThePlatformOfAnIndex() throws Exception {
        FakeImage arm = FakeImage.ofSize(5);
        registry.with("multi", "arm", arm).with("multi", "amd", IMAGE);
        byte[] index =
                FakeImage.index(
                        List.of(arm.manifestDescriptor(), IMAGE.manifestDescriptor()),
                        List.of("arm64", "amd64"));
        registry.addManifest("multi", "latest", MediaType.OCI_INDEX, index);
        Fetcher fetcher = pull.open(registry.name() + "/multi");
        ImageSelection selection =
                ImageSelection.select(
                        fetcher.resolve().descriptor(),
                        Platform.of("linux", "amd64", ""),
                        fetcher::fetchManifest);
        assertThat(selection.descriptor()).isEqualTo(IMAGE.manifestDescriptor());
        assertThat(registry.seen(s -> s.uri().contains(arm.manifestDescriptor().digest().hex())))
                .isEmpty();
    }

    @Test
    void resumesABlobFromAnOffset() throws Exception {
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        try (InputStream rest =
                fetcher.openBlobFrom(IMAGE.layerDescriptor(), 99_990, BlobProgress.NONE)) {
            assertThat(rest.readAllBytes()).hasSize(10).endsWith(IMAGE.layer()[99_999]);
        }
        assertThat(registry.seen().getLast().header("Range")).isEqualTo("bytes=99990-");
    }

    @Test
    void blobThatIsAllThereIsNotAskedFor() throws Exception {
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        try (InputStream rest =
                fetcher.openBlobFrom(IMAGE.layerDescriptor(), 100_000, BlobProgress.NONE)) {
            assertThat(rest.read()).isNegative();
        }
        assertThat(registry.seen()).isEmpty();
    }

    @Test
    void connectionIsUsedAgain() throws Exception {
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        ResolvedManifest resolved = fetcher.resolve();
        for (int i = 0; i < 5; i++) {
            fetcher.fetchManifest(resolved.descriptor());
            fetcher.fetchBlob(IMAGE.configDescriptor(), 1000);
        }
        assertThat(registry.clientPorts()).hasSize(1);
    }

    @Test
    void blobInItsDescriptorIsNotAskedFor() throws Exception {
        Descriptor config = IMAGE.configDescriptor();
        Descriptor holding =
                new Descriptor(
                        config.mediaType(),
                        config.digest(),
                        config.size(),
                        List.of(),
                        Map.of(),
                        Base64.getEncoder().encodeToString(IMAGE.config()));
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        assertThat(fetcher.fetchBlob(holding, 1000)).isEqualTo(IMAGE.config());
        assertThat(fetcher.fetchManifest(holding)).isEqualTo(IMAGE.config());
        try (InputStream rest = fetcher.openBlobFrom(holding, 10, BlobProgress.NONE)) {
            assertThat(rest.readAllBytes()).hasSize(IMAGE.config().length - 10);
        }
        assertThat(registry.seen()).isEmpty();
    }

    @Test
    void missingImageIsNamedWithItsRegistry() {
        assertThatThrownBy(() -> pull.open(registry.name() + "/app:2").resolve())
                .isInstanceOf(NotFoundException.class)
                .hasMessage(
                        "image "
                                + registry.name()
                                + "/app:2 not found in registry "
                                + registry.name());
    }

    @Test
    void missingBlobIsNamed() {
        Descriptor missing = Descriptor.of(MediaType.OCI_LAYER, new byte[] {1});
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        assertThatThrownBy(() -> fetcher.openBlob(missing, BlobProgress.NONE))
                .isInstanceOf(NotFoundException.class)
                .hasMessage(
                        "blob "
                                + missing.digest()
                                + " of "
                                + registry.name()
                                + "/app not found in registry "
                                + registry.name());
    }

    @Test
    void registryWithoutHeadIsAskedByGetOnce() {
        registry.fail(9, s -> s.method().equals("HEAD"), FakeRegistry.status(405, ""));
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        ResolvedManifest resolved = fetcher.resolve();
        assertThat(resolved.descriptor()).isEqualTo(IMAGE.manifestDescriptor());
        assertThat(fetcher.fetchManifest(resolved.descriptor())).isEqualTo(IMAGE.manifest());
        assertThat(registry.seen(s -> s.method().equals("GET"))).hasSize(1);
    }

    @Test
    void registryThatNamesNoDigestIsBelievedItsBytes() {
        registry.fail(
                2,
                s -> s.pathEnds("/manifests/1"),
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", MediaType.OCI_MANIFEST);
                    FakeRegistry.answer(exchange, 200, IMAGE.manifest());
                });
        assertThat(pull.open(registry.name() + "/app:1").resolve().descriptor())
                .isEqualTo(IMAGE.manifestDescriptor());
    }

    @Test
    void headerThatContradictsTheBytesIsRefused() {
        registry.fail(1, s -> s.method().equals("HEAD"), FakeRegistry.status(405, ""));
        serveManifest("sha256:" + "0".repeat(64), MediaType.OCI_MANIFEST, IMAGE.manifest());
        assertThatThrownBy(() -> pull.open(registry.name() + "/app:1").resolve())
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("says sha256:0000");
    }

    @Test
    void malformedDigestHeaderIsRefused() {
        serveManifest("sha256:../../../etc/passwd", MediaType.OCI_MANIFEST, IMAGE.manifest());
        assertThatThrownBy(() -> pull.open(registry.name() + "/app:1").resolve())
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("invalid digest \"sha256:../../../etc/passwd\"");
    }

    @Test
    void otherBytesThanTheDigestNamesAreRefused() {
        byte[] other = FakeImage.ofSize(7).manifest();
        serveManifest("", MediaType.OCI_MANIFEST, other);
        String digest = IMAGE.manifestDescriptor().digest().toString();
        assertThatThrownBy(
                        () ->
                                pull.open(registry.name() + "/app@" + digest)
                                        .fetchManifest(IMAGE.manifestDescriptor()))
                .isInstanceOf(DataLossException.class)
                .hasMessageContaining("has digest " + Digest.sha256(other))
                .hasMessageContaining("where " + digest + " was expected");
    }

    @Test
    void manifestServedAsSomethingElseIsRefused() {
        registry.addManifest("odd", "1", MediaType.DOCKER_MANIFEST, IMAGE.manifest());
        Fetcher fetcher = pull.open(registry.name() + "/odd:1");
        assertThatThrownBy(() -> fetcher.fetchManifest(fetcher.resolve().descriptor()))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("but it was served as " + MediaType.DOCKER_MANIFEST);
    }

    @Test
    void pageInPlaceOfAManifestIsRefused() {
        byte[] page = "<html>log in</html>".getBytes(StandardCharsets.UTF_8);
        registry.addManifest("odd", "1", "text/html", page);
        assertThatThrownBy(() -> pull.open(registry.name() + "/odd:1").resolve())
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("is not JSON");
    }

    @Test
    void hugeManifestIsRefusedUnread() {
        byte[] huge = new byte[5 * 1024 * 1024];
        registry.addManifest("odd", "1", MediaType.OCI_MANIFEST, huge);
        Descriptor descriptor = Descriptor.of(MediaType.OCI_MANIFEST, huge);
        assertThatThrownBy(() -> pull.open(registry.name() + "/odd:1").fetchManifest(descriptor))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("has a manifest larger than 4194304 bytes");
    }

    @Test
    void endlessManifestIsRefusedAtTheLimit() {
        registry.fail(
                1,
                s -> s.method().equals("GET"),
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", MediaType.OCI_MANIFEST);
                    exchange.sendResponseHeaders(200, 0);
                    byte[] chunk = new byte[64 * 1024];
                    while (true) {
                        exchange.getResponseBody().write(chunk);
                    }
                });
        assertThatThrownBy(
                        () ->
                                pull.open(registry.name() + "/app:1")
                                        .fetchManifest(IMAGE.manifestDescriptor()))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("larger than 4194304 bytes");
    }

    @Test
    void endlessErrorBodyIsCutOff() {
        registry.fail(
                9,
                s -> true,
                exchange -> {
                    exchange.sendResponseHeaders(400, 0);
                    byte[] chunk = "x\u001b\n".repeat(10_000).getBytes(StandardCharsets.UTF_8);
                    while (true) {
                        exchange.getResponseBody().write(chunk);
                    }
                });
        assertThatThrownBy(
                        () ->
                                pull.open(registry.name() + "/app:1")
                                        .fetchManifest(IMAGE.manifestDescriptor()))
                .isInstanceOf(UnknownException.class)
                .hasMessageContaining("with status 400: x x x")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(600))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\u001b"));
    }

    @Test
    void largeConfigurationIsRefusedUnread() {
        Descriptor large =
                new Descriptor(MediaType.OCI_CONFIG, IMAGE.configDescriptor().digest(), 9000);
        Fetcher fetcher = pull.open(registry.name() + "/app:1");
        assertThatThrownBy(() -> fetcher.fetchBlob(large, 8000))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessageContaining("has 9000 bytes, more than the 8000 that are accepted");
        assertThat(registry.seen()).isEmpty();
    }

    /** Serves other bytes in place of every manifest; an empty digest is no header. */
    private void serveManifest(String digest, String contentType, byte[] bytes) {
        registry.fail(
                9,
                s -> s.uri().contains("/manifests/"),
                exchange -> {
                    if (!digest.isEmpty()) {
                        exchange.getResponseHeaders().set("Docker-Content-Digest", digest);
                    }
                    exchange.getResponseHeaders().set("Content-Type", contentType);
                    FakeRegistry.answer(exchange, 200, bytes);
                });
    }
}
