package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The packaged client against the packaged daemon: what a person at a shell sees. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "the client sees nothing of the kernel, and its many starts take minutes")
class ClientE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String IDLE = "while :; do sleep 1000; done";

    @Test
    void runPassesOnBothStreamsAndTheExitCode() {
        Command.Result run =
                gantry("run", "--rm", NODE.image(), "sh", "-c", "echo out; echo err >&2; exit 42");
        assertThat(run.code()).isEqualTo(42);
        assertThat(run.out()).isEqualTo("out\n");
        assertThat(run.err()).isEqualTo("err\n");
        assertThat(NODE.cri().ownContainers()).as("after a run with --rm").isEmpty();
    }

    @Test
    void runFeedsStandardInputAndTakesVariablesUserAndDirectory() {
        String script = "cat; echo $A $HOME; id -u; pwd";
        Command.Result run =
                NODE.client()
                        .command(
                                "run",
                                "--rm",
                                "-i",
                                "-e",
                                "A=b",
                                "-u",
                                "app",
                                "-w",
                                "/data",
                                NODE.image(),
                                "sh",
                                "-c",
                                script)
                        .run("typed\n");
        assertThat(run.code()).as("%s", run).isZero();
        assertThat(run.out()).isEqualTo("typed\nb /home/app\n1000\n/data\n");
    }

    @Test
    void aSignalThatEndsTheContainerIsInTheExitCode() {
        Command.Result run =
                gantry("run", "--rm", NODE.image(), "sh", "-c", "sleep 1 & kill -9 $!; wait $!");
        assertThat(run.code()).isEqualTo(128 + 9);
    }

    @Test
    void aProgramThatCannotRunIsTold() {
        Command.Result missing = gantry("run", "--rm", NODE.image(), "no-such-program");
        assertThat(missing.code()).isEqualTo(127);
        assertThat(missing.err())
                .isEqualTo("gantry: execute no-such-program: executable file not found in $PATH\n");
        Command.Result unexecutable = gantry("run", "--rm", NODE.image(), "/opt/unexecutable");
        assertThat(unexecutable.code()).isEqualTo(126);
        assertThat(unexecutable.err())
                .contains("gantry: execute /opt/unexecutable: permission denied");
        Path absent = NODE.home().resolve("absent");
        Command.Result mount = gantry("run", "--rm", "-v", absent + ":/mnt", NODE.image(), "true");
        assertThat(mount.code()).isEqualTo(125);
        assertThat(mount.err()).startsWith("gantry: mount source " + absent).hasLineCount(1);
    }

    @Test
    void aDetachedContainerIsListedLookedIntoStoppedAndRemoved() throws JsonProcessingException {
        String id =
                ok(
                                "run",
                                "-d",
                                "--name",
                                "web",
                                "-l",
                                "tier=front",
                                NODE.image(),
                                "sh",
                                "-c",
                                "echo one; echo two; " + IDLE)
                        .strip();
        assertThat(id).matches("[0-9a-f]{64}");
        assertThat(ok("ps")).contains(id.substring(0, 12), NODE.image(), "web", "Up ");
        JsonNode listed = json(ok("ps", "-o", "json"));
        assertThat(listed).hasSize(1);
        assertThat(listed.get(0).get("id").asText()).isEqualTo(id);
        assertThat(listed.get(0).get("name").asText()).isEqualTo("web");

        Await.until("output", Await.seconds(60), () -> ok("logs", "web").lines().count() == 2);
        assertThat(ok("logs", "--tail", "1", id.substring(0, 8))).isEqualTo("two\n");
        assertThat(ok("logs", "-t", "web").lines())
                .allMatch(line -> line.matches("\\d{4}-.*T.* (one|two)"));
        JsonNode inspected = json(ok("inspect", "web"));
        assertThat(inspected.get(0).at("/container/status/state").asText()).isEqualTo("RUNNING");

        Command.Result refused = gantry("rm", "web");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .startsWith("gantry: container ")
                .contains("is running")
                .hasLineCount(1);
        assertThat(ok("stop", "-t", "0", "web")).isEqualTo("web\n");
        assertThat(ok("ps")).doesNotContain("web");
        assertThat(ok("ps", "-a")).contains("Exited (137)");
        assertThat(ok("rm", "web")).isEqualTo("web\n");
        assertThat(ok("ps", "-aq")).isEmpty();
    }

    @Test
    void execPassesOnStreamsInputAndTheExitCode() {
        ok("run", "-d", "--name", "busy", NODE.image(), "sh", "-c", IDLE);
        Command.Result done =
                gantry(
                        "exec",
                        "-e",
                        "X=y",
                        "-w",
                        "/etc",
                        "busy",
                        "sh",
                        "-c",
                        "pwd; echo $X; echo no >&2; exit 5");
        assertThat(done.code()).isEqualTo(5);
        assertThat(done.out()).isEqualTo("/etc\ny\n");
        assertThat(done.err()).isEqualTo("no\n");
        assertThat(NODE.client().command("exec", "-i", "busy", "cat").run("fed\n").orThrow())
                .isEqualTo("fed\n");
        assertThat(gantry("exec", "busy", "no-such-program").code()).isEqualTo(127);
        ok("exec", "-d", "busy", "sleep", "4711");
        assertThat(ok("exec", "busy", "ps", "-o", "args")).contains("sleep 4711");
        ok("rm", "-f", "busy");
    }

    @Test
    void createStartAttachedAndKill() {
        ok("create", "--name", "later", NODE.image(), "sh", "-c", "echo now; exit 3");
        assertThat(ok("ps", "-a")).contains("Created");
        Command.Result started = gantry("start", "-a", "later");
        assertThat(started.code()).isEqualTo(3);
        assertThat(started.out()).isEqualTo("now\n");
        assertThat(gantry("start", "later").code()).isEqualTo(1);
        ok(
                "run",
                "-d",
                "--name",
                "victim",
                NODE.image(),
                "sh",
                "-c",
                "trap 'exit 9' USR1; echo up; while :; do usleep 10000; done");
        Await.until("up", Await.seconds(60), () -> ok("logs", "victim").contains("up"));
        ok("kill", "-s", "USR1", "victim");
        Await.until(
                "end of victim", Await.seconds(60), () -> ok("ps", "-a").contains("Exited (9)"));
        ok("rm", "later", "victim");
    }

    @Test
    void imagesArePulledListedAndRemoved() throws JsonProcessingException {
        String reference = NODE.bed().defaults();
        assertThat(ok("pull", "-q", reference)).isEqualTo(reference + "\n");
        String id = NODE.cri().imageStatus(reference).orElseThrow().getId();
        assertThat(ok("images"))
                .contains(id.substring(7, 19), reference.substring(0, reference.lastIndexOf(':')));
        assertThat(json(ok("images", "-o", "json")))
                .anySatisfy(image -> assertThat(image.get("id").asText()).isEqualTo(id));
        assertThat(ok("rmi", reference))
                .startsWith("Untagged: " + reference + "\n")
                .contains("Deleted: " + id + "\n");
        Command.Result again = gantry("rmi", reference);
        assertThat(again.code()).isEqualTo(1);
        assertThat(again.err()).isEqualTo("gantry: image " + reference + " is not here\n");
    }

    @Test
    void podsOfTheCriAreShownWhenAskedForAndNotTouched() {
        String container = NODE.idle("kubelets");
        ok("run", "-d", "--name", "own", NODE.image(), "sh", "-c", IDLE);
        assertThat(ok("ps")).contains("own").doesNotContain(container.substring(0, 12));
        assertThat(ok("ps", "--owner", "any")).contains("own", container.substring(0, 12));
        assertThat(ok("pods", "--owner", "cri")).contains("e2e", "kubelets");
        assertThat(NODE.cri().containers()).hasSize(1);
        Command.Result refused = gantry("rm", "-f", container);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains("belongs to pod e2e/kubelets of the CRI");
        ok("rm", "-f", "own");
    }

    @Test
    void whatIsUnknownOrWrongIsOneLine() {
        for (List<String> words :
                List.of(
                        List.of("logs", "nobody"),
                        List.of("inspect", "nobody"),
                        List.of("stop", "nobody"),
                        List.of("exec", "nobody", "true"),
                        List.of("rm", "nobody"))) {
            Command.Result failed = NODE.client().run(words.toArray(String[]::new));
            assertThat(failed.code()).as("%s", failed).isNotZero();
            assertThat(failed.err()).startsWith("gantry: ").contains("nobody").hasLineCount(1);
        }
        Command.Result usage = gantry("ps", "--nonsense");
        assertThat(usage.code()).isEqualTo(2);
        assertThat(usage.err()).contains("--nonsense");
        String absent = NODE.bed().registry().reference("e2e/absent:1");
        Command.Result pull = gantry("run", "--rm", absent);
        assertThat(pull.code()).isEqualTo(125);
        assertThat(pull.err()).contains(absent);
    }

    @Test
    void aDaemonThatIsNotThereIsNamedByItsSocket() {
        Path nowhere = NODE.home().resolve("nowhere.sock");
        Command.Result failed = gantry("--host", "unix://" + nowhere, "ps");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err())
                .isEqualTo(
                        "gantry: cannot reach the daemon at unix://"
                                + nowhere
                                + ": no such socket; is gantryd running? Start it as root, or name"
                                + " its socket with --host\n");
    }

    @Test
    void versionAndInfoTellOfTheNode() {
        assertThat(ok("version")).contains("Client:", "Daemon:", "Kernel:");
        assertThat(ok("info")).contains(NODE.daemon().root().toString(), "overlayfs", "cgroup");
    }

    private static Command.Result gantry(String... words) {
        return NODE.client().run(words);
    }

    private static String ok(String... words) {
        return NODE.client().ok(words);
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return new ObjectMapper().readTree(text);
    }
}
