package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What of a context is sent, and contexts that are repositories. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "its many starts of the client take minutes")
class BuildContextsE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    @TempDir private Path context;
    @TempDir private Path aside;

    @BeforeEach
    void base() {
        NODE.client().ok("pull", "-q", NODE.image());
    }

    @Test
    void onlyFilesThatTheTargetNeedsAreSent() throws IOException {
        file("src/a.c", "a");
        file("src/b.h", "b");
        file("data/large", "x".repeat(1 << 20));
        dockerfile(
                """
                FROM %s AS small
                COPY src/*.c /
                FROM %s
                COPY --from=small /a.c /
                COPY . /all
                """);
        assertThat(sent("--target", "small")).isEqualTo("1B in 1 of 6 entries");
        assertThat(sent("--target", "small")).isEqualTo("0B in 0 of 6 entries");
        assertThat(sent()).endsWith(" in 3 of 6 entries");
        assertThat(sent()).isEqualTo("0B in 0 of 6 entries");
        file("data/large", "changed");
        assertThat(sent("--target", "small")).isEqualTo("0B in 0 of 6 entries");
        assertThat(sent("-t", "e2e/all:1")).isEqualTo("7B in 1 of 6 entries");
        assertThat(NODE.client().ok("run", "--rm", "e2e/all:1", "cat", "/all/data/large"))
                .isEqualTo("changed");
        NODE.client().ok("rmi", "e2e/all:1");
    }

    @Test
    void aWrongDockerfileIsToldOfBeforeAnythingIsSent() throws IOException {
        file("large", "x".repeat(1 << 20));
        dockerfile("FROM %s\nCOPY . /\nNONSENSE\n");
        Command.Result built = client(context.toString());
        assertThat(built.code()).isEqualTo(1);
        assertThat(built.err()).contains("0B in 0 of 2 entries", "unknown instruction: NONSENSE");
    }

    @Test
    void whatTheTriggersAndVariablesOfABaseImageWantIsSentAsWell() throws IOException {
        file("a", "of the file");
        file("b", "of the trigger");
        file("c", "of the variable");
        dockerfile("FROM %s\nENV NAME=c\nONBUILD COPY b /b\n");
        client("-t", "e2e/triggers:1", context.toString()).orThrow();
        dockerfile("FROM e2e/triggers:1\nARG NAME=a\nCOPY a /a\nCOPY $NAME /c\n");
        Command.Result built = client("-t", "e2e/triggered:1", context.toString());
        built.orThrow();
        assertThat(built.err()).contains(" in 1 of 4 entries", " in 3 of 4 entries");
        assertThat(NODE.client().ok("run", "--rm", "e2e/triggered:1", "cat", "/a", "/b", "/c"))
                .isEqualTo("of the fileof the triggerof the variable");
        assertThat(sent()).isEqualTo("0B in 0 of 4 entries");
        NODE.client().ok("rmi", "e2e/triggered:1", "e2e/triggers:1");
    }

    @Test
    void aMountOfAContextHasAllOfIt() throws IOException {
        file("d/a", "1");
        file("d/b", "2");
        file("e", "3");
        dockerfile("FROM %s\nCOPY d/a /\nRUN --mount=source=d,target=/m cat /m/*\n");
        Command.Result built = client("--progress=plain", context.toString());
        built.orThrow();
        assertThat(built.err()).contains(" in 2 of 5 entries", " 12\n");
        dockerfile("FROM %s\nRUN --mount=target=/m cat /m/e /m/d/b\n");
        Command.Result whole = client("--progress=plain", context.toString());
        whole.orThrow();
        assertThat(whole.err()).contains(" in 2 of 5 entries", " 32\n");
    }

    @Test
    void aRepositoryIsReachedBySshWithTheKeysOfTheClientAndNoOther() throws Exception {
        Path key = key("user");
        Path repository = repository();
        try (SshServer server = new SshServer(aside, key.resolveSibling("user.pub"))) {
            // The node knows the server by what its ssh is told here.
            Path programs = Files.createDirectories(aside.resolve("bin"));
            Path ssh = programs.resolve("ssh");
            Files.writeString(
                    ssh,
                    "#!/bin/sh\nexec /usr/bin/ssh -o UserKnownHostsFile=%s \"$@\"\n"
                            .formatted(server.knownHosts()));
            Files.setPosixFilePermissions(ssh, PosixFilePermissions.fromString("rwxr-xr-x"));
            NODE.daemon().stop();
            NODE.daemon().spawn(Map.of("PATH", programs + ":" + System.getenv("PATH")));
            NODE.daemon().awaitReady();
            String address = "ssh://root@127.0.0.1:" + server.port() + repository;
            Command.Result without = client(address);
            assertThat(without.code()).isEqualTo(1);
            assertThat(without.err()).contains("no agent was offered: --ssh default");
            Command.Result stranger = client("--ssh", "default=" + key("stranger"), address);
            assertThat(stranger.code()).isEqualTo(1);
            assertThat(stranger.err()).contains("git ls-remote failed: ", "Permission denied");
            Command.Result built = client("--progress=plain", "--ssh", "default=" + key, address);
            built.orThrow();
            assertThat(built.err()).contains(" committed\n");
            dockerfile("FROM %s\nADD " + address + " /src\nRUN cat /src/a\n");
            Command.Result added =
                    client("--progress=plain", "--ssh", "default=" + key, context.toString());
            added.orThrow();
            assertThat(added.err()).contains(" committed\n");
            Files.writeString(server.knownHosts(), "");
            Command.Result unknown =
                    client("--no-cache", "--ssh", "default=" + key, context.toString());
            assertThat(unknown.code()).isEqualTo(1);
            assertThat(unknown.err()).contains("Host key verification failed");
        }
    }

    private Path key(String name) {
        Path key = aside.resolve(name);
        Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                .run()
                .orThrow();
        return key;
    }

    private Path repository() throws IOException {
        file("a", "committed\n");
        dockerfile("FROM %s\nCOPY a /\nRUN cat /a\n");
        git("init", "-q", "-b", "main");
        git("add", ".");
        git("-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "-m", "one");
        Path bare = aside.resolve("repository.git");
        git("clone", "-q", "--bare", ".", bare.toString());
        return bare;
    }

    private void git(String... words) {
        List<String> all = new ArrayList<>(List.of("git", "-C", context.toString()));
        all.addAll(List.of(words));
        Command.of(all.toArray(String[]::new)).run().orThrow();
    }

    private String sent(String... options) {
        List<String> words = new ArrayList<>(List.of(options));
        words.add(context.toString());
        Command.Result built = client(words.toArray(String[]::new));
        built.orThrow();
        String mark = "transferring context: ";
        List<String> lines = built.err().lines().filter(it -> it.contains(mark)).toList();
        assertThat(lines).hasSize(1);
        return lines.getFirst().substring(lines.getFirst().indexOf(mark) + mark.length());
    }

    private void file(String name, String content) throws IOException {
        Path file = context.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private void dockerfile(String text) throws IOException {
        file("Dockerfile", text.replace("%s", NODE.image()));
    }

    private static Command.Result client(String... words) {
        List<String> all = new ArrayList<>(List.of("build"));
        all.addAll(List.of(words));
        return NODE.client().command(all.toArray(String[]::new)).run();
    }

    /** An OpenSSH server on the loopback interface. */
    private static final class SshServer implements AutoCloseable {

        /** Of its own making, where it goes without privileges; the program insists. */
        private static final Path CHROOT = Path.of("/run/sshd");

        private final Path knownHosts;
        private final int port;
        private final Process process;

        SshServer(Path directory, Path authorized) throws IOException {
            Path hostKey = directory.resolve("host");
            Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", hostKey.toString())
                    .run()
                    .orThrow();
            Files.createDirectories(CHROOT);
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            String[] published = Files.readString(directory.resolve("host.pub")).split(" ", 3);
            knownHosts =
                    Files.writeString(
                            directory.resolve("known_hosts"),
                            "[127.0.0.1]:%d %s %s\n".formatted(port, published[0], published[1]));
            Path config =
                    Files.writeString(
                            directory.resolve("sshd_config"),
                            """
                            Port %d
                            ListenAddress 127.0.0.1
                            HostKey %s
                            AuthorizedKeysFile %s
                            PidFile none
                            StrictModes no
                            UsePAM no
                            PasswordAuthentication no
                            PermitRootLogin prohibit-password
                            """
                                    .formatted(port, hostKey, authorized));
            process =
                    new ProcessBuilder("/usr/sbin/sshd", "-D", "-e", "-f", config.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(directory.resolve("sshd.log").toFile())
                            .start();
            Await.until("sshd", Await.seconds(60), this::answers);
        }

        private boolean answers() {
            return Command.of("ssh-keyscan", "-p", Integer.toString(port), "127.0.0.1")
                    .run()
                    .out()
                    .contains("ssh-ed25519");
        }

        Path knownHosts() {
            return knownHosts;
        }

        int port() {
            return port;
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            process.onExit().join();
        }
    }
}
