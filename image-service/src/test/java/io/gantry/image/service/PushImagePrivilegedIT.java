package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.FakeImage;
import io.gantry.image.registry.FakeRegistry;
import io.gantry.image.registry.Fetcher;
import io.gantry.image.registry.RegistryClient;
import io.gantry.image.registry.RetryPolicy;
import io.gantry.image.service.PushListener.Phase;
import io.gantry.linux.syscall.Syscalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From a registry into the store and out again, to that registry and to another. */
@Tag("privileged")
@Timeout(300)
class PushImagePrivilegedIT {

    @TempDir private Path root;

    private final byte[] tar = new TarBuilder().file("hello", "world").build();
    private final byte[] layer = Zstd.compress(tar);
    private final Map<Digest, Phase> phases = new ConcurrentHashMap<>();
    private FakeRegistry registry;
    private RegistryClient client;
    private ImageService service;
    private byte[] config;
    private byte[] manifest;
    private byte[] index;

    @BeforeEach
    void open() throws Exception {
        Root.required();
        registry = FakeRegistry.start();
        client =
                new RegistryClient(
                        RegistryClient.Settings.of(List.of(), RetryPolicy.DEFAULT), Clock.SYSTEM);
        service =
                ImageService.open(
                        ImageService.Settings.of(root),
                        new ImageService.Surroundings(
                                Syscalls.system(), client, Clock.SYSTEM, ImagePins.NONE));
        config =
                ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
                                + "\"diff_ids\":[\""
                                + Digest.sha256(tar)
                                + "\"]}}")
                        .getBytes(StandardCharsets.UTF_8);
        // Without a media type of its own, as several builders write it.
        manifest =
                ("{ \"schemaVersion\": 2, \"config\": "
                                + json(MediaType.OCI_CONFIG, config)
                                + ", \"layers\": ["
                                + json(MediaType.OCI_LAYER_ZSTD, layer)
                                + "] }")
                        .getBytes(StandardCharsets.UTF_8);
        index =
                FakeImage.index(
                        List.of(
                                Descriptor.of(MediaType.OCI_MANIFEST, manifest),
                                Descriptor.of(MediaType.OCI_MANIFEST, new byte[7])),
                        List.of("amd64", "s390x"));
        registry.addBlob(layer);
        registry.addBlob(config);
        registry.addManifest("team/app", "1", MediaType.OCI_MANIFEST, manifest);
        registry.addManifest("team/app", "2", MediaType.OCI_INDEX, index);
    }

    @AfterEach
    void close() {
        service.close();
        client.close();
        registry.close();
    }

    private static String json(String mediaType, byte[] bytes) {
        return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
                .formatted(mediaType, Digest.sha256(bytes), bytes.length);
    }

    private void pull(String name) {
        service.images()
                .pull(
                        PullOrder.of(ImageReference.parse(name), Credentials.ANONYMOUS),
                        PullListener.NONE,
                        Deadline.never(Clock.SYSTEM));
    }

    private Pushed push(String name, @Nullable Boolean whole, String... targets) {
        PushListener listener =
                new PushListener() {
                    @Override
                    public void phase(Descriptor part, Phase phase) {
                        phases.put(part.digest(), phase);
                    }
                };
        Image image = service.images().find(name).orElseThrow();
        PushOrder order =
                new PushOrder(
                        name,
                        List.of(targets).stream().map(ImageReference::parse).toList(),
                        whole == null ? image.config().platform() : null,
                        Credentials.ANONYMOUS);
        return service.pusher(client).push(order, listener, Deadline.never(Clock.SYSTEM));
    }

    @Test
    void aPulledImageIsPushedElsewhereByteByByteUnderEveryTag() throws Exception {
        pull(registry.name() + "/team/app:1");
        try (FakeRegistry other = FakeRegistry.start()) {
            String name = other.name() + "/new/name";
            Pushed pushed = push(registry.name() + "/team/app:1", null, name + ":a", name + ":b");
            assertThat(pushed.names()).containsExactly(name + ":a", name + ":b");
            assertThat(pushed.descriptor())
                    .isEqualTo(Descriptor.of(MediaType.OCI_MANIFEST, manifest));
            assertThat(phases.values()).hasSize(3).containsOnly(Phase.DONE);
            Fetcher fetcher =
                    client.open(
                            ImageReference.parse(name + ":b"),
                            Credentials.ANONYMOUS,
                            Deadline.never(Clock.SYSTEM));
            assertThat(fetcher.resolve().descriptor()).isEqualTo(pushed.descriptor());
            assertThat(fetcher.fetchManifest(pushed.descriptor())).isEqualTo(manifest);
            assertThat(fetcher.fetchBlob(Descriptor.of(MediaType.OCI_LAYER_ZSTD, layer), 100_000))
                    .isEqualTo(layer);
            push(registry.name() + "/team/app:1", null, name + ":c");
            assertThat(phases.values()).containsOnly(Phase.EXISTS);
        }
    }

    @Test
    void anIndexIsPushedForOnePlatformOrNotAtAllWhenAnotherIsMissing() throws Exception {
        String name = registry.name() + "/team/app:2";
        pull(name);
        try (FakeRegistry other = FakeRegistry.start()) {
            String target = other.name() + "/x:1";
            assertThatThrownBy(() -> push(name, true, target))
                    .isInstanceOf(FailedPreconditionException.class)
                    .hasMessageContaining("cannot be pushed whole")
                    .hasMessageContaining("linux/s390x " + Digest.sha256(new byte[7]));
            assertThat(other.seen()).isEmpty();
            assertThat(push(name, null, target).descriptor().digest())
                    .isEqualTo(Digest.sha256(manifest));
        }
    }
}
