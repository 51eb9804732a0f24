package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.proto.image.ArchiveFormat;
import io.gantry.proto.image.Credentials;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCommandsTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();

    @TempDir private Path directory;
    private FakeEngine engine;

    @BeforeEach
    void start() throws IOException {
        engine = new FakeEngine(directory);
        environment.put("GANTRY_HOST", engine.address());
        environment.put("HOME", directory.toString());
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void pullShowsLinesAndPrintsWhatCameByDigest() {
        assertThat(gantry("pull", "r.local/app:1")).isZero();
        assertThat(out()).isEqualTo("r.local/app:1@sha256:feed\n");
        assertThat(err())
                .isEqualTo(
                        """
                        1: Pulling from r.local/app
                        aaaaaaaaaaaa: Downloading
                        aaaaaaaaaaaa: Pull complete
                        Digest: sha256:feed
                        Status: Downloaded newer image for r.local/app:1
                        """);
    }

    @Test
    void aQuietPullPrintsTheReferenceOnly() {
        assertThat(gantry("pull", "-q", "r.local/app:1")).isZero();
        assertThat(out()).isEqualTo("r.local/app:1\n");
        assertThat(err()).isEmpty();
    }

    @Test
    void progressIsOneObjectALineForPrograms() {
        assertThat(gantry("pull", "--progress=json", "r.local/app:1")).isZero();
        assertThat(err()).isEmpty();
        assertThat(out().lines()).hasSize(4);
        assertThat(out().lines().findFirst().orElseThrow())
                .startsWith("{\"progress\": {\"reference\": \"r.local/app:1\"")
                .contains("\"bytes\": 50,\"total\": 100");
        assertThat(out().lines().toList().getLast()).startsWith("{\"done\": {\"id\"");
    }

    @Test
    void progressOnATerminalIsDrawnInPlace() {
        assertThat(gantry("pull", "--progress=tty", "r.local/app:1")).isZero();
        assertThat(err())
                .contains("\raaaaaaaaaaaa: Downloading [")
                .contains("\u001b[1A\raaaaaaaaaaaa: Pull complete\u001b[K\n");
    }

    @Test
    void aFailedPullIsOneLineAndTheOthersGoOn() {
        assertThat(gantry("pull", "-q", "r.local/absent:1", "r.local/app:1")).isEqualTo(1);
        assertThat(err()).isEqualTo("gantry: r.local/absent:1: not found\n");
        assertThat(out()).isEqualTo("r.local/app:1\n");
    }

    @Test
    void attachPullsNothing() {
        assertThat(gantry("pull", "--attach", "r.local/app:1")).isZero();
        assertThat(engine.images().pulls()).isEmpty();
        assertThat(out()).isEqualTo("r.local/app:1@sha256:feed\n");
    }

    @Test
    void runPullsWithProgressBeforeItRuns() {
        assertThat(gantry("run", "r.local/app:1", "say", "hi")).isZero();
        assertThat(out()).isEqualTo("hi\n");
        assertThat(err()).contains("aaaaaaaaaaaa: Pull complete");
    }

    @Test
    void credentialsComeFromTheOptionBeforeAnyFile() throws IOException {
        login(".docker/config.json", "r.local", "kept:secret");
        gantry("pull", "-q", "--creds", "me:pass:word", "r.local/app:1");
        Credentials sent = engine.images().pullRequests.getFirst().getCredentials();
        assertThat(sent.getUsername()).isEqualTo("me");
        assertThat(sent.getPassword()).isEqualTo("pass:word");
        assertThat(gantry("pull", "--creds", "me", "r.local/app:1")).isEqualTo(2);
    }

    @Test
    void credentialsAreThoseThatDockerKept() throws IOException {
        login(".docker/config.json", "https://index.docker.io/v1/", "me:secret");
        gantry("pull", "-q", "busybox");
        Credentials sent = engine.images().pullRequests.getFirst().getCredentials();
        assertThat(sent.getPassword()).isEqualTo("secret");
        assertThat(sent.getServerAddress()).isEqualTo("docker.io");
        gantry("pull", "-q", "r.local/app:1");
        assertThat(engine.images().pullRequests.get(1).getCredentials())
                .isEqualTo(Credentials.getDefaultInstance());
    }

    @Test
    void credentialsOfARepositoryCountMoreThanThoseOfItsRegistry() throws IOException {
        Path file = directory.resolve("auth.json");
        Files.writeString(
                file,
                "{\"auths\": {\"r.local\": {\"auth\": \""
                        + base64("all:1")
                        + "\"}, \"r.local/team\": {\"auth\": \""
                        + base64("team:2")
                        + "\"}}, \"other\": [1, {}]}");
        environment.put("REGISTRY_AUTH_FILE", file.toString());
        gantry("pull", "-q", "r.local/team/app:1", "r.local/app:1");
        assertThat(engine.images().pullRequests)
                .extracting(request -> request.getCredentials().getUsername())
                .containsExactly("team", "all");
    }

    @Test
    void damagedCredentialsNameTheFile() throws IOException {
        Path file = Files.writeString(directory.resolve("auth.json"), "no json");
        environment.put("REGISTRY_AUTH_FILE", file.toString());
        assertThat(gantry("pull", "r.local/app:1")).isEqualTo(2);
        assertThat(err()).contains(file.toString()).hasLineCount(1);
    }

    @Test
    void pushShowsLayersAndPrintsWhatItMade() {
        assertThat(gantry("push", "--platform", "linux/arm64", "r.local/app:1")).isZero();
        assertThat(out()).isEqualTo("r.local/app:1@sha256:feed\n");
        assertThat(err())
                .isEqualTo(
                        """
                        The push refers to repository [r.local/app]
                        aaaaaaaaaaaa: Pushed
                        digest: sha256:feed size: 7
                        """);
        assertThat(engine.images().pushRequests.getFirst().getPlatform()).isEqualTo("linux/arm64");
    }

    @Test
    void namesAreGivenAndTakenAsDockerTells() {
        gantry("pull", "-q", "busybox");
        out.reset();
        assertThat(gantry("tag", "busybox", "mine:1", "mine:2")).isZero();
        assertThat(gantry("rmi", "mine:1")).isZero();
        assertThat(out()).isEqualTo("Untagged: mine:1\nDeleted: " + FakeImageStore.ID + "\n");
        assertThat(gantry("image", "rm", "mine:1")).isEqualTo(1);
        assertThat(err()).endsWith("gantry: no image mine:1\n");
        assertThat(gantry("rmi", "-f", "mine:1")).isZero();
    }

    @Test
    void anArchiveGoesToAFileOrToStandardOutput() throws IOException {
        gantry("pull", "-q", "busybox");
        out.reset();
        Path file = directory.resolve("archive.tar");
        assertThat(gantry("save", "-o", file.toString(), "busybox")).isZero();
        assertThat(file).hasContent("busybox!");
        assertThat(gantry("save", "--format", "oci-archive", "busybox")).isZero();
        assertThat(out()).isEqualTo("busybox!");
        assertThat(engine.images().saveRequests.get(1).getFormat())
                .isEqualTo(ArchiveFormat.ARCHIVE_FORMAT_OCI);
        assertThat(gantry("save", "--format", "zip", "busybox")).isEqualTo(2);
    }

    @Test
    void aFailedSaveLeavesTheFileThatWasThere() throws IOException {
        Path file = Files.writeString(directory.resolve("archive.tar"), "before");
        assertThat(gantry("save", "-o", file.toString(), "nothing")).isEqualTo(1);
        assertThat(err()).isEqualTo("gantry: a blob is damaged\n");
        assertThat(file).hasContent("before");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.filter(each -> each.toString().endsWith(".part"))).isEmpty();
        }
    }

    @Test
    void anArchiveIsLoadedFromAFileOrStandardInput() throws IOException {
        Path file = Files.writeString(directory.resolve("archive.tar"), "r.local/app:1");
        assertThat(gantry("load", "-i", file.toString())).isZero();
        assertThat(gantryReading("nameless", "load")).isZero();
        assertThat(out())
                .isEqualTo(
                        "Loaded image: r.local/app:1\nLoaded image ID: "
                                + FakeImageStore.ID
                                + "\n");
        assertThat(gantry("load")).isEqualTo(1);
        assertThat(err()).isEqualTo("gantry: no archive of images\n");
        assertThat(gantry("load", "-i", directory.resolve("absent").toString())).isEqualTo(1);
    }

    @Test
    void digestsAreShownWhenAsked() {
        gantry("pull", "-q", "r.local/app:1");
        out.reset();
        assertThat(gantry("image", "ls", "--digests")).isZero();
        assertThat(out().lines().toList().getLast()).contains("r.local/app", "sha256:feed");
    }

    @Test
    void historyIsShownWithoutWhatMovesTheCursor() {
        assertThat(gantry("history", "busybox")).isZero();
        assertThat(out())
                .contains("<none>", "CMD [2J sh", "aaaaaaaaaaaa", "1.00kB", "…")
                .doesNotContain("\u001b");
        out.reset();
        gantry("history", "--no-trunc", "busybox");
        assertThat(out()).contains("x".repeat(60));
    }

    @Test
    void pruneAsksUnlessForced() {
        assertThat(gantryReading("n\n", "image", "prune")).isZero();
        assertThat(engine.images().pruneRequests).isEmpty();
        assertThat(gantryReading("y\n", "image", "prune", "-a", "--filter", "until=10m")).isZero();
        assertThat(out()).endsWith("Total reclaimed space: 5.00kB\n");
        assertThat(engine.images().pruneRequests.getFirst().getAll()).isTrue();
        assertThat(engine.images().pruneRequests.getFirst().getFilters(0).getValue())
                .matches("\\d{19}");
        assertThat(gantry("image", "prune", "-f", "--filter", "label!=keep")).isZero();
        assertThat(engine.images().pruneRequests.get(1).getFilters(0).getName())
                .isEqualTo("label!");
    }

    @Test
    void whatBuildsKeepIsListedWithItsSum() {
        assertThat(gantry("builder", "df")).isZero();
        assertThat(out().lines().toList())
                .satisfiesExactly(
                        it -> assertThat(it).startsWith("CACHE ID       TYPE"),
                        it ->
                                assertThat(it)
                                        .matches(
                                                "0123456789ab +regular +3.00kB .* 2 +false +false"
                                                        + " +RUN make all all [al ]+…"),
                        it ->
                                assertThat(it)
                                        .matches(
                                                "feed/0 +exec.cachemount +500B .* false +true"
                                                        + " +/root/.m2"),
                        it ->
                                assertThat(it)
                                        .matches(
                                                "beef/0 +source.local +1B .* true +false"
                                                        + " +directory /src"),
                        it -> assertThat(it).isEqualTo("Reclaimable: 3.00kB"),
                        it -> assertThat(it).isEqualTo("Total: 3.50kB"));
        String listed = out();
        out.reset();
        assertThat(gantry("build", "df")).isZero();
        assertThat(out()).isEqualTo(listed);
    }

    @Test
    void pruningWhatBuildsKeepAsksUnlessForced() {
        assertThat(gantryReading("\n", "builder", "prune")).isZero();
        assertThat(err())
                .isEqualTo("This removes all build cache that no image shares. Go on? [y/N] ");
        assertThat(engine.builds().pruneRequests).isEmpty();
        assertThat(gantryReading("yes\n", "builder", "prune", "-a")).isZero();
        assertThat(out())
                .isEqualTo(
                        """
                        Deleted build cache objects:
                        sha256:0123456789abcdef
                        Total reclaimed space: 3.00kB
                        """);
        assertThat(
                        gantry(
                                "builder",
                                "prune",
                                "-f",
                                "--filter",
                                "until=24h",
                                "--keep-storage",
                                "10g"))
                .isZero();
        assertThat(engine.builds().pruneRequests.get(0).getAll()).isTrue();
        assertThat(engine.builds().pruneRequests.get(1).getAll()).isFalse();
        assertThat(engine.builds().pruneRequests.get(1).getKeepBytes()).isEqualTo(10L << 30);
        assertThat(engine.builds().pruneRequests.get(1).getUnusedSince()).isPositive();
        err.reset();
        assertThat(gantry("builder", "prune", "-f", "--filter", "label=x")).isEqualTo(2);
        assertThat(err()).contains("--filter: 'label=x' is not until=TIME");
    }

    @Test
    void theDiskIsAccountedFor() {
        assertThat(gantry("df")).isZero();
        String table = out();
        out.reset();
        assertThat(gantry("system", "df")).isZero();
        assertThat(out())
                .isEqualTo(table)
                .contains("Images   3       1        4.00kB   1.00kB (25%)");
    }

    @Test
    void changesOfAContainerAreShownAsDockerDoes() {
        assertThat(gantry("diff", "web")).isZero();
        assertThat(out()).isEqualTo("C /etc\nD /etc/x\n");
    }

    @Test
    void eventsAreShownAsTheyCome() {
        assertThat(gantry("events", "--since", "1h")).isZero();
        assertThat(out())
                .isEqualTo(
                        "1970-01-01T00:00:01Z image pull "
                                + FakeImageStore.ID
                                + " (name=busybox)\n");
        assertThat(err()).isEqualTo("gantry: 2 events were lost: too many at once\n");
    }

    @Test
    void inspectFindsImagesToo() {
        gantry("pull", "-q", "busybox");
        out.reset();
        assertThat(gantry("image", "inspect", "busybox")).isZero();
        assertThat(gantry("inspect", "--type", "image", "busybox")).isZero();
        assertThat(out()).isEqualTo("[{\"Id\": 1}]\n[{\"Id\": 1}]\n");
    }

    @Test
    void aGroupWithoutACommandListsItsCommands() {
        assertThat(gantry("image")).isEqualTo(2);
        assertThat(gantry("image", "--help")).isZero();
        assertThat(out()).contains("prune", "history", "inspect", "load");
    }

    private void login(String name, String registry, String credentials) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                "{\"auths\": {\"" + registry + "\": {\"auth\": \"" + base64(credentials) + "\"}}}");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private int gantry(String... args) {
        return gantryReading("", args);
    }

    private int gantryReading(String input, String... args) {
        Streams streams =
                new Streams(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8));
        int code = new Cli(streams, environment).run(args);
        streams.flush();
        return code;
    }
}
