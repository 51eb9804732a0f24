package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Deadline;
import io.gantry.image.build.api.BuildFailedException;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.ClientOffers;
import io.gantry.image.build.api.NamedContext;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** ADD of what is on web servers and in repositories, both of them real ones. */
@Tag("privileged")
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "fetching takes a minute there; what depends on the kernel is elsewhere")
class RemoteAddsPrivilegedIT {

    private static final String MODIFIED = "Thu, 01 Jan 2015 00:00:00 GMT";
    private static final long MODIFIED_SECONDS = 1_420_070_400L;

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
    void aFileOfAWebServerIsForItsOwnerAloneAndAsOldAsItIsThere() throws IOException {
        web.put("/d/a.txt", bytes("one"), Map.of("Last-Modified", MODIFIED));
        String url = web.url("/d/a.txt?x=1");
        BuildResult result =
                building.build(
                        "x",
                        "FROM scratch\nADD %s /dir/\nADD %s /b\nADD --chmod=644 --chown=1:2 %s /c\n"
                                .formatted(url, url, url));
        assertThat(building.layer(result, 0)).endsWith("0 600 0:0 dir/a.txt");
        assertThat(building.times(result, 0)).endsWith("dir/a.txt " + MODIFIED_SECONDS);
        assertThat(building.layer(result, 1)).containsExactly("0 600 0:0 b");
        assertThat(building.layer(result, 2)).containsExactly("0 644 1:2 c");
        assertThat(building.read("x", "/b")).hasValue("one");
        Image image = building.store.service.images().find("x").orElseThrow();
        assertThat(image.config().history().getFirst().createdBy())
                .isEqualTo("ADD " + url + " /dir/ # buildkit");
    }

    @Test
    void whatTheServerSaysIsUnchangedIsNotFetchedAgain() throws IOException {
        web.put("/a", bytes("one"), Map.of("ETag", "\"1\""));
        String file = "FROM scratch\nADD " + web.url("/a") + " /a\n";
        building.build("x", file);
        assertThat(web.requests).containsExactly("HEAD /a", "GET /a");
        web.requests.clear();
        building.build("x", file);
        assertThat(web.requests).containsExactly("HEAD /a");
        assertThat(building.cached()).hasSize(1);
        web.put("/a", bytes("two"), Map.of("ETag", "\"2\""));
        building.build("x", file);
        assertThat(building.read("x", "/a")).hasValue("two");
    }

    @Test
    void ofAServerThatDoesNotSayTheContentIsCompared() throws IOException {
        web.put("/a", bytes("one"), Map.of());
        String file = "FROM scratch\nADD " + web.url("/a") + " /a\n";
        BuildResult first = building.build("x", file);
        BuildResult second = building.build("x", file);
        assertThat(second.images()).isEqualTo(first.images());
        assertThat(building.cached()).hasSize(1);
        web.put("/a", bytes("two"), Map.of());
        building.build("x", file);
        assertThat(building.cached()).isEmpty();
        assertThat(building.read("x", "/a")).hasValue("two");
    }

    @Test
    void aFileWithAnotherChecksumIsRefused() throws IOException {
        web.put("/a", bytes("one"), Map.of());
        String url = web.url("/a");
        Digest right = Digest.sha256(bytes("one"));
        Digest wrong = Digest.sha256(bytes("two"));
        String file = "FROM scratch\nARG SUM=%s\nADD --checksum=$SUM %s /a\n";
        building.build("x", file.formatted(right, url));
        assertThat(building.read("x", "/a")).hasValue("one");
        web.requests.clear();
        building.build("x", file.formatted(right, url));
        assertThat(web.requests).isEmpty();
        assertThatThrownBy(() -> building.build("y", file.formatted(wrong, url)))
                .isInstanceOf(BuildFailedException.class)
                .hasMessage(
                        "Dockerfile:3: digest mismatch for %s: %s is expected, its content is %s"
                                .formatted(url, wrong, right));
        assertThatThrownBy(() -> building.build("y", file.formatted("sha256:12", url)))
                .hasMessageContaining("invalid checksum 'sha256:12'");
        building.file("local", "one");
        assertThatThrownBy(() -> building.build("y", file.formatted(right, "local")))
                .hasMessageContaining("checksum can't be specified for local sources");
        assertThat(building.store.service.images().find("y")).isEmpty();
        try (var left = Files.list(building.store.root.resolve("unpack"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void anArchiveOfAWebServerIsUnpackedOnlyWhenAsked() throws IOException {
        byte[] archive = new TarBuilder().file("inside", "yes").build();
        web.put("/a.tar", archive, Map.of());
        String url = web.url("/a.tar");
        building.build(
                "x",
                "FROM scratch\nADD %s /kept/\nADD --unpack=true %s /unpacked/\n"
                        .formatted(url, url));
        assertThat(building.read("x", "/unpacked/inside")).hasValue("yes");
        assertThat(building.read("x", "/kept/a.tar")).isPresent();
    }

    @Test
    void filesFromSeveralPlacesComeByOneInstruction() throws IOException {
        building.file("local", "1");
        web.put("/a", bytes("2"), Map.of());
        web.redirect("/moved", web.url("/a"));
        building.build(
                "x",
                "FROM scratch\nADD local %s %s /d/\n".formatted(web.url("/a"), web.url("/moved")));
        assertThat(building.read("x", "/d/local")).hasValue("1");
        assertThat(building.read("x", "/d/a")).hasValue("2");
        assertThat(building.read("x", "/d/moved")).hasValue("2");
    }

    @Test
    void whatIsNotThereIsToldWithItsPlace() throws IOException {
        String url = web.url("/none");
        assertThatThrownBy(() -> building.build("x", "FROM scratch\nADD " + url + " /a\n"))
                .isInstanceOf(BuildFailedException.class)
                .hasMessage("Dockerfile:2: " + url + " answers 404");
        String slash = web.url("/d/");
        assertThatThrownBy(() -> building.build("x", "FROM scratch\nADD " + slash + " /d/\n"))
                .hasMessageContaining("cannot determine filename from url: " + slash);
        web.close();
        assertThatThrownBy(() -> building.build("x", "FROM scratch\nADD " + url + " /a\n"))
                .isInstanceOf(BuildFailedException.class)
                .hasMessageContaining("cannot fetch " + url);
    }

    @Test
    void aTreeOfACommitIsCopiedWithoutTheRepository() throws IOException {
        Repository repository = new Repository(repositories.resolve("app.git"));
        String first = repository.commit("sub/a", "1");
        repository.git("tag", "-a", "v1", "-m", "the first");
        repository.commit("sub/a", "2");
        String url = web.url("/git/app.git");
        BuildResult result = building.build("x", "FROM scratch\nADD " + url + " /d\n");
        assertThat(building.layer(result, 0))
                .containsExactly("5 755 0:0 d/", "5 755 0:0 d/sub/", "0 644 0:0 d/sub/a");
        assertThat(building.read("x", "/d/sub/a")).hasValue("2");
        building.build("x", "FROM scratch\nADD " + url + "#v1:sub /d\n");
        assertThat(building.read("x", "/d/a")).hasValue("1");
        building.build("x", "FROM scratch\nADD " + url + "#" + first + " /d\n");
        assertThat(building.read("x", "/d/sub/a")).hasValue("1");
        building.build("x", "FROM scratch\nADD --keep-git-dir " + url + " /d\n");
        assertThat(building.read("x", "/d/.git/HEAD")).isPresent();
    }

    @Test
    void aWholeCommitIsTakenFromTheCacheAndARefIsAskedFor() throws IOException {
        Repository repository = new Repository(repositories.resolve("app.git"));
        String commit = repository.commit("a", "1");
        String url = web.url("/git/app.git");
        building.build("x", "FROM scratch\nADD " + url + "#" + commit + " /d\n");
        web.requests.clear();
        building.build("x", "FROM scratch\nADD " + url + "#" + commit + " /d\n");
        assertThat(web.requests).isEmpty();
        building.build("x", "FROM scratch\nADD " + url + "#main /d\n");
        assertThat(web.requests).isNotEmpty().noneMatch(it -> it.startsWith("GET /git/app.git/o"));
        assertThat(building.cached()).hasSize(1);
        repository.commit("a", "2");
        building.build("x", "FROM scratch\nADD " + url + "#main /d\n");
        assertThat(building.read("x", "/d/a")).hasValue("2");
    }

    @Test
    void aCommitIsCheckedAndMayGiveFilesTheirTimes() throws IOException {
        Repository repository = new Repository(repositories.resolve("app.git"));
        String commit = repository.commit("a", "1");
        String url = web.url("/git/app.git");
        BuildResult result =
                building.build(
                        "x",
                        "FROM scratch\nADD --checksum=%s %s?mtime=commit /d\n"
                                .formatted(commit.substring(0, 12), url));
        assertThat(building.times(result, 0)).endsWith("d/a 1600000000");
        assertThatThrownBy(
                        () ->
                                building.build(
                                        "y",
                                        "FROM scratch\nADD --checksum=0123456 " + url + " /d\n"))
                .hasMessageContaining("expected checksum to match 0123456, got " + commit);
    }

    @Test
    void submodulesComeAlongButNoFilesOfTheNode() throws IOException {
        Repository inner = new Repository(repositories.resolve("inner.git"));
        inner.commit("b", "inner");
        Repository outer = new Repository(repositories.resolve("outer.git"));
        outer.commit("a", "outer");
        outer.git("submodule", "add", "-q", web.url("/git/inner.git"), "sub");
        outer.commit("a", "with it");
        String url = web.url("/git/outer.git");
        building.build("x", "FROM scratch\nADD " + url + " /d\n");
        assertThat(building.read("x", "/d/sub/b")).hasValue("inner");
        assertThat(building.read("x", "/d/sub/.git")).isEmpty();
        building.build("x", "FROM scratch\nADD " + url + "?submodules=false /d\n");
        assertThat(building.read("x", "/d/sub/b")).isEmpty();
        outer.git("config", "-f", ".gitmodules", "submodule.sub.url", inner.tree.toString());
        outer.commit("a", "by path");
        assertThatThrownBy(() -> building.build("y", "FROM scratch\nADD " + url + " /d\n"))
                .isInstanceOf(BuildFailedException.class)
                .hasMessageContaining("transport 'file' not allowed");
    }

    @Test
    void aDirectoryOfARepositoryIsNotOutsideOfIt() throws IOException {
        Repository repository = new Repository(repositories.resolve("app.git"));
        Files.createSymbolicLink(repository.tree.resolve("out"), Path.of("/etc"));
        repository.commit("etc/inside", "inside");
        String url = web.url("/git/app.git");
        building.build("x", "FROM scratch\nADD " + url + "#main:out /d\n");
        assertThat(building.read("x", "/d/inside")).hasValue("inside");
        assertThat(building.read("x", "/d/passwd")).isEmpty();
        assertThatThrownBy(() -> building.build("x", "FROM scratch\nADD " + url + "#main:no /d\n"))
                .hasMessageContaining("the repository has no directory no");
        assertThatThrownBy(() -> building.build("x", "FROM scratch\nADD " + url + "#no /d\n"))
                .hasMessageContaining("repository " + url + " has no ref \"no\"");
    }

    @Test
    void aTokenOfTheClientOpensARepositoryAndIsNowhereInTheImage() throws IOException {
        new Repository(repositories.resolve("app.git")).commit("a", "1");
        web.authorization =
                "basic " + Base64.getEncoder().encodeToString(bytes("x-access-token:very-secret"));
        String file = "FROM scratch\nADD --keep-git-dir " + web.url("/git/app.git") + " /d\n";
        assertThatThrownBy(() -> building.build("x", file))
                .isInstanceOf(BuildFailedException.class)
                .hasMessageContaining("git ls-remote failed");
        building.build(
                Building.request("x", file, Map.of()),
                new BuildInputs(building.context(), Map.of(), token("very-secret")));
        assertThat(building.read("x", "/d/a")).hasValue("1");
        assertThat(building.read("x", "/d/.git/config"))
                .hasValueSatisfying(it -> assertThat(it).doesNotContain("uthorization"));
    }

    @Test
    void aRepositoryIsTheContextAndHasTheDockerfile() throws IOException {
        Repository repository = new Repository(repositories.resolve("app.git"));
        repository.commit("app/a", "1");
        repository.commit(".dockerignore", "app");
        repository.commit("Dockerfile", "FROM scratch\nCOPY app /app\nCOPY --from=m app/a /m\n");
        repository.commit("docker/Other", "FROM scratch\nCOPY app/a /other\n");
        NamedContext.Remote remote = new NamedContext.Remote(web.url("/git/app.git#main"));
        BuildInputs inputs = new BuildInputs(remote, Map.of("m", remote), ClientOffers.NOTHING);
        building.build(inContext("Dockerfile"), inputs);
        assertThat(building.read("x", "/app/a")).hasValue("1");
        assertThat(building.read("x", "/m")).hasValue("1");
        assertThat(web.requests).filteredOn(it -> it.endsWith("info/refs")).hasSize(2);
        building.build(inContext("docker/Other"), inputs);
        assertThat(building.read("x", "/other")).hasValue("1");
        assertThatThrownBy(() -> building.build(inContext("../../none"), inputs))
                .hasMessageContaining("failed to read dockerfile: ")
                .hasMessageContaining(" has no ../../none");
    }

    @Test
    void aFileThatIsOnlyCheckedIsFetchedAndNothingIsBuilt() throws IOException {
        Repository repository = new Repository(repositories.resolve("app.git"));
        repository.commit("Dockerfile", "FROM scratch\nENV A=$NOWHERE\n");
        NamedContext.Remote remote = new NamedContext.Remote(web.url("/git/app.git"));
        BuildInputs inputs = new BuildInputs(remote, Map.of(), ClientOffers.NOTHING);
        building.builder.check(
                inContext("Dockerfile"), inputs, building.events::add, Building.soon());
        assertThat(building.events)
                .filteredOn(BuildProgress.Warning.class::isInstance)
                .singleElement()
                .asString()
                .contains("UndefinedVar", "$NOWHERE");
        assertThat(building.store.service.images().find("x")).isEmpty();
    }

    private static BuildRequest inContext(String name) {
        BuildRequest plain = Building.request("x", "", Map.of());
        return new BuildRequest(
                new BuildRequest.File(name, ""),
                plain.target(),
                plain.arguments(),
                plain.platforms(),
                plain.image(),
                plain.cache(),
                plain.run());
    }

    private static ClientOffers token(String token) {
        return new ClientOffers() {
            @Override
            public Optional<byte[]> secret(String id, Deadline deadline) {
                return id.equals("GIT_AUTH_TOKEN") ? Optional.of(bytes(token)) : Optional.empty();
            }

            @Override
            public Optional<Path> sshAgent(String id, Deadline deadline) {
                return Optional.empty();
            }

            @Override
            public Credentials login(ImageReference reference, Deadline deadline) {
                return Credentials.ANONYMOUS;
            }
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
