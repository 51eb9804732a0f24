package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds that have the date of something from elsewhere. */
@Tag("privileged")
class SourceDatePrivilegedIT {

    private static final String MODIFIED = "Thu, 01 Jan 2015 00:00:00 GMT";
    private static final String MODIFIED_CREATED = "2015-01-01T00:00:00Z";
    private static final String COMMITTED = "2020-09-13T12:26:40Z";
    private static final String FILE =
            """
            FROM scratch
            ARG SOURCE_DATE_EPOCH
            LABEL date=$SOURCE_DATE_EPOCH
            WORKDIR /d
            """;

    @TempDir private Path directory;
    private Building building;
    private WebServer web;
    private Path repositories;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        building = new Building(directory);
        repositories = Files.createDirectories(directory.resolve("repositories"));
        web = new WebServer(repositories);
    }

    @AfterEach
    void close() {
        web.close();
        building.close();
    }

    @Test
    void aContextOfARepositoryIsAsOldAsItsCommit() throws IOException {
        Repository repository = new Repository(repositories.resolve("one.git"));
        repository.commit("Dockerfile", FILE);
        BuildResult result =
                build(request("", "context"), remote(web.url("/git/one.git")), Map.of());
        assertThat(config(result, "/created")).isEqualTo(COMMITTED);
        assertThat(config(result, "/config/Labels/date")).isEqualTo("1600000000");
        assertThat(building.times(result, 0)).containsExactly("d/ 1600000000");
    }

    @Test
    void aContextOfAnArchiveIsAsOldAsTheServerSaysOrAsItsNewestFile() throws IOException {
        byte[] archive =
                new TarBuilder()
                        .entry('0', "Dockerfile", it -> dated(it, 1_400_000_000L, FILE))
                        .entry('0', "new", it -> dated(it, 1_500_000_000L, "x"))
                        .build();
        web.put("/dated.tar", archive, Map.of("Last-Modified", MODIFIED));
        web.put("/undated.tar", archive, Map.of());
        BuildResult dated = build(request("", "context"), remote(web.url("/dated.tar")), Map.of());
        BuildResult undated =
                build(request("", "context"), remote(web.url("/undated.tar")), Map.of());
        assertThat(config(dated, "/created")).isEqualTo(MODIFIED_CREATED);
        assertThat(config(undated, "/created")).isEqualTo("2017-07-14T02:40:00Z");
    }

    @Test
    void anotherContextOrAStageMayDateABuild() throws IOException {
        web.put("/a", "one".getBytes(StandardCharsets.UTF_8), Map.of("Last-Modified", MODIFIED));
        NamedContext file = remote(web.url("/a"));
        BuildResult named = build(request(FILE, "other"), local(), Map.of("other", file));
        assertThat(config(named, "/created")).isEqualTo(MODIFIED_CREATED);
        String stage = "ARG from=" + web.url("/a") + "\nFROM scratch AS when\nARG from\n";
        BuildResult staged =
                build(request(stage + "ADD $from /\n" + FILE, "WHEN"), local(), Map.of());
        assertThat(config(staged, "/created")).isEqualTo(MODIFIED_CREATED);
        assertThatThrownBy(
                        () ->
                                build(
                                        request(stage + "ADD $from $from /\n" + FILE, "when"),
                                        local(),
                                        Map.of()))
                .hasMessageContaining("stage when dates nothing");
    }

    @Test
    void aRepositoryComesAlongWhereTheBuildAsksForIt() throws IOException {
        Repository repository = new Repository(repositories.resolve("one.git"));
        repository.commit("Dockerfile", "FROM scratch\nCOPY .git/HEAD /\n");
        NamedContext context = remote(web.url("/git/one.git"));
        BuildRequest asking =
                Building.request("row", "", Map.of("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1"));
        assertThat(building.layer(build(asking, context, Map.of()), 0))
                .containsExactly("0 644 0:0 HEAD");
        assertThatThrownBy(() -> build(Building.request("row", "", Map.of()), context, Map.of()))
                .hasMessageContaining("\"/.git/HEAD\": not found");
    }

    private static void dated(TarBuilder.Entry entry, long time, String content) {
        entry.mtime = time;
        entry.content = content.getBytes(StandardCharsets.UTF_8);
    }

    private static NamedContext remote(String address) {
        return new NamedContext.Remote(address);
    }

    private NamedContext local() throws IOException {
        return new NamedContext.Files(building.context());
    }

    private static BuildRequest request(String dockerfile, String date) {
        return Building.request("row", dockerfile, Map.of("SOURCE_DATE_EPOCH", date));
    }

    private BuildResult build(
            BuildRequest request, NamedContext context, Map<String, NamedContext> named)
            throws IOException {
        return building.build(request, new BuildInputs(context, named, building.inputs().offers()));
    }

    private String config(BuildResult result, String pointer) throws IOException {
        return new ObjectMapper()
                .readTree(building.text(result.images().getFirst().id()))
                .at(pointer)
                .asText();
    }
}
