package io.gantry.image.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.DataLossException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.MediaType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PushTest {

    private static final byte[] SMALL = "a small blob".getBytes(StandardCharsets.UTF_8);
    private static final byte[] LARGE = random(3_500_000);

    @TempDir private Path certs;
    private FakeRegistry registry;
    private PullFixture client;

    @BeforeEach
    void start() throws Exception {
        registry = FakeRegistry.start();
        client = new PullFixture(certs);
        client.serve(registry);
    }

    @AfterEach
    void stop() {
        client.close();
        registry.close();
    }

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private Pusher pusher() {
        return client.push(registry.name() + "/team/app:1");
    }

    private List<String> requests() {
        return registry.seen().stream()
                .map(s -> s.method() + " " + s.uri().replaceFirst("[?].*", ""))
                .toList();
    }

    @Test
    void aBlobThatIsThereIsNotSent() {
        registry.uploads().add("team/app", SMALL);
        FakeBlob blob = new FakeBlob(SMALL, "other/app");
        assertThat(pusher().pushBlob(blob)).isEqualTo(new BlobOutcome.Existed());
        assertThat(requests()).containsExactly("HEAD /v2/team/app/blobs/" + blob.digest());
        assertThat(blob.prepared()).isZero();
    }

    @Test
    void aSmallBlobIsSentWhole() {
        FakeBlob blob = new FakeBlob(SMALL);
        assertThat(pusher().pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.uploads().find("team/app", blob.digest().toString())).contains(SMALL);
        assertThat(requests())
                .containsExactly(
                        "HEAD /v2/team/app/blobs/" + blob.digest(),
                        "POST /v2/team/app/blobs/uploads/",
                        "PUT /v2/team/app/blobs/uploads/1");
        assertThat(registry.seen().getLast().uri())
                .endsWith(
                        "?_state=0%2Fx%3D%3D&part=a+b&digest="
                                + blob.digest().toString().replace(":", "%3A"));
        assertThat(registry.seen().get(1).header("Content-length")).isEqualTo("0");
        assertThat(blob.sent()).endsWith((long) SMALL.length);
        assertThat(registry.uploads().open()).isZero();
    }

    @Test
    void anEmptyBlobIsSentToo() {
        FakeBlob blob = new FakeBlob(new byte[0]);
        assertThat(pusher().pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.uploads().find("team/app", blob.digest().toString()))
                .contains(new byte[0]);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLargeBlobIsSentInPiecesEachToWhereTheLastAnswerLed(boolean absolute) {
        if (absolute) {
            registry.uploads().locationsAt(registry.url());
        }
        FakeBlob blob = new FakeBlob(LARGE);
        assertThat(pusher().pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.uploads().find("team/app", blob.digest().toString())).contains(LARGE);
        assertThat(registry.seen(s -> s.method().equals("PATCH")))
                .extracting(s -> s.header("Content-range"))
                .containsExactly(
                        "0-999999", "1000000-1999999", "2000000-2999999", "3000000-3499999");
        assertThat(blob.sent()).isSorted().endsWith((long) LARGE.length);
    }

    @Test
    void piecesAreNoShorterThanTheRegistryWants() {
        registry.uploads().minChunk(3_000_000);
        pusher().pushBlob(new FakeBlob(LARGE));
        assertThat(registry.seen(s -> s.method().equals("PATCH")))
                .extracting(s -> s.header("Content-range"))
                .containsExactly("0-2999999", "3000000-3499999");
    }

    @Test
    void aBlobOfAnotherRepositoryIsMounted() {
        registry.uploads().add("team/base", LARGE);
        FakeBlob blob = new FakeBlob(LARGE, "team/gone", "team/base");
        assertThat(pusher().pushBlob(blob)).isEqualTo(new BlobOutcome.Mounted("team/base"));
        assertThat(registry.uploads().find("team/app", blob.digest().toString())).contains(LARGE);
        assertThat(registry.seen(s -> s.method().equals("POST")))
                .extracting(FakeRegistry.Seen::uri)
                .containsExactly(
                        "/v2/team/app/blobs/uploads/?mount="
                                + blob.digest().toString().replace(":", "%3A")
                                + "&from=team%2Fgone",
                        "/v2/team/app/blobs/uploads/?mount="
                                + blob.digest().toString().replace(":", "%3A")
                                + "&from=team%2Fbase");
        assertThat(registry.uploads().open()).as("uploads left open").isZero();
        assertThat(blob.prepared()).isZero();
    }

    @Test
    void aRegistryThatDoesNotMountTakesTheUploadThatItBeganInstead() {
        registry.uploads().withoutMounts();
        registry.uploads().add("team/base", SMALL);
        FakeBlob blob = new FakeBlob(SMALL, "team/base");
        assertThat(pusher().pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.seen(s -> s.method().equals("POST"))).hasSize(1);
        assertThat(registry.uploads().find("team/app", blob.digest().toString())).contains(SMALL);
    }

    @Test
    void aRefusedMountIsAnOrdinaryUpload() {
        registry.fail(
                1,
                s -> s.uri().contains("mount="),
                FakeRegistry.status(403, "{\"errors\":[{\"code\":\"DENIED\"}]}"));
        FakeBlob blob = new FakeBlob(SMALL, "secret/base");
        assertThat(pusher().pushBlob(blob)).isEqualTo(new BlobOutcome.Uploaded());
        assertThat(registry.seen(s -> s.method().equals("POST"))).hasSize(2);
    }

    @Test
    void whereUploadsGoToAnotherHostItIsToldNothingOfUs() throws Exception {
        try (FakeRegistry store = FakeRegistry.start()) {
            client.configure(
                    registry.name(),
                    "server = '%s'\n[header]\nX-Key = 'secret'\n".formatted(registry.url()));
            registry.guard(
                    exchange -> {
                        boolean known = FakeRegistry.header(exchange, "Authorization").isPresent();
                        if (!known) {
                            exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=x");
                            FakeRegistry.error(exchange, 401, "UNAUTHORIZED", "who are you");
                        }
                        return known;
                    });
            registry.fail(
                    1,
                    s -> s.method().equals("POST"),
                    exchange -> {
                        exchange.getResponseHeaders()
                                .set("Location", store.url() + "/put?sig=1%2B");
                        FakeRegistry.answer(exchange, 202, new byte[0]);
                    });
            store.fail(9, s -> s.method().equals("PUT"), FakeRegistry.status(201, ""));
            client.push(registry.name() + "/team/app:1", Credentials.basic("u", "p"))
                    .pushBlob(new FakeBlob(SMALL));
            assertThat(registry.seen().getLast().header("X-key")).isEqualTo("secret");
            FakeRegistry.Seen put = store.seen().getLast();
            assertThat(put.uri()).startsWith("/put?sig=1%2B&digest=sha256%3A");
            assertThat(put.authorization()).isEmpty();
            assertThat(put.header("X-key")).isEmpty();
        }
    }

    @Test
    void manifestsAreStoredByteByByteUnderEachTag() {
        FakeImage image = FakeImage.ofSize(10);
        Pusher pusher = pusher();
        assertThat(pusher.hasManifest(image.manifestDescriptor())).isFalse();
        pusher.pushManifest(image.manifestDescriptor(), image.manifest(), "1");
        pusher.pushManifest(image.manifestDescriptor(), image.manifest(), "latest");
        assertThat(pusher.hasManifest(image.manifestDescriptor())).isTrue();
        assertThat(registry.manifest("team/app", "1")).contains(image.manifest());
        assertThat(registry.manifest("team/app", "latest")).contains(image.manifest());
        assertThat(registry.manifestType("team/app", "1")).contains(MediaType.OCI_MANIFEST);
    }

    @Test
    void aManifestThatTheRegistryTakesForAnotherIsDataLoss() {
        FakeImage image = FakeImage.ofSize(10);
        Digest other = Digest.sha256(SMALL);
        registry.fail(
                1,
                s -> s.method().equals("PUT"),
                exchange -> {
                    exchange.getResponseHeaders().set("Docker-Content-Digest", other.toString());
                    FakeRegistry.answer(exchange, 201, new byte[0]);
                });
        assertThatThrownBy(
                        () ->
                                pusher().pushManifest(
                                                image.manifestDescriptor(), image.manifest(), "1"))
                .isInstanceOf(DataLossException.class)
                .hasMessage(
                        "registry %s stored manifest 1 of %s/team/app as %s where %s was sent",
                        registry.name(),
                        registry.name(),
                        other,
                        image.manifestDescriptor().digest());
    }

    @Test
    void aMirrorIsPushedToOnlyWhereTheConfigurationSaysSo() throws Exception {
        try (FakeRegistry mirror = FakeRegistry.start()) {
            String toml =
                    "server = '%s'\n[host.'%s']\ncapabilities = [%s]\n"
                            .formatted(registry.url(), mirror.url(), "%s");
            client.configure(registry.name(), toml.formatted("'pull', 'resolve'"));
            pusher().pushBlob(new FakeBlob(SMALL));
            assertThat(mirror.seen()).isEmpty();
            client.configure(registry.name(), toml.formatted("'push'"));
            pusher().pushBlob(new FakeBlob(LARGE));
            String digest = Digest.sha256(LARGE).toString();
            assertThat(mirror.uploads().find("team/app", digest)).isPresent();
            assertThat(registry.uploads().find("team/app", digest)).isEmpty();
            assertThat(mirror.seen(s -> s.method().equals("POST")))
                    .allMatch(s -> s.uri().endsWith("?ns=" + registry.name()))
                    .hasSize(1);
        }
    }

    @Test
    void aRegistryWithoutTheCapabilityIsNotPushedTo() throws Exception {
        client.configure(
                registry.name(),
                "server = '%s'\ncapabilities = ['pull']\n".formatted(registry.url()));
        assertThatThrownBy(this::pusher)
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        "no host of registry %s has the capability PUSH in hosts.toml",
                        registry.name());
        assertThat(registry.seen()).isEmpty();
    }

    @Test
    void aLoopbackRegistryThatNobodyConfiguredIsPushedToOverHttp() throws Exception {
        try (FakeRegistry other = FakeRegistry.start()) {
            FakeBlob blob = new FakeBlob(SMALL);
            client.push(other.name() + "/app:1").pushBlob(blob);
            assertThat(other.uploads().find("app", blob.digest().toString())).contains(SMALL);
        }
    }

    @Test
    void whatRefersToAnImageIsListedUnderATagWhereTheRegistryKeepsNoAccount() {
        Digest subject = Digest.sha256(SMALL);
        byte[] one = referrer("application/vnd.one", subject);
        byte[] two = referrer("", subject);
        Pusher pusher = pusher();
        for (byte[] bytes : List.of(one, two, one)) {
            Descriptor descriptor = Descriptor.of(MediaType.OCI_MANIFEST, bytes);
            pusher.pushManifest(descriptor, bytes, descriptor.digest().toString());
        }
        byte[] index = registry.manifest("team/app", "sha256-" + subject.hex()).orElseThrow();
        String entry =
                "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"artifactType\":\"%s\"";
        assertThat(new String(index, StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"schemaVersion\":2,\"mediaType\":\""
                                + MediaType.OCI_INDEX
                                + "\",\"manifests\":["
                                + entry.formatted(
                                        MediaType.OCI_MANIFEST,
                                        Digest.sha256(one),
                                        one.length,
                                        "application/vnd.one")
                                + ",\"annotations\":{\"a\":\"b\"}},"
                                + entry.formatted(
                                        MediaType.OCI_MANIFEST,
                                        Digest.sha256(two),
                                        two.length,
                                        "application/vnd.oci.empty.v1+json")
                                + ",\"annotations\":{\"a\":\"b\"}}]}");
        assertThat(registry.manifestType("team/app", "sha256-" + subject.hex()))
                .contains(MediaType.OCI_INDEX);
    }

    @Test
    void aRegistryThatKeepsAccountOfReferrersNeedsNoTag() {
        registry.withReferrers();
        Digest subject = Digest.sha256(SMALL);
        byte[] bytes = referrer("application/vnd.one", subject);
        Descriptor descriptor = Descriptor.of(MediaType.OCI_MANIFEST, bytes);
        pusher().pushManifest(descriptor, bytes, "1");
        assertThat(requests()).containsExactly("PUT /v2/team/app/manifests/1");
    }

    @Test
    void anIndexOfReferrersThatChangedMeanwhileIsReadAgain() {
        registry.fail(
                1,
                s -> s.method().equals("PUT") && s.uri().contains("/manifests/sha256-"),
                FakeRegistry.status(412, ""));
        Digest subject = Digest.sha256(SMALL);
        byte[] bytes = referrer("application/vnd.one", subject);
        Descriptor descriptor = Descriptor.of(MediaType.OCI_MANIFEST, bytes);
        pusher().pushManifest(descriptor, bytes, "1");
        assertThat(registry.manifest("team/app", "sha256-" + subject.hex())).isPresent();
        assertThat(registry.seen(s -> s.method().equals("GET"))).hasSize(2);
    }

    @Test
    void tagsOfReferrersAreCutToWhatATagMayBe() {
        assertThat(ReferrersTag.of(Digest.of(Digest.Algorithm.SHA512, SMALL)))
                .hasSize("sha512-".length() + 64)
                .startsWith("sha512-");
    }

    private static byte[] referrer(String artifactType, Digest subject) {
        String type = artifactType.isEmpty() ? "" : "\"artifactType\":\"" + artifactType + "\",";
        return ("{\"schemaVersion\":2,\"mediaType\":\""
                        + MediaType.OCI_MANIFEST
                        + "\","
                        + type
                        + "\"config\":{\"mediaType\":\"application/vnd.oci.empty.v1+json\","
                        + "\"digest\":\""
                        + Digest.sha256("{}".getBytes(StandardCharsets.UTF_8))
                        + "\",\"size\":2},\"layers\":[],\"subject\":{\"mediaType\":\""
                        + MediaType.OCI_MANIFEST
                        + "\",\"digest\":\""
                        + subject
                        + "\",\"size\":7},\"annotations\":{\"a\":\"b\"}}")
                .getBytes(StandardCharsets.UTF_8);
    }
}
