package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.build.api.BuildCache;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.manifest.Platform;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When builds make the same image, and what dates and platforms do to it. */
@Tag("privileged")
class BuildIdentityPrivilegedIT {

    private static final String DATE = "1700000000";
    private static final Instant THEN = Instant.ofEpochSecond(1_700_000_000);

    @TempDir private Path directory;
    private Building building;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        building = new Building(directory);
    }

    @AfterEach
    void close() {
        building.close();
    }

    @Test
    void anUnchangedBuildIsTheSameImageAgainAndLeavesNone() throws IOException {
        building.base();
        building.file("a", "1");
        String file =
                """
                FROM base
                ENV A=1
                COPY a /a
                ENV B=2
                RUN date +%N > /b
                LABEL c=3
                WORKDIR /w
                """;
        BuildResult first = building.build("x", file);
        List<Image> images = building.store.service.images().list();
        building.reopen();
        BuildResult second = building.build("x", file);
        assertThat(second.root()).isEqualTo(first.root());
        assertThat(building.store.service.images().list()).hasSameSizeAs(images);
        Image image = building.store.service.images().find("x").orElseThrow();
        assertThat(image.config().history())
                .as("what only changes the configuration is as old as the step behind it")
                .allMatch(it -> it.created() != null);
        assertThat(image.config().created())
                .isEqualTo(image.config().history().getLast().created());
    }

    @Test
    void anImageOfNoFilesIsTheSameAgainAndSaysNoTime() throws IOException {
        BuildResult first = building.build("x", "FROM scratch\nENV A=1\n");
        BuildResult second = building.build("x", "FROM scratch\nENV A=1\n");
        assertThat(second.root()).isEqualTo(first.root());
        Image image = building.store.service.images().find("x").orElseThrow();
        assertThat(image.config().created()).isNull();
    }

    @Test
    void aStageThatOnlyConfiguresItsBaseIsAsOldAsThat() throws IOException {
        building.file("a", "1");
        building.build("below", "FROM scratch\nCOPY a /\n");
        Instant below =
                building.store.service.images().find("below").orElseThrow().config().created();
        building.build("x", "FROM below\nENV A=1\n");
        Image image = building.store.service.images().find("x").orElseThrow();
        assertThat(image.config().created()).isEqualTo(below);
    }

    @Test
    void aDateCountsAlsoWhereTheStepWasMadeWithoutOne() throws IOException {
        building.file("a", "1");
        old("a");
        String file = "FROM scratch\nCOPY a /d\nWORKDIR /w\nCOPY a b/\nCOPY <<c /\nx\nc\n";
        building.build("x", file);
        BuildResult dated = build(file, false);
        assertThat(building.cached()).as("needs no date").containsExactly("[1/4] COPY a /d");
        assertThat(building.times(dated, 1)).containsExactly("w/ " + DATE);
        assertThat(building.times(dated, 2))
                .containsExactly("w/ " + DATE, "w/b/ " + DATE, "w/b/a 1600000000");
        assertThat(building.times(dated, 3)).containsExactly("c " + DATE);
        Image image = building.store.service.images().find("x").orElseThrow();
        assertThat(image.config().created()).isEqualTo(THEN);
        assertThat(image.config().history()).allMatch(it -> THEN.equals(it.created()));
    }

    @Test
    void filesOfContextsAndArchivesAreClampedToTheDateWhenTimesAreRewritten() throws IOException {
        building.file("new", "1");
        building.file("old", "1");
        old("old");
        try (var tar = Files.newOutputStream(building.context.resolve("t.tar"))) {
            tar.write(new io.gantry.image.layer.TarBuilder().file("d/in", "x").build());
        }
        String file = "FROM scratch\nCOPY new old /\nADD t.tar /t\n";
        BuildResult plain = build(file, false);
        assertThat(building.times(plain, 0)).doesNotContain("new " + DATE);
        BuildResult rewritten = build(file, true);
        assertThat(building.times(rewritten, 0)).containsExactly("new " + DATE, "old 1600000000");
        assertThat(building.times(rewritten, 1).subList(0, 2))
                .containsExactly("t/ " + DATE, "t/d/ " + DATE);
        building.builder.cache().prune(new BuildCache.PruneOrder(true, Optional.empty(), 0));
        Files.setLastModifiedTime(building.context.resolve("new"), FileTime.from(Instant.now()));
        assertThat(build(file, true).root()).isEqualTo(rewritten.root());
    }

    @Test
    void aBaseForAnotherPlatformLeavesTheNameToTheImageOfThisNode() throws IOException {
        String own = Platform.host().architecture();
        String other = own.equals("arm64") ? "amd64" : "arm64";
        building.store.registry.publishIndex(
                "example.com/two:1",
                Map.of(own, Store.layer("own", "1"), other, Store.layer("other", "1")));
        Image node = building.store.pullPublished("example.com/two:1");
        String file = "FROM --platform=linux/" + other + " example.com/two:1\nENV A=1\n";
        BuildResult result = building.build("x", file);
        assertThat(building.store.service.images().find("example.com/two:1"))
                .map(Image::id)
                .hasValue(node.id());
        assertThat(building.text(result.images().getFirst().id()))
                .contains("\"architecture\":\"" + other + "\"");
        int fetches = building.store.registry.resolved();
        assertThat(building.build("x", file).root()).isEqualTo(result.root());
        assertThat(building.store.registry.resolved()).as("it is here").isEqualTo(fetches);
    }

    @Test
    void aBaseForAnotherPlatformIsAskedForOnceAlsoWhereTheNodeHasNone() throws IOException {
        String own = Platform.host().architecture();
        String other = own.equals("arm64") ? "amd64" : "arm64";
        building.store.registry.publishIndex(
                "example.com/two:1",
                Map.of(own, Store.layer("own", "1"), other, Store.layer("other", "1")));
        String file = "FROM --platform=linux/" + other + " example.com/two:1\nENV A=1\n";
        BuildResult result = building.build("x", file);
        int fetches = building.store.registry.resolved();
        building.reopen();
        assertThat(building.build("x", file).root()).isEqualTo(result.root());
        assertThat(building.store.registry.resolved()).as("it is here").isEqualTo(fetches);
        assertThat(building.store.service.images().find("example.com/two:1")).isEmpty();
    }

    @Test
    void aBaseWhoseLayersAreHereByOtherBlobsHasItsOwnBlobs() throws IOException {
        byte[] tar = new TarBuilder().file("a", "1").build();
        MemoryRegistry registry = building.store.registry;
        Digest diffId = Digest.sha256(tar);
        registry.publish("example.com/plain:1", List.of(new Layer(tar, diffId)));
        registry.publish("example.com/packed:1", List.of(new Layer(gzip(tar), diffId)));
        for (String name : List.of("example.com/plain:1", "example.com/packed:1")) {
            building.store
                    .service
                    .images()
                    .pull(
                            PullOrder.of(ImageReference.parse(name), Credentials.ANONYMOUS),
                            PullListener.NONE,
                            Building.soon());
        }
        assertThat(registry.fetches(Digest.sha256(gzip(tar)))).isZero();
        BuildResult result = building.build("x", "FROM example.com/packed:1\nWORKDIR /w\n");
        assertThat(registry.fetches(Digest.sha256(gzip(tar)))).isEqualTo(1);
        assertThat(building.layer(result, 0)).containsExactly("0 644 0:0 a");
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    @Test
    void anImageForSeveralPlatformsIsKnownByItsIndex() throws IOException {
        building.file("a", "1");
        BuildRequest plain = Building.request("x", "FROM scratch\nCOPY a /\n", Map.of());
        List<Platform> platforms =
                List.of(Platform.of("linux", "amd64", ""), Platform.of("linux", "arm64", ""));
        BuildRequest request =
                new BuildRequest(
                        plain.file(),
                        plain.target(),
                        plain.arguments(),
                        platforms,
                        plain.image(),
                        plain.cache(),
                        plain.run());
        BuildResult result = building.build(request, building.inputs());
        assertThat(result.images()).hasSize(2);
        Image image = building.store.service.images().find("x").orElseThrow();
        assertThat(image.repoDigests())
                .containsExactly("docker.io/library/x@" + result.index().orElseThrow().digest());
        assertThat(image.config().platform().architecture())
                .isEqualTo(Platform.host().architecture());
    }

    private BuildResult build(String file, boolean rewrites) throws IOException {
        BuildRequest plain = Building.request("x", file, Map.of("SOURCE_DATE_EPOCH", DATE));
        ImageOptions image = plain.image();
        ImageOptions changed =
                new ImageOptions(
                        List.of(ImageReference.parse("x")),
                        image.labels(),
                        image.annotations(),
                        image.format(),
                        image.packing(),
                        image.sourceDate(),
                        rewrites);
        return building.build(
                new BuildRequest(
                        plain.file(),
                        plain.target(),
                        plain.arguments(),
                        plain.platforms(),
                        changed,
                        plain.cache(),
                        plain.run()),
                building.inputs());
    }

    private void old(String file) throws IOException {
        Files.setLastModifiedTime(
                building.context.resolve(file), FileTime.fromMillis(1_600_000_000_000L));
    }
}
