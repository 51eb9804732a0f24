package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.PermissionDeniedException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.MediaType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that are elsewhere, by the word of whoever made the image. */
class ForeignBlobTest {

    private static final String FOREIGN =
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    private static final FakeImage IMAGE = FakeImage.ofSize(1000);

    @TempDir private Path certs;
    private FakeRegistry registry;
    private FakeRegistry elsewhere;
    private PullFixture pull;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start();
        elsewhere = FakeRegistry.start();
        elsewhere.fail(
                99, s -> s.pathEnds("/layer"), e -> FakeRegistry.answer(e, 200, IMAGE.layer()));
        pull = new PullFixture(certs);
        pull.serve(registry);
    }

    @AfterEach
    void stop() {
        pull.close();
        registry.close();
        elsewhere.close();
    }

    private static Descriptor layer(String mediaType, String... urls) {
        Descriptor there = IMAGE.layerDescriptor();
        return new Descriptor(mediaType, there.digest(), there.size(), List.of(urls), Map.of());
    }

    private byte[] fetch(Descriptor descriptor) {
        Credentials alice = new Credentials("alice", "secret", "", "token", "");
        return pull.open(registry.name() + "/app:1", alice).fetchBlob(descriptor, 1000);
    }

    @Test
    void comesFromItsUrlWithoutCredentials() {
        assertThat(fetch(layer(FOREIGN, elsewhere.url() + "/layer"))).isEqualTo(IMAGE.layer());
        assertThat(registry.seen()).hasSize(1);
        assertThat(elsewhere.seen()).hasSize(1).allMatch(s -> s.authorization().isEmpty());
    }

    @Test
    void registryThatHoldsItIsEnough() {
        registry.addBlob(IMAGE.layer());
        assertThat(fetch(layer(FOREIGN, elsewhere.url() + "/layer"))).isEqualTo(IMAGE.layer());
        assertThat(elsewhere.seen()).isEmpty();
    }

    @Test
    void whoAsksForCredentialsThereGetsNone() {
        elsewhere.guard(
                exchange -> {
                    exchange.getResponseHeaders()
                            .set(
                                    "WWW-Authenticate",
                                    "Bearer realm=\"" + elsewhere.url() + "/token\"");
                    FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "who are you");
                    return false;
                });
        assertThatThrownBy(() -> fetch(layer(FOREIGN, elsewhere.url() + "/private")))
                .isInstanceOf(PermissionDeniedException.class);
        assertThat(elsewhere.seen()).hasSize(1).allMatch(s -> s.authorization().isEmpty());
    }

    @Test
    void nextUrlIsTriedWhenOneFails() {
        Descriptor layer = layer(FOREIGN, elsewhere.url() + "/gone", elsewhere.url() + "/layer");
        assertThat(fetch(layer)).isEqualTo(IMAGE.layer());
    }

    @Test
    void urlsOfOrdinaryLayersAreLeftAlone() {
        Descriptor layer = layer(MediaType.OCI_LAYER_GZIP, elsewhere.url() + "/layer");
        assertThatThrownBy(() -> fetch(layer)).isInstanceOf(NotFoundException.class);
        assertThat(elsewhere.seen()).isEmpty();
    }

    @Test
    void onlyHttpsIsSpoken() {
        for (String url :
                List.of("http://cdn.example/layer", "file:///etc/shadow", "https://u:p@x/", "[")) {
            assertThatThrownBy(() -> fetch(layer(FOREIGN, url)))
                    .isInstanceOf(PermissionDeniedException.class)
                    .hasMessage(
                            "blob "
                                    + IMAGE.layerDescriptor().digest()
                                    + " is said to be at \""
                                    + url
                                    + "\", which is not an https URL");
        }
    }
}
