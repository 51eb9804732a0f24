package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.DataLossException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Manifest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is attached to a manifest; distribution-spec 1.1, "Listing Referrers". */
final class ReferrersTest {

    private static final Digest SUBJECT = Digest.sha256(new byte[] {1});
    private static final String ARTIFACT = "application/vnd.example.thing";

    @TempDir private Path certs;
    private FakeRegistry registry;
    private PullFixture pulls;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start();
        pulls = new PullFixture(certs);
        pulls.serve(registry);
    }

    @AfterEach
    void stop() {
        pulls.close();
        registry.close();
    }

    @Test
    void aRegistrysOwnListCounts() {
        registry.fail(1, ReferrersTest::isList, FakeRegistry.status(200, index(1, 2)));
        assertThat(list())
                .containsExactly(referrer(1), referrer(2))
                .allMatch(each -> each.artifactType().equals(ARTIFACT));
        assertThat(registry.seen(ReferrersTest::isList)).hasSize(1);
        assertThat(registry.seen())
                .extracting(FakeRegistry.Seen::uri)
                .containsExactly("/v2/app/referrers/" + SUBJECT);
    }

    @Test
    void aListGoesOnAtItsNextPage() {
        registry.fail(
                1,
                ReferrersTest::isList,
                exchange -> {
                    exchange.getResponseHeaders()
                            .set(
                                    "Link",
                                    "</v2/app/referrers/" + SUBJECT + "?last=1>; rel=\"next\"");
                    FakeRegistry.status(200, index(1)).handle(exchange);
                });
        registry.fail(1, ReferrersTest::isList, FakeRegistry.status(200, index(2)));
        assertThat(list()).containsExactly(referrer(1), referrer(2));
        assertThat(registry.seen(ReferrersTest::isList).get(1).uri()).endsWith("?last=1");
    }

    @Test
    void aListThatLeadsToAnotherHostIsRefused() {
        registry.fail(
                1,
                ReferrersTest::isList,
                exchange -> {
                    exchange.getResponseHeaders()
                            .set("Link", "<http://evil.example/v2/>; rel=\"next\"");
                    FakeRegistry.status(200, index(1)).handle(exchange);
                });
        assertThatThrownBy(this::list)
                .isInstanceOf(DataLossException.class)
                .hasMessageEndingWith("links a list of referrers to another host");
    }

    @Test
    void aListWithoutEndIsCut() {
        registry.fail(
                1000,
                ReferrersTest::isList,
                exchange -> {
                    exchange.getResponseHeaders().set("Link", "<?more>; rel=\"next\"");
                    FakeRegistry.status(200, index(1, 2, 3)).handle(exchange);
                });
        assertThat(list()).hasSizeLessThanOrEqualTo(ReferrersEndpoint.MAX_REFERRERS);
        assertThat(registry.seen(ReferrersTest::isList)).hasSize(16);
    }

    @Test
    void aLongListIsCut() {
        registry.fail(1, ReferrersTest::isList, FakeRegistry.status(200, index(new int[1000])));
        assertThat(list()).hasSize(ReferrersEndpoint.MAX_REFERRERS);
    }

    @Test
    void theTagStandsInWhereARegistryKeepsNoList() {
        String tag = "sha256-" + SUBJECT.hex();
        registry.addManifest("app", tag, MediaType.OCI_INDEX, bytes(index(3)));
        assertThat(list()).containsExactly(referrer(3));
    }

    @Test
    void nothingIsAttachedWhereThereIsNeither() {
        assertThat(list()).isEmpty();
    }

    @Test
    void aTagThatIsNoIndexIsRefused() {
        String tag = "sha256-" + SUBJECT.hex();
        registry.addManifest("app", tag, MediaType.OCI_MANIFEST, bytes(manifest()));
        assertThatThrownBy(this::list).isInstanceOf(InvalidImageException.class);
    }

    @Test
    void aHostWithoutTheCapabilityIsNotAskedForItsList() throws Exception {
        pulls.configure(
                registry.name(),
                "server = '" + registry.url() + "'\ncapabilities = ['pull', 'resolve']");
        assertThat(list()).isEmpty();
        assertThat(registry.seen(ReferrersTest::isList)).isEmpty();
    }

    @Test
    void aTagOfTheSameRepositoryIsFound() {
        registry.addManifest("app", "other", MediaType.OCI_MANIFEST, bytes(manifest()));
        Fetcher fetcher = pulls.open(registry.name() + "/app:1");
        assertThat(fetcher.findTag("other")).get().isInstanceOf(Manifest.class);
        assertThat(fetcher.findTag("none")).isEmpty();
    }

    private static boolean isList(FakeRegistry.Seen seen) {
        return seen.uri().startsWith("/v2/app/referrers/");
    }

    private List<Referrer> list() {
        return pulls.open(registry.name() + "/app:1").listReferrers(SUBJECT);
    }

    private static Referrer referrer(int number) {
        return new Referrer(
                new Descriptor(
                        MediaType.OCI_MANIFEST, Digest.sha256(new byte[] {(byte) number}), number),
                ARTIFACT);
    }

    private static String index(int... numbers) {
        List<String> entries = new ArrayList<>();
        for (int number : numbers) {
            Descriptor descriptor = referrer(number).descriptor();
            entries.add(
                    "{\"mediaType\":\""
                            + descriptor.mediaType()
                            + "\",\"digest\":\""
                            + descriptor.digest()
                            + "\",\"size\":"
                            + number
                            + ",\"artifactType\":\""
                            + ARTIFACT
                            + "\"}");
        }
        return "{\"schemaVersion\":2,\"mediaType\":\""
                + MediaType.OCI_INDEX
                + "\",\"manifests\":["
                + String.join(",", entries)
                + "]}";
    }

    private static String manifest() {
        return "{\"schemaVersion\":2,\"mediaType\":\""
                + MediaType.OCI_MANIFEST
                + "\",\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"digest\":\""
                + SUBJECT
                + "\",\"size\":2},\"layers\":[]}";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
