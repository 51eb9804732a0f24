package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.ReopenContainerLogRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Logs of containers, and ReopenContainerLog. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class LogRulesE2eIT {

    private static final String LINE =
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+(Z|[+-]\\d\\d:\\d\\d)"
                    + " (stdout|stderr) [FP] .*";

    private static final String UNKNOWN = "fedcba9876543210".repeat(4);

    /** Lines without their times. */
    private static List<String> lines(Path log) {
        return Texts.read(log).lines().map(line -> line.substring(line.indexOf(' ') + 1)).toList();
    }

    private static void reopen(Subject node, String container) {
        node.cri()
                .runtime()
                .reopenContainerLog(
                        ReopenContainerLogRequest.newBuilder().setContainerId(container).build());
    }

    @Rule
    void everyLineIsLoggedWithItsTimeAndStream(Subject node) {
        String script = "seq 1 3; printf '\\n\\ttab \\303\\244\\n'; echo oops >&2";
        node.cri().awaitExit(node.run("lines", node.script("c", script)));
        Path log = node.log("lines", "c");
        Await.until("six lines", Await.seconds(60), () -> lines(log).size() == 6);
        assertThat(Texts.read(log).lines()).allMatch(line -> line.matches(LINE));
        assertThat(lines(log).stream().filter(line -> line.startsWith("stdout")))
                .containsExactly(
                        "stdout F 1", "stdout F 2", "stdout F 3", "stdout F ", "stdout F \ttab ä");
        assertThat(lines(log)).contains("stderr F oops");
    }

    @Rule
    void aLineIsCutAtSixteenKibibytesIntoParts(Subject node) {
        String script = "head -c 40000 /dev/zero | tr '\\0' x; echo";
        node.cri().awaitExit(node.run("long", node.script("c", script)));
        Path log = node.log("long", "c");
        Await.until("three lines", Await.seconds(60), () -> lines(log).size() == 3);
        assertThat(lines(log))
                .containsExactly(
                        "stdout P " + "x".repeat(16384),
                        "stdout P " + "x".repeat(16384),
                        "stdout F " + "x".repeat(40000 - 2 * 16384));
    }

    @Rule
    void whatHasNoNewlineAtItsEndIsAPart(Subject node) {
        node.cri().awaitExit(node.run("end", node.script("c", "printf end")));
        Path log = node.log("end", "c");
        Await.until("a line", Await.seconds(60), () -> !lines(log).isEmpty());
        assertThat(lines(log)).containsExactly("stdout P end");
    }

    @Rule
    void withoutALogPathNothingIsLogged(Subject node) throws IOException {
        PodSandboxConfig pod = node.pod("unlogged").build();
        ContainerConfig config = node.script("c", "echo unheard").clearLogPath().build();
        String container = node.run(pod, config);
        node.cri().awaitExit(container);
        assertThat(node.cri().status(container).getLogPath()).isEmpty();
        try (var files = Files.list(Path.of(pod.getLogDirectory()))) {
            assertThat(files).isEmpty();
        }
    }

    @Rule
    void aReopenedLogGoesOnInANewFileAndLosesNothing(Subject node) throws IOException {
        String script = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo $i; usleep 100; done";
        String container = node.run("rotated", node.script("c", script));
        Path log = node.log("rotated", "c");
        Await.until("a line", Await.seconds(60), () -> !lines(log).isEmpty());
        Path rotated = log.resolveSibling("c.log.old");
        Files.move(log, rotated, StandardCopyOption.ATOMIC_MOVE);
        reopen(node, container);
        assertThat(log).exists();
        node.cri().awaitExit(container);
        List<String> all = new ArrayList<>(lines(rotated));
        Await.until("the last line", Await.seconds(60), () -> Texts.read(log).endsWith(" 2000\n"));
        all.addAll(lines(log));
        assertThat(all)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 2000).mapToObj(i -> "stdout F " + i).toList());
    }

    @Rule
    void theLogOfAContainerThatDoesNotRunIsNotReopenedAndNoFileIsMade(Subject node)
            throws IOException {
        String container = node.run("ended", node.script("c", "echo end"));
        node.cri().awaitExit(container);
        Path log = node.log("ended", "c");
        Files.delete(log);
        node.refuses(Status.Code.FAILED_PRECONDITION, () -> reopen(node, container), container);
        assertThat(log).doesNotExist();
        node.refuses(Status.Code.NOT_FOUND, () -> reopen(node, UNKNOWN), UNKNOWN);
    }

    @Rule
    void theOutputOfATerminalIsLoggedAsStandardOutput(Subject node) {
        node.cri()
                .awaitExit(
                        node.run("tty", node.script("c", "echo out; echo err >&2").setTty(true)));
        Path log = node.log("tty", "c");
        Await.until("two lines", Await.seconds(60), () -> lines(log).size() == 2);
        assertThat(lines(log).stream().map(String::strip))
                .containsExactly("stdout F out", "stdout F err");
    }

    @Rule
    void aSecondAttemptLogsToItsOwnFile(Subject node) {
        PodSandboxConfig pod = node.pod("attempts").build();
        String sandbox = node.runPod(pod);
        for (int attempt = 0; attempt < 2; attempt++) {
            ContainerConfig.Builder config =
                    node.script("c", "echo attempt " + attempt).setLogPath(attempt + ".log");
            config.getMetadataBuilder().setAttempt(attempt);
            String container = node.cri().create(sandbox, pod, config.build());
            node.cri().start(container);
            node.cri().awaitExit(container);
            Path log = node.log("attempts", Integer.toString(attempt));
            assertThat(node.cri().status(container).getLogPath()).isEqualTo(log.toString());
            Await.until("its line", Await.seconds(60), () -> !lines(log).isEmpty());
            assertThat(lines(log)).containsExactly("stdout F attempt " + attempt);
        }
    }
}
