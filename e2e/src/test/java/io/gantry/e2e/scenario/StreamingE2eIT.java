package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.GantryDaemon;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.HostState;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.StreamingProgram;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exec, attach and port-forward as kubectl does them, with its own library on the other side. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "building the program takes minutes there, and there is no Go")
class StreamingE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String TICKING =
            "trap 'exit 0' TERM; while :; do echo tick; usleep 100000; done";

    /** Enough to fill every buffer many times. */
    private static final String MEGABYTES = "16";

    private static final String[] ALL = {
        "-megabytes",
        MEGABYTES,
        "hundred-at-once",
        "terminal-is-resized",
        "vanished-client-kills",
        "missing-command-is-told",
        "attach-sees-output",
        "slow-reader-loses-nothing",
        "unread-input-does-not-disturb",
        "many-connections-are-forwarded",
        "connections-at-once-are-forwarded",
        "port-of-nobody-is-told",
    };

    private static StreamingProgram program;

    @BeforeAll
    static void build() {
        program = new StreamingProgram();
        // The server listens from the first request on, and keeps what it needs for that.
        assertThat(check("stdin-is-echoed", "spdy").code()).isZero();
        NODE.daemon().removeEverything();
    }

    @AfterAll
    static void remove() {
        program.close();
    }

    @ParameterizedTest(name = "{0} over {1}")
    @CsvSource({
        "stdin-is-echoed, spdy",
        "stdin-is-echoed, websocket",
        "outputs-are-apart, spdy",
        "outputs-are-apart, websocket",
        "exit-codes-arrive, spdy",
        "exit-codes-arrive, websocket",
        "half-close-ends-input, spdy",
        "half-close-ends-input, websocket",
        "terminal-is-resized, spdy",
        "terminal-is-resized, websocket",
        "terminal-has-its-size-at-once, spdy",
        "terminal-has-its-size-at-once, websocket",
        "hundred-at-once, spdy",
        "hundred-at-once, websocket",
        "much-data-arrives-whole, spdy",
        "much-data-arrives-whole, websocket",
        "vanished-client-kills, spdy",
        "vanished-client-kills, websocket",
        "missing-command-is-told, spdy",
        "missing-command-is-told, websocket",
        "attach-sees-output, spdy",
        "attach-sees-output, websocket",
        "slow-reader-loses-nothing, spdy",
        "slow-reader-loses-nothing, websocket",
        "unread-input-does-not-disturb, spdy",
        "unread-input-does-not-disturb, websocket",
        "port-is-forwarded, spdy",
        "port-is-forwarded, websocket",
        "much-data-is-forwarded, spdy",
        "much-data-is-forwarded, websocket",
        "many-connections-are-forwarded, spdy",
        "many-connections-are-forwarded, websocket",
        "connections-at-once-are-forwarded, spdy",
        "connections-at-once-are-forwarded, websocket",
        "several-ports-share-a-session, spdy",
        "several-ports-share-a-session, websocket",
        "port-of-nobody-is-told, spdy",
        "port-of-nobody-is-told, websocket",
        "spdy-dialects-are-spoken, spdy",
        "unnamed-dialect-is-spoken, spdy",
        "websocket-dialects-are-spoken, websocket",
        "closing-dialect-is-spoken, websocket",
        "ports-have-two-channels, websocket",
    })
    void theLibraryOfKubectlIsServed(String check, String transport) {
        Command.Result run = check(check, transport);
        assertThat(run.code()).as("%s", run).isZero();
    }

    @Test
    void aGigabyteIsForwardedAndComesBackWhole() {
        Command.Result run =
                new Ticking().check("spdy", "-megabytes", "1024", "much-data-is-forwarded");
        assertThat(run.code()).as("%s", run).isZero();
    }

    @Test
    void thousandsOfConnectionsToAPortFollowEachOther() {
        Command.Result run =
                new Ticking()
                        .check("spdy", "-connections", "2000", "many-connections-are-forwarded");
        assertThat(run.code()).as("%s", run).isZero();
    }

    @Test
    void nothingIsLeftOfWhatClientsDidWhileThePodGoesOn() {
        Ticking pod = new Ticking();
        pod.haveClientsDoWhatTheyCan();
        HostState before = HostState.of(NODE.daemon());
        int shimFiles = shimFiles();
        int threads = threads();
        pod.haveClientsDoWhatTheyCan();
        HostLeakExtension.check(NODE.daemon(), before, NODE.daemon().pid());
        Await.until(
                () -> shimFiles() + " files of the shim, where " + shimFiles + " were",
                Await.seconds(60),
                () -> shimFiles() <= shimFiles);
        // Of some hundred sessions; the JVM has a few more or less by itself.
        Await.until(
                () -> threads() + " threads, where " + threads + " were",
                Await.seconds(60),
                () -> threads() < threads + 20);
    }

    /** Those of the supervisors of all pods of the daemon, which has no other at the time. */
    private static int shimFiles() {
        String shim = GantryDaemon.tree().resolve("libexec/gantry-shim").toString();
        return ProcessHandle.allProcesses()
                .map(process -> Path.of("/proc", Long.toString(process.pid())))
                .filter(process -> isShim(process, shim))
                .mapToInt(
                        process -> {
                            String[] files = process.resolve("fd").toFile().list();
                            return files == null ? 0 : files.length;
                        })
                .sum();
    }

    private static boolean isShim(Path process, String shim) {
        try {
            return Files.readSymbolicLink(process.resolve("exe")).toString().startsWith(shim)
                    && Texts.read(process.resolve("cgroup"))
                            .contains(":" + NODE.daemon().cgroupParent());
        } catch (IOException gone) {
            return false;
        }
    }

    private static int threads() {
        String[] tasks = new File("/proc/" + NODE.daemon().pid() + "/task").list();
        return tasks == null ? 0 : tasks.length;
    }

    private static Command.Result check(String check, String transport) {
        return new Ticking().check(transport, "-megabytes", MEGABYTES, check);
    }

    /** A pod with a container that says something again and again. */
    private static final class Ticking {
        private final String pod;
        private final String container;

        Ticking() {
            PodSandboxConfig config = NODE.pod("streaming").build();
            pod = NODE.cri().runPod(config);
            ContainerConfig ticking = Requests.script("c", NODE.image(), TICKING).build();
            container = NODE.cri().create(pod, config, ticking);
            NODE.cri().start(container);
        }

        Command.Result check(String transport, String... words) {
            List<String> options = new ArrayList<>(List.of("-transport", transport));
            options.addAll(List.of("-limit", "4m"));
            options.addAll(List.of(words));
            return program.check(
                    NODE.daemon().socket(), container, pod, options.toArray(String[]::new));
        }

        void haveClientsDoWhatTheyCan() {
            for (String transport : List.of("spdy", "websocket")) {
                Command.Result run = check(transport, ALL);
                assertThat(run.code()).as("%s", run).isZero();
            }
        }
    }
}
