package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.ContextMoves;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.layer.Root;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a context that become those of layers. */
@Tag("privileged")
class HandoverPrivilegedIT {

    @TempDir private Path directory;
    private Building building;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        building = new Building(directory);
        building.base();
        building.file("d/a", "of a");
        building.file("d/é", "of é");
    }

    @AfterEach
    void close() {
        building.close();
    }

    @Test
    void whatIsCopiedAsItIsIsNotWrittenAgainAndHasOneName() throws IOException {
        MovableContext context = MovableContext.of(building.context);
        Object inode = Files.getAttribute(context.directory().resolve("d/a"), "unix:ino");
        build(context, "FROM base\nCOPY d /etc/d\n");
        assertThat(context.places()).containsOnlyKeys("d/a", "d/é");
        context.settle();
        Path file = inLayer(context, "d/a");
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(1);
        assertThat(building.read("x", "/etc/d/a")).contains("of a");
        assertThat(building.read("x", "/etc/d/é")).contains("of é");
    }

    @Test
    void whatALayerHasIsCopiedFromThere() throws IOException {
        MovableContext context = MovableContext.of(building.context);
        build(context, "FROM base\nCOPY d /etc/d\n");
        context.settle();
        Map<String, ContextMoves.Place> before = Map.copyOf(context.places());
        build(context, "FROM base\nCOPY --chown=7 --chmod=600 d /other\nCOPY d /third\n");
        assertThat(context.places()).isEqualTo(before);
        assertThat(building.read("x", "/other/a")).contains("of a");
        assertThat(building.read("x", "/third/é")).contains("of é");
    }

    @Test
    void whatIsCopiedTwiceOrChangedIsACopy() throws IOException {
        MovableContext context = MovableContext.of(building.context);
        building.build(
                Building.request(
                        "x",
                        """
                        FROM base
                        COPY --chown=7 d /a
                        COPY --chmod=600 d /b
                        COPY d /c
                        COPY d /d
                        COPY d /e/
                        RUN stat -c '%u %a %h' /a/a /b/a /d/a /e/a > /out
                        """,
                        Map.of()),
                context.inputs());
        assertThat(building.read("x", "/out")).contains("7 644 2\n0 600 1\n0 644 1\n0 644 1\n");
        assertThat(inLayer(context, "d/a")).hasContent("of a");
        assertThat(context.find("d/a").orElseThrow().path()).isEqualTo("a/a");
    }

    @Test
    void whatIsCopiedForAnotherOwnerIsNotWrittenAgainEither() throws IOException {
        MovableContext context = MovableContext.of(building.context);
        Object inode = Files.getAttribute(context.directory().resolve("d/a"), "unix:ino");
        building.build(
                Building.request(
                        "x",
                        """
                        FROM base
                        COPY --chown=7:8 --chmod=4711 d /etc/d
                        RUN stat -c '%u %g %a' /etc/d/a > /out
                        """,
                        Map.of()),
                context.inputs());
        assertThat(building.read("x", "/out")).contains("7 8 4711\n");
        context.settle();
        Path file = inLayer(context, "d/a");
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(1);
        assertThat(context.altered()).isEmpty();
        build(context, "FROM base\nRUN --mount=target=/c stat -c '%u %a' /c/d/a > /out\n");
        assertThat(building.read("x", "/out")).contains("0 644\n");
    }

    @Test
    void aContextThatIsMountedIsAsItCame() throws IOException {
        MovableContext context = MovableContext.of(building.context);
        building.build(
                Building.request(
                        "x",
                        """
                        FROM base AS mounted
                        RUN --mount=target=/c stat -c '%u %a' /c/d/a > /out
                        FROM mounted
                        COPY --chown=7 --chmod=600 d /d
                        RUN --mount=target=/c stat -c '%u %a' /c/d/a /d/a >> /out
                        """,
                        Map.of()),
                context.inputs());
        assertThat(building.read("x", "/out")).contains("0 644\n0 644\n7 600\n");
        assertThat(context.places()).isEmpty();
    }

    @Test
    void aMountOfTheContextHasAllOfIt() throws IOException {
        MovableContext context = MovableContext.of(building.context);
        build(context, "FROM base\nCOPY d /etc/d\n");
        context.settle();
        build(
                context,
                """
                FROM base
                RUN --mount=type=bind,target=/c,source=d cat /c/a /c/é > /out && stat -c %h /c/a >> /out
                RUN --mount=type=bind,target=/c,rw cat /c/d/a >> /out
                """);
        assertThat(building.read("x", "/out")).contains("of aof é1\nof a");
        assertThat(context.places()).isEmpty();
        assertThat(building.context.resolve("d/a")).hasContent("of a");
        try (var left = Files.list(building.context.resolveSibling("."))) {
            assertThat(left.map(each -> each.getFileName().toString()))
                    .noneMatch(each -> each.startsWith("returning"));
        }
    }

    @Test
    void whatGetsAnotherTimeIsACopy() throws IOException {
        MovableContext context = MovableContext.of(building.context);
        BuildRequest request =
                Building.request(
                        "x", "FROM base\nCOPY d /etc/d\n", Map.of("SOURCE_DATE_EPOCH", "1000"));
        ImageOptions image = request.image();
        building.build(
                new BuildRequest(
                        request.file(),
                        request.target(),
                        request.arguments(),
                        request.platforms(),
                        new ImageOptions(
                                image.names(),
                                image.labels(),
                                image.annotations(),
                                image.format(),
                                image.packing(),
                                image.sourceDate(),
                                true),
                        request.cache(),
                        request.run()),
                context.inputs());
        assertThat(context.places()).isEmpty();
    }

    private void build(MovableContext context, String dockerfile) {
        building.build(Building.request("x", dockerfile, Map.of()), context.inputs());
    }

    private Path inLayer(MovableContext context, String name) throws IOException {
        ContextMoves.Place place = context.find(name).orElseThrow();
        return building.store
                .root
                .resolve("snapshots/" + place.layer().hex() + "/fs")
                .resolve(place.path());
    }
}
