package io.gantry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CliTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir private Path directory;
    private FakeEngine engine;

    @BeforeEach
    void start() throws IOException {
        engine = new FakeEngine(directory);
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    @Test
    void runShowsOutputAndPassesOnExitCodeZero() {
        assertThat(gantry("run", "busybox", "say", "hello", "world")).isZero();
        assertThat(out()).isEqualTo("hello world\n");
    }

    @Test
    void noThreadOfTheConnectionKeepsAClientThatFailed() {
        assertThat(gantry("run", "busybox", "say", "a")).isZero();
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread -> thread.getName().startsWith(Connection.THREAD))
                .isNotEmpty()
                .allMatch(Thread::isDaemon);
    }

    @Test
    void runPassesOnTheExitCodeAndStandardError() {
        assertThat(gantry("run", "--pull", "never", "busybox", "fail", "42")).isEqualTo(42);
        assertThat(err()).isEqualTo("no\n");
        assertThat(out()).isEmpty();
    }

    @Test
    void runPullsOnlyAnImageThatIsMissing() {
        gantry("run", "busybox", "say", "a");
        gantry("run", "busybox", "say", "b");
        assertThat(engine.images().pulls()).containsExactly("busybox");
    }

    @Test
    void pullAlwaysPullsAgain() {
        gantry("run", "busybox", "say", "a");
        gantry("run", "--pull", "always", "busybox", "say", "b");
        assertThat(engine.images().pulls()).containsExactly("busybox", "busybox");
    }

    @Test
    void runOfAMissingProgramExitsWith127() {
        assertThat(gantry("run", "busybox", "nonsense")).isEqualTo(127);
        assertThat(err())
                .endsWith("gantry: execute nonsense: executable file not found in $PATH\n");
    }

    @Test
    void interactiveRunFeedsStandardInputToItsEnd() {
        assertThat(gantryReading("one\ntwo\n", "run", "-i", "busybox", "cat")).isZero();
        assertThat(out()).isEqualTo("one\ntwo\n");
    }

    @Test
    void optionsAfterTheImageBelongToTheCommand() {
        assertThat(gantry("run", "--name", "x", "busybox", "say", "-i", "--name")).isZero();
        assertThat(out()).isEqualTo("-i --name\n");
        assertThat(engine.created("c1").getName()).isEqualTo("x");
        assertThat(engine.created("c1").getStdin()).isFalse();
    }

    @Test
    void variablesWithoutValueComeFromTheEnvironment() {
        gantry("create", "-e", "A=1", "-e", "GIVEN", "-e", "ABSENT", "busybox");
        assertThat(engine.created("c1").getEnvList()).containsExactly("A=1", "GIVEN=yes");
    }

    @Test
    void limitsMountsAndPortsReachTheRequest() {
        gantry("create", "-m64m", "--cpus=0.5", "-v", "/a:/b:ro", "-p", "80:8080", "busybox");
        assertThat(engine.created("c1").getLimits().getMemoryBytes()).isEqualTo(64L << 20);
        assertThat(engine.created("c1").getLimits().getCpuMillis()).isEqualTo(500);
        assertThat(engine.created("c1").getMounts(0).getReadonly()).isTrue();
        assertThat(engine.created("c1").getPorts(0).getContainerPort()).isEqualTo(8080);
    }

    @Test
    void aFailureOfOneDoesNotKeepTheOthersFromBeingStopped() {
        gantry("create", "busybox");
        out.reset();
        assertThat(gantry("stop", "nobody", "c1")).isEqualTo(1);
        assertThat(out()).isEqualTo("c1\n");
        assertThat(err()).endsWith("gantry: container nobody not found\n");
    }

    @Test
    void imagesAreListedWithNameTagAndSize() {
        gantry("pull", "-q", "example.org:5000/a/b:1");
        out.reset();
        assertThat(gantry("images")).isZero();
        assertThat(out())
                .isEqualTo(
                        """
                        REPOSITORY             TAG   IMAGE ID       CREATED   SIZE     UNIQUE
                        example.org:5000/a/b   1     0123456789ab   -         4.27MB   1.00kB
                        """);
    }

    @Test
    void listsAreJsonWhenAsked() {
        gantry("create", "busybox");
        out.reset();
        assertThat(gantry("ps", "-a", "-o", "json")).isZero();
        assertThat(out()).startsWith("[").contains("\"id\": \"c1\"");
    }

    @Test
    void anAbsentDaemonIsOneClearLine() {
        String address = "unix://" + directory.resolve("absent.sock");
        assertThat(gantry("--host", address, "ps")).isEqualTo(1);
        assertThat(err())
                .isEqualTo(
                        "gantry: cannot reach the daemon at "
                                + address
                                + ": no such socket; is gantryd running? Start it as root, or name"
                                + " its socket with --host\n");
    }

    @Test
    void aSocketNobodyListensOnIsOneClearLine() throws IOException {
        Path file = Files.createFile(directory.resolve("dead.sock"));
        assertThat(gantry("--host", file.toString(), "run", "busybox")).isEqualTo(125);
        assertThat(err()).contains("connection refused; is gantryd running?");
        assertThat(err().lines()).hasSize(1);
    }

    @Test
    void anAddressThatIsNoUnixSocketIsRefused() {
        assertThat(gantry("--host", "tcp://127.0.0.1:1", "ps")).isEqualTo(2);
        assertThat(err()).contains("is not a Unix socket");
    }

    @Test
    void anUnknownCommandNamesTheHelp() {
        assertThat(gantry("stpo", "c1")).isEqualTo(2);
        assertThat(err()).contains("'stpo'", "gantry --help");
    }

    @Test
    void aBadOptionOfRunExitsWith125() {
        assertThat(gantry("run", "--nonsense", "busybox")).isEqualTo(125);
    }

    @Test
    void helpListsEveryCommand() {
        assertThat(gantry("--help")).isZero();
        assertThat(out())
                .contains("version", "pull", "images", "rmi", "pods", "ps", "run", "create")
                .contains("start", "stop", "kill", "rm", "exec", "logs", "inspect", "info");
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
        Map<String, String> environment = Map.of("GANTRY_HOST", engine.address(), "GIVEN", "yes");
        int code = new Cli(streams, environment).run(args);
        streams.flush();
        return code;
    }
}
