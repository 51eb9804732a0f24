package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Registry;
import io.gantry.e2e.harness.Texts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Images from Dockerfiles, with the packaged client and daemon. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "its many starts of the client take minutes; its pods are those of others")
class BuildE2eIT {

    private static final String LOGIN = "ali:open-sesame";

    /** The same as a line of a file of passwords. */
    private static final String USER =
            "ali:$2b$04$VrF8FkfQ97oaAPDAoR5FPOVPrl5mEIQ3IqS0IpEFkvHf7ZsyCddcC";

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    @TempDir private Path context;

    @BeforeEach
    void base() {
        NODE.client().ok("pull", "-q", NODE.image());
    }

    @Test
    void whatIsBuiltRunsIsPushedAndPulledAndRunsAgain() throws IOException {
        String name = NODE.bed().registry().reference("e2e/built:1");
        file("app/greeting", "hello");
        dockerfile(
                """
                ARG WHO=nobody
                FROM %s AS made
                ARG WHO
                RUN echo "$(cat /proc/1/comm) $WHO" > /made
                FROM %s
                WORKDIR /srv
                COPY app/ .
                COPY --from=made /made .
                RUN cat greeting made > all && rm made
                CMD ["cat", "all"]
                """);
        build("-t", name, "--build-arg", "WHO=world", "--label", "of=test").orThrow();
        assertThat(NODE.client().ok("run", "--rm", name)).isEqualTo("hellosh world\n");
        NODE.client().ok("push", "-q", name);
        NODE.client().ok("rmi", name);
        NODE.client().ok("pull", "-q", name);
        assertThat(NODE.client().ok("run", "--rm", name)).isEqualTo("hellosh world\n");
        assertThat(NODE.client().ok("history", "--no-trunc", name))
                .contains("RUN /bin/sh -c cat greeting made > all && rm made # buildkit");
    }

    @Test
    void anUnchangedBuildIsCachedThroughoutAndSendsNoFile() throws IOException {
        file("a", "1");
        dockerfile("FROM %s\nCOPY a /a\nRUN cat /a > /b\nWORKDIR /w\n");
        assertThat(build().err()).contains("#3 [3/4] RUN cat /a > /b", "#3 DONE ");
        Command.Result again = build();
        assertThat(again.err()).contains("transferring context: 0B in 0 of 2 entries");
        assertThat(again.err().lines().filter(line -> line.matches("#\\d+ CACHED")))
                .as("%s", again)
                .hasSize(4);
        file("a", "2");
        assertThat(build().err()).contains(" in 1 of 2 entries", "#3 DONE ");
    }

    @Test
    void aFileThatAnImageTookOverFromTheContextHasOneNameAndIsNotSentAgain() throws IOException {
        file("d/a", "1");
        dockerfile("FROM %s\nCOPY d /d\n");
        build("-t", "moved:1").orThrow();
        assertThat(NODE.client().ok("run", "--rm", "moved:1", "stat", "-c", "%h", "/d/a"))
                .isEqualTo("1\n");
        dockerfile(
                """
                FROM %s
                ENV OTHER=1
                COPY d /d
                RUN --mount=type=bind,target=/c cat /c/d/a > /mounted
                """);
        Command.Result again = build("-t", "moved:2");
        // The Dockerfile is another.
        again.orThrow();
        assertThat(again.err()).contains(" in 1 of 3 entries");
        assertThat(NODE.client().ok("run", "--rm", "moved:2", "cat", "/d/a", "/mounted"))
                .isEqualTo("11");
        assertThat(NODE.client().ok("run", "--rm", "moved:1", "cat", "/d/a")).isEqualTo("1");
        NODE.client().ok("rmi", "moved:1", "moved:2");
        NODE.client().ok("builder", "prune", "-af");
        Command.Result last = build("-t", "moved:3");
        last.orThrow();
        assertThat(last.err()).contains(" in 2 of 3 entries");
        assertThat(NODE.client().ok("run", "--rm", "moved:3", "cat", "/d/a", "/mounted"))
                .isEqualTo("11");
        NODE.client().ok("rmi", "moved:3");
    }

    @Test
    void aFailingStepIsToldAsDockerTellsIt() throws IOException {
        dockerfile("FROM %s\nRUN echo about to fail; exit 3\n");
        Command.Result failed = build();
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err())
                .contains("------\n > [2/2] RUN echo about to fail; exit 3:\n")
                .contains(" about to fail\n------\nDockerfile:2\n--------------------\n")
                .contains("   2 | >>> RUN echo about to fail; exit 3\n")
                .endsWith(
                        "ERROR: failed to solve: process \"/bin/sh -c echo about to fail; exit"
                                + " 3\" did not complete successfully: exit code: 3\n");
        dockerfile("FROM %s\nRUNN true\n");
        assertThat(build().err())
                .endsWith(
                        "ERROR: failed to solve: unknown instruction: RUNN (did you mean RUN?)\n");
    }

    @Test
    void aRunningBuildIsHiddenFromTheCriAndAnInterruptLeavesNothingOfIt() throws Exception {
        dockerfile("FROM %s\nRUN echo up; sleep 1000\n");
        Path output = context.resolveSibling(context.getFileName() + ".out");
        Process build = start(output);
        try {
            // The line of the output, not the one that tells of the step.
            Await.until("the step", Await.seconds(60), () -> Texts.read(output).contains(" up\n"));
            assertThat(NODE.cri().pods()).isEmpty();
            assertThat(NODE.client().ok("pods", "--owner", "build", "-q").lines()).hasSize(1);
            Command.of("kill", "-INT", Long.toString(build.pid())).run().orThrow();
            assertThat(build.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(build.exitValue()).isEqualTo(130);
        } finally {
            build.destroyForcibly();
            Files.deleteIfExists(output);
        }
        Await.until(
                "end of the build's pod",
                Await.seconds(60),
                () -> NODE.client().ok("pods", "--owner", "build", "-q").isEmpty());
    }

    @Test
    void aBuildWhoseDaemonIsKilledLeavesWhatWasFinishedAndNothingElse() throws Exception {
        file("go", "");
        dockerfile("FROM %s\nRUN echo 1 > /a\nRUN --mount=type=cache,target=/c echo up; sleep 9\n");
        Path output = context.resolveSibling(context.getFileName() + ".out");
        Process build = start(output);
        try {
            // The line of the output, not the one that tells of the step.
            Await.until("the step", Await.seconds(60), () -> Texts.read(output).contains(" up\n"));
            NODE.daemon().kill();
            assertThat(build.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(build.exitValue()).isNotZero();
        } finally {
            build.destroyForcibly();
            Files.deleteIfExists(output);
        }
        NODE.daemon().start();
        assertThat(NODE.client().ok("pods", "--owner", "build", "-q")).isEmpty();
        dockerfile("FROM %s\nRUN echo 1 > /a\nRUN --mount=type=cache,target=/c echo up\n");
        assertThat(build().err())
                .as("what was finished counts")
                .containsPattern("\\[2/3] RUN echo 1 > /a\n(.*\n)*?#\\d+ CACHED\n");
    }

    @Test
    void aSecretIsInNothingThatStays() throws IOException {
        String secret = "tell-" + Long.toHexString(System.nanoTime()) + "-nobody";
        Path file = context.resolveSibling(context.getFileName() + ".secret");
        Files.writeString(file, secret);
        Path cache = context.resolveSibling(context.getFileName() + ".cache");
        dockerfile(
                """
                FROM %s
                RUN --mount=type=secret,id=a,uid=7 --mount=type=secret,id=b,env=TOKEN \
                    stat -c '%%a %%u' /run/secrets/a > /s && wc -c < /run/secrets/a >> /s && \
                    echo ${#TOKEN} >> /s
                RUN test ! -e /run/secrets && cat /s
                """);
        Command.Result built =
                NODE.client()
                        .command(
                                "build",
                                "-t",
                                "secret:1",
                                "--secret",
                                "id=a,src=" + file,
                                "--secret",
                                "id=b,env=E2E_TOKEN",
                                "--sbom",
                                "--provenance=mode=max",
                                "--cache-to",
                                "type=local,mode=max,dest=" + cache,
                                context.toString())
                        .with("E2E_TOKEN", secret)
                        .run();
        Files.delete(file);
        built.orThrow();
        int length = secret.length();
        assertThat(NODE.client().ok("run", "--rm", "secret:1", "cat", "/s"))
                .isEqualTo("400 7\n" + length + "\n" + length + "\n");
        assertThat(built.err()).doesNotContain(secret);
        assertThat(filesWith(NODE.daemon().root(), secret)).isEmpty();
        assertThat(filesWith(cache, "400 7\n")).as("layers, unpacked").isNotEmpty();
        assertThat(filesWith(cache, secret)).isEmpty();
        Command.of("rm", "-r", cache.toString()).run().orThrow();
        assertThat(filesWith(NODE.daemon().state(), secret)).isEmpty();
        assertThat(Texts.read(NODE.daemon().log())).doesNotContain(secret);
        assertThat(NODE.client().ok("image", "inspect", "secret:1")).doesNotContain(secret);
        dockerfile("FROM %s\nRUN --mount=type=secret,id=none,required cat /run/secrets/none\n");
        assertThat(build().err()).contains("secret none: not found");
    }

    @Test
    void whatAnIgnoreFileLeavesOutIsNotSentAndContextsHaveNames() throws IOException {
        file("keep/a", "1");
        file("keep/b.log", "2");
        file("big/c", "3");
        file("Dockerfile.dockerignore", "big\n**/*.log\n!keep/b.log\n.dockerignore\n");
        file(".dockerignore", "keep\n");
        Path other = Files.createDirectory(context.resolve("other"));
        Files.writeString(other.resolve("x"), "named");
        dockerfile("FROM %s\nCOPY . /all\nCOPY --from=more x /all/x\nRUN ls -a /all /all/keep\n");
        Command.Result built = build("--build-context", "more=" + other);
        assertThat(built.orThrow()).isEmpty();
        assertThat(built.err())
                .contains(" a\n", " b.log\n", " x\n", " Dockerfile\n")
                .doesNotContain(" big\n", " .dockerignore\n");
    }

    @Test
    void aDockerfileOrAnArchiveComesByStandardInput() throws IOException {
        String text = "FROM " + NODE.image() + "\nRUN echo by stdin\n";
        Command.Result plain = NODE.client().command("build", "-").run(text);
        assertThat(plain.err()).contains(" by stdin\n");
        file("a", "in an archive\n");
        dockerfile("FROM %s\nCOPY a /a\nRUN cat /a\n");
        Path archive = context.resolveSibling(context.getFileName() + ".tgz");
        Command.of("tar", "-czf", archive.toString(), "-C", context.toString(), ".")
                .run()
                .orThrow();
        Command.Result packed =
                Command.of(
                                "sh",
                                "-c",
                                String.join(" ", NODE.client().command("build", "-").words())
                                        + " < "
                                        + archive)
                        .with("GANTRY_HOST", "unix://" + NODE.daemon().socket())
                        .run();
        Files.delete(archive);
        assertThat(packed.err()).as("%s", packed).contains(" in an archive\n");
    }

    @Test
    void commandsAreBoundedInOutputMemoryAndProcesses() throws IOException {
        dockerfile("FROM %s\nRUN yes 0123456789 | head -c 30000000; echo the end\n");
        Command.Result loud = build();
        loud.orThrow();
        assertThat(loud.err()).contains("bytes left out]").contains(" the end\n");
        assertThat(loud.err().length()).isLessThan(8 << 20);
        dockerfile("FROM %s\nRUN tail -c 200m /dev/zero > /dev/null\n");
        Command.Result hungry = build("-m", "32m", "--no-cache");
        assertThat(hungry.code()).isEqualTo(1);
        assertThat(hungry.err()).contains("was killed: out of memory");
    }

    @Test
    void commandsAreConfinedAndSeeWhatTheyAreGiven() throws IOException {
        dockerfile(
                """
                FROM %s
                RUN hostname && tail -n 1 /etc/hosts && id -u && \
                    ls /sys/class/net && ! mount -t tmpfs t /tmp && ! echo x > /proc/sys/kernel/x
                """);
        Command.Result built =
                build("--network", "none", "--add-host", "db:10.1.2.3", "--no-cache");
        built.orThrow();
        assertThat(built.err()).contains(" buildkitsandbox\n", " 10.1.2.3\tdb\n", " 0\n", " lo\n");
        dockerfile("FROM %s\nRUN --network=host true\n");
        assertThat(build().err()).contains("entitlement network.host is not allowed");
        build("--allow", "network.host").orThrow();
    }

    @Test
    void idsMetadataAndArchivesAreWrittenWhereTheyAreWanted() throws IOException {
        Path out = Files.createDirectory(context.resolve("out"));
        file(".dockerignore", "out\n");
        dockerfile("FROM %s\nRUN echo 1 > /x\n");
        Command.Result built =
                build(
                        "-q",
                        "-t",
                        "written:1",
                        "--iidfile",
                        out.resolve("id").toString(),
                        "--metadata-file",
                        out.resolve("meta").toString(),
                        "-o",
                        "type=docker,dest=" + out.resolve("image.tar"));
        String id = built.orThrow().strip();
        assertThat(id).matches("sha256:[0-9a-f]{64}");
        assertThat(built.err()).isEmpty();
        assertThat(out.resolve("id")).hasContent(id);
        assertThat(out.resolve("meta")).content().contains(id, "docker.io/library/written:1");
        NODE.client().ok("rmi", "written:1");
        assertThat(NODE.client().ok("load", "-q", "-i", out.resolve("image.tar").toString()))
                .contains("docker.io/library/written:1");
        assertThat(NODE.client().ok("run", "--rm", "written:1", "cat", "/x")).isEqualTo("1\n");
    }

    @Test
    void whatBuildsKeepIsListedAndPrunedAndTheImageStays() throws IOException {
        file("a", "1");
        dockerfile(
                """
                FROM %s AS aside
                RUN --mount=type=cache,target=/c,id=e2e-kept echo left | tee /c/l > /left
                FROM %s
                COPY a /a
                COPY --from=aside /left /left
                """);
        build("-t", "kept:1").orThrow();
        assertThat(kept())
                .anyMatch(
                        it ->
                                it.contains("regular")
                                        && it.contains("false    RUN /bin/sh -c echo left"))
                .anyMatch(
                        it ->
                                it.contains("regular")
                                        && it.contains("true")
                                        && it.endsWith("COPY a /a"))
                .anyMatch(it -> it.contains("exec.cachemount") && it.endsWith("e2e-kept"))
                .anyMatch(it -> it.contains("source.local") && it.endsWith(context.toString()));
        assertThat(NODE.client().ok("builder", "prune", "-f", "--filter", "until=1h"))
                .isEqualTo("Total reclaimed space: 0B\n");
        assertThat(NODE.client().ok("builder", "prune", "-f"))
                .startsWith("Deleted build cache objects:\n")
                .doesNotContain("reclaimed space: 0B");
        assertThat(kept()).isNotEmpty().allMatch(it -> it.contains("regular"));
        NODE.client().ok("builder", "prune", "-a", "-f");
        assertThat(kept()).isEmpty();
        assertThat(NODE.client().ok("run", "--rm", "kept:1", "cat", "/a", "/left"))
                .isEqualTo("1left\n");
        Command.Result again = build("-t", "kept:1");
        Matcher step = Pattern.compile("#\\d+ (?=\\[aside 2/2] RUN)").matcher(again.err());
        assertThat(step.find()).as(again.err()).isTrue();
        assertThat(again.err())
                .contains(step.group() + "DONE")
                .doesNotContain(step.group() + "CACHED");
        assertThat(again.err()).contains(" in 1 of 2 entries");
    }

    @Test
    void baseImagesArePulledAndImagesPushedWithWhatTheUserHasLoggedInWith() throws IOException {
        Path home = NODE.home().resolve("protected");
        try (Registry registry = Registry.startProtected(home.resolve("registry"), USER)) {
            Path logins = Files.createDirectory(home.resolve("docker"));
            String auth =
                    Base64.getEncoder().encodeToString(LOGIN.getBytes(StandardCharsets.UTF_8));
            Files.writeString(
                    logins.resolve("config.json"),
                    "{\"auths\": {\"%s\": {\"auth\": \"%s\"}}}".formatted(registry.host(), auth));
            String base = registry.reference("private/base:1");
            dockerfile("FROM %s\nRUN echo private > /base\n");
            Command push = command("-q", "-t", base, "--push");
            assertThat(push.run().err()).contains(registry.host());
            push.with("DOCKER_CONFIG", logins.toString()).run().orThrow();
            NODE.client().ok("rmi", base);

            dockerfile("FROM " + base + "\nRUN cat /base\n");
            Command.Result stranger = build();
            assertThat(stranger.code()).isEqualTo(1);
            assertThat(stranger.err()).contains("ERROR: failed to solve: ", base);
            Command.Result known =
                    command("-t", "e2e/ours:1").with("DOCKER_CONFIG", logins.toString()).run();
            known.orThrow();
            assertThat(known.err()).contains(" private\n").doesNotContain(auth, "open-sesame");
            assertThat(Texts.read(NODE.daemon().log())).doesNotContain("open-sesame", auth);
            NODE.client().ok("rmi", base);
        }
    }

    @Test
    void theFilesOfATargetComeInPlaceOfAnImage() throws IOException {
        dockerfile(
                """
                FROM %s AS full
                RUN mkdir -p /d/own && chmod 750 /d/own && \
                    echo 1 > /d/a && chown 7:8 /d/a && chmod 4711 /d/a && \
                    ln /d/a /d/again && ln -s /etc/passwd /d/link && echo 2 > /gone
                RUN rm /gone
                FROM scratch
                COPY --from=full /d /d
                COPY --from=full /etc/motd /etc/
                """);
        Path out = Files.createDirectories(NODE.home().resolve("files"));
        Path elsewhere = Files.createDirectories(NODE.home().resolve("elsewhere"));
        Files.createSymbolicLink(out.resolve("etc"), elsewhere);
        String before = NODE.client().ok("images", "-aq");
        build("-o", out.toString()).orThrow();
        assertThat(stat(out.resolve("d/own"))).isEqualTo("750 0:0 directory\n");
        assertThat(stat(out.resolve("d/a"))).isEqualTo("4711 7:8 regular file\n");
        assertThat(Files.readSymbolicLink(out.resolve("d/link"))).hasToString("/etc/passwd");
        assertThat(out.resolve("etc/motd")).isRegularFile();
        assertThat(elsewhere).isEmptyDirectory();
        Path archive = NODE.home().resolve("files.tar");
        build("--target", "full", "-o", "type=tar,dest=" + archive).orThrow();
        assertThat(Command.of("tar", "-tvf", archive.toString()).run().orThrow())
                .contains("-rws--x--x 7/8 ", " d/again link to d/a\n", " bin/busybox\n")
                .doesNotContain("gone");
        assertThat(NODE.client().ok("images", "-aq")).isEqualTo(before);
        Command.Result refused = build("--push", "-t", "x:1", "-o", "type=tar,dest=" + archive);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("-o: type tar makes no image that could be pushed");
    }

    private static String stat(Path file) {
        return Command.of("stat", "-c", "%a %u:%g %F", file.toString()).run().orThrow();
    }

    /** Lines of the table of what builds keep. */
    private static List<String> kept() {
        return NODE.client()
                .ok("builder", "df", "--no-trunc")
                .lines()
                .skip(1)
                .filter(line -> !line.startsWith("Total: ") && !line.startsWith("Reclaimable: "))
                .toList();
    }

    private void file(String name, String content) throws IOException {
        Path file = context.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void dockerfile(String text) throws IOException {
        file("Dockerfile", text.replace("%s", NODE.image()).replace("%%", "%"));
    }

    private Command.Result build(String... options) {
        return command(options).run();
    }

    private Command command(String... options) {
        List<String> words = new ArrayList<>(List.of("build"));
        words.addAll(List.of(options));
        words.add(context.toString());
        return NODE.client().command(words.toArray(String[]::new));
    }

    /**
     * A build whose messages go to a file, as a process of its own and no shell's. It heeds an
     * interrupt even where this process, begun in the background of a shell, does not.
     */
    private Process start(Path output) throws IOException {
        Command command = command();
        List<String> words = new ArrayList<>(List.of("env", "--default-signal=INT"));
        words.addAll(command.words());
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment().putAll(command.environment());
        return builder.redirectOutput(output.toFile()).start();
    }

    private static List<Path> filesWith(Path directory, String text) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).filter(file -> holds(file, text)).toList();
        }
    }

    private static boolean holds(Path file, String text) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length > 2 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b) {
                bytes = new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes();
            }
            return new String(bytes, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException gone) {
            return false;
        }
    }
}
