package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What builds are asked for beside their Dockerfile: contexts from elsewhere, agents, limits. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "its many starts of the client take minutes; its pods are those of others")
class BuildOptionsE2eIT {

    /** Asks an agent for its keys and prints how many it has. */
    private static final String ASK =
            """
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <sys/un.h>
            #include <unistd.h>
            int main(void) {
                struct sockaddr_un at = {.sun_family = AF_UNIX};
                strncpy(at.sun_path, getenv("SSH_AUTH_SOCK"), sizeof at.sun_path - 1);
                int fd = socket(AF_UNIX, SOCK_STREAM, 0);
                if (connect(fd, (struct sockaddr *) &at, sizeof at) != 0) {
                    perror(at.sun_path);
                    return 1;
                }
                unsigned char head[9];
                size_t got = 0;
                if (write(fd, "\\0\\0\\0\\1\\13", 5) != 5) return 2;
                while (got < sizeof head) {
                    ssize_t n = read(fd, head + got, sizeof head - got);
                    if (n <= 0) return 3;
                    got += (size_t) n;
                }
                printf("answer %d with %d keys\\n", head[4], head[8]);
                return 0;
            }
            """;

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    @TempDir private Path context;
    @TempDir private Path aside;

    @BeforeEach
    void base() {
        NODE.client().ok("pull", "-q", NODE.image());
    }

    @Test
    void aContextAndItsDockerfileMayBeOnAWebServer() throws IOException {
        file("dir/a", "packed");
        dockerfile("FROM %s\nCOPY dir/a /a\nCOPY --from=more dir/a /b\nRUN cat /a /b\n");
        Path archive = aside.resolve("context.tar.gz");
        Command.of("tar", "-czf", archive.toString(), "-C", context.toString(), ".")
                .run()
                .orThrow();
        byte[] plain =
                ("FROM " + NODE.image() + "\nRUN echo alone\n").getBytes(StandardCharsets.UTF_8);
        HttpServer server = serve("/context.tar.gz", Files.readAllBytes(archive));
        try {
            serve(server, "/Dockerfile", plain);
            String url = "http://127.0.0.1:" + server.getAddress().getPort();
            Command.Result built =
                    client(
                            "--progress=plain",
                            "--build-context",
                            "more=" + url + "/context.tar.gz",
                            url + "/context.tar.gz");
            built.orThrow();
            assertThat(built.err()).contains(" packedpacked");
            Command.Result single = client("--progress=plain", url + "/Dockerfile");
            single.orThrow();
            assertThat(single.err()).contains(" alone\n");
            Command.Result none = client(url + "/none.tar");
            assertThat(none.code()).isEqualTo(1);
            assertThat(none.err()).contains("/none.tar answers 404");
            Command.Result other = client("-f", "Other", url + "/context.tar.gz");
            assertThat(other.err()).contains("failed to read dockerfile: ", " has no Other");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void resultsOfStepsComeBackFromARegistryAndFromADirectory() throws IOException {
        String cache = NODE.bed().registry().reference("e2e/cache:1");
        Path local = aside.resolve("cache");
        file("a", "1");
        dockerfile("FROM %s\nCOPY a /a\nRUN echo $RANDOM$RANDOM | tee /made\n");
        Command.Result first =
                client(
                        "-t",
                        "e2e/cached:1",
                        "--cache-from",
                        "type=local,src=" + local,
                        "--cache-to",
                        "type=registry,mode=max,ref=" + cache,
                        "--cache-to",
                        "type=local,dest=" + local,
                        context.toString());
        first.orThrow();
        String made = NODE.client().ok("run", "--rm", "e2e/cached:1", "cat", "/made");
        assertThat(local.resolve("index.json")).isRegularFile();
        for (String from : List.of("type=local,src=" + local, cache)) {
            NODE.client().ok("rmi", "e2e/cached:1");
            NODE.client().ok("builder", "prune", "-a", "-f");
            Command.Result again =
                    client("-t", "e2e/cached:1", "--cache-from", from, context.toString());
            again.orThrow();
            assertThat(again.err())
                    .contains("importing cache manifest from ")
                    .containsPattern("\\[3/3] RUN echo .*\n(.*\n)*?#\\d+ CACHED\n");
            assertThat(NODE.client().ok("run", "--rm", "e2e/cached:1", "cat", "/made"))
                    .as(from)
                    .isEqualTo(made);
        }
    }

    @Test
    void whatIsAttestedIsPushedWithTheImageWhichRunsFromThereAsAnyOther() throws IOException {
        String name = NODE.bed().registry().reference("e2e/attested:1");
        dockerfile("FROM %s\nRUN echo 1 > /x\n");
        client("-t", name, "--sbom", "--provenance=mode=max", "--push", context.toString())
                .orThrow();
        String index =
                Command.of("skopeo", "inspect", "--raw", "--tls-verify=false", "docker://" + name)
                        .run()
                        .orThrow();
        assertThat(index).contains("attestation-manifest", "\"unknown\"");
        NODE.client().ok("rmi", name);
        NODE.client().ok("pull", "-q", name);
        assertThat(NODE.client().ok("run", "--rm", name, "cat", "/x")).isEqualTo("1\n");
        NODE.client().ok("rmi", name);
    }

    @Test
    void aCheckKnowsTheBaseImageAndWhatIsIgnored() throws IOException {
        file("in", "1");
        file("out.log", "2");
        file(".dockerignore", "*.log\n");
        dockerfile("FROM %s\nCOPY in out.log /\nRUN echo $PATH\nENV A=$PAHT\n");
        Command.Result checked = client("--check", context.toString());
        assertThat(checked.code()).as("%s", checked).isEqualTo(1);
        assertThat(checked.out()).contains("Check complete, 2 warnings have been found!");
        assertThat(checked.err())
                .contains("CopyIgnoredFile", "out.log")
                .contains("UndefinedVar", "$PAHT")
                .doesNotContain("RUN echo");
        dockerfile("FROM %s\nCOPY in /\nENV A=$PATH\n");
        assertThat(client("--check", context.toString()).orThrow())
                .contains("Check complete, no warnings found.");
    }

    @Test
    void aCommandUsesTheAgentOfTheClientAndNoOther() throws Exception {
        Path program = context.resolve("ask");
        Path source = Files.writeString(aside.resolve("ask.c"), ASK);
        Command.of("gcc", "-static", "-o", program.toString(), source.toString()).run().orThrow();
        dockerfile(
                """
                FROM %s
                COPY ask /
                RUN --mount=type=ssh,required,mode=0660,gid=7 /ask && \\
                    stat -c '%%a %%g' $SSH_AUTH_SOCK && echo at $SSH_AUTH_SOCK
                RUN test -z "$SSH_AUTH_SOCK" && ! ls /run/buildkit
                """);
        Path socket = aside.resolve("agent");
        Path key = aside.resolve("key");
        Process agent =
                new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(aside.resolve("agent.log").toFile())
                        .start();
        try {
            Await.until("agent", Await.seconds(60), () -> Files.exists(socket));
            Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                    .run()
                    .orThrow();
            Command.of("ssh-add", "-q", key.toString())
                    .with("SSH_AUTH_SOCK", socket.toString())
                    .run()
                    .orThrow();
            Command.Result built =
                    command("--ssh", "default", context.toString())
                            .with("SSH_AUTH_SOCK", socket.toString())
                            .run();
            built.orThrow();
            assertThat(built.err())
                    .contains(" answer 12 with 1 keys\n", " 660 7\n", " at /run/buildkit/");
            Command.Result named =
                    client("--no-cache", "--ssh", "default=" + socket, context.toString());
            named.orThrow();
            assertThat(named.err()).contains(" answer 12 with 1 keys\n");
        } finally {
            agent.destroy();
        }
        Path noKey = Files.writeString(aside.resolve("no-key"), "nothing");
        Command.Result refused = client("--ssh", "default=" + noKey, context.toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("--ssh: ").contains(noKey.toString());
        Command.Result ofKeys = client("--no-cache", "--ssh", "default=" + key, context.toString());
        ofKeys.orThrow();
        assertThat(ofKeys.err()).contains(" answer 12 with 1 keys\n");
        assertThat(agents()).as("agents of the client's own").isEmpty();
        Command.Result without = client("--no-cache", context.toString());
        assertThat(without.code()).isEqualTo(1);
        assertThat(without.err()).contains("ssh");
    }

    @Test
    void aCommandHasTheProcessorTimeThatIsAskedFor() throws IOException {
        dockerfile("FROM %s\nRUN cd /sys/fs/cgroup/cpu && cat cpu.shares cpu.cfs_*_us\n");
        Command.Result built =
                client(
                        "--cpu-shares=300",
                        "--cpu-period=50000",
                        "--cpu-quota=20000",
                        context.toString());
        built.orThrow();
        assertThat(built.err()).contains(" 300\n", " 50000\n", " 20000\n");
    }

    private static List<String> agents() {
        return ProcessHandle.allProcesses()
                .flatMap(each -> each.info().commandLine().stream())
                .filter(each -> each.startsWith("ssh-agent -a") && each.contains("gantry-ssh"))
                .toList();
    }

    @Test
    void anImageStandsForAStageOrAnImageOfItsName() throws IOException {
        dockerfile("FROM %s\nRUN echo ours > /mark\n");
        client("-t", "e2e/ours:1", context.toString()).orThrow();
        dockerfile("FROM base\nCOPY --from=other /mark /copied\nRUN cat /copied\n");
        Command.Result built =
                client(
                        "--build-context",
                        "base=docker-image://" + NODE.image(),
                        "--build-context",
                        "other=docker-image://e2e/ours:1",
                        context.toString());
        built.orThrow();
        assertThat(built.err()).contains(" ours\n");
        Command.Result replaced =
                client(
                        "--build-context",
                        "base=docker-image://e2e/ours:1",
                        "--build-context",
                        "other=docker-image://scratch",
                        context.toString());
        assertThat(replaced.code()).isEqualTo(1);
        assertThat(replaced.err()).contains("\"/mark\": not found");
    }

    @Test
    void anImageOfADirectoryInTheLayoutOfOciStandsForAStage() throws IOException {
        Path layout = aside.resolve("layout");
        String image = "docker://" + NODE.image();
        for (String tag : List.of("one", "two")) {
            String to = "oci:" + layout + ":" + tag;
            Command.of("skopeo", "copy", "-q", "--src-tls-verify=false", image, to).run().orThrow();
        }
        String before = NODE.client().ok("images", "-a", "-q");
        file(
                "Dockerfile",
                "FROM base\nCOPY --from=base /bin/busybox /more/\nRUN /more/busybox ls /\n");
        String at = "base=oci-layout://" + layout;
        Command.Result built = client("--build-context", at + ":two", context.toString());
        built.orThrow();
        assertThat(built.err()).contains(" more\n");
        assertThat(NODE.client().ok("images", "-a", "-q").lines())
                .as("the base is nobody's image, and the result has no name")
                .hasSize((int) before.lines().count() + 1);
        Command.Result other = client("--build-context", at + ":three", context.toString());
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).contains("the layout has no image three");
        Command.Result none =
                client("--build-context", "base=oci-layout://" + aside, context.toString());
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("is no directory in the layout of OCI");
        try (var blobs = Files.newDirectoryStream(layout.resolve("blobs/sha256"))) {
            for (Path each : blobs) {
                Files.write(each, new byte[1], StandardOpenOption.APPEND);
            }
        }
        Command.Result changed =
                client("--no-cache", "--build-context", at + ":one", context.toString());
        assertThat(changed.code()).as("%s", changed).isEqualTo(1);
        assertThat(changed.err()).contains("is something else");
    }

    @Test
    void commandsHaveWhatTheirMountsAndArgumentsSay() throws IOException {
        dockerfile(
                """
                FROM %s
                RUN hostname; ls /sys/class/net
                RUN --mount=type=tmpfs,target=/t,size=64k df -k /t | tail -n 1 | awk '{print $2}'
                RUN --mount=type=secret,id=a/b,mode=0440,uid=5,gid=6 stat -c '%%a %%u:%%g' /run/secrets/b
                RUN --mount=type=secret,id=a/b stat -c '%%a %%u:%%g' /run/secrets/b
                """);
        Path secret = Files.writeString(aside.resolve("secret"), "s3");
        Command.Result built =
                client(
                        "--no-cache",
                        "--network=none",
                        "--build-arg",
                        "BUILDKIT_SANDBOX_HOSTNAME=box",
                        "--secret",
                        "id=a/b,src=" + secret,
                        context.toString());
        built.orThrow();
        assertThat(built.err())
                .contains(" box\n", " lo\n", " 64\n", " 440 5:6\n", " 400 0:0\n")
                .doesNotContain(" eth0\n");
    }

    @Test
    void theDateOfTheEnvironmentIsThatOfTheImage() throws IOException {
        dockerfile("FROM %s\nARG SOURCE_DATE_EPOCH\nLABEL date=$SOURCE_DATE_EPOCH\nWORKDIR /w\n");
        command("-t", "e2e/dated:1", context.toString())
                .with("SOURCE_DATE_EPOCH", "1700000000")
                .run()
                .orThrow();
        assertThat(NODE.client().ok("inspect", "e2e/dated:1"))
                .contains("\"date\" : \"1700000000\"", "2023-11-14T22:13:20Z");
    }

    @Test
    void limitsOfTheCommandLineHoldForCommands() throws IOException {
        dockerfile(
                """
                FROM %s
                RUN ulimit -n; ulimit -Hn; stat -f -c '%%b %%S' /dev/shm; nproc
                """);
        Command.Result built =
                client(
                        "--no-cache",
                        "--ulimit",
                        "nofile=123:456",
                        "--shm-size",
                        "8m",
                        "--cpu-shares",
                        "512",
                        "--cpu-period",
                        "50000",
                        "--cpu-quota",
                        "25000",
                        "--cpuset-cpus",
                        "0",
                        context.toString());
        built.orThrow();
        assertThat(built.err()).contains(" 123\n", " 456\n", " 2048 4096\n", " 1\n");
        Command.Result unknown = client("--ulimit", "nofiles=1", context.toString());
        assertThat(unknown.code()).isNotZero();
        assertThat(unknown.err()).contains("nofiles");
    }

    private static HttpServer serve(String path, byte[] content) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        serve(server, path, content);
        server.start();
        return server;
    }

    private static void serve(HttpServer server, String path, byte[] content) {
        server.createContext(
                path,
                exchange -> {
                    try (exchange) {
                        boolean head = exchange.getRequestMethod().equals("HEAD");
                        exchange.sendResponseHeaders(200, head ? -1 : content.length);
                        if (!head) {
                            exchange.getResponseBody().write(content);
                        }
                    }
                });
    }

    private void file(String name, String content) throws IOException {
        Path file = context.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void dockerfile(String text) throws IOException {
        file("Dockerfile", text.replace("%s", NODE.image()).replace("%%", "%"));
    }

    private static Command.Result client(String... words) {
        return command(words).run();
    }

    private static Command command(String... words) {
        List<String> all = new ArrayList<>(List.of("build"));
        all.addAll(List.of(words));
        return NODE.client().command(all.toArray(String[]::new));
    }
}
