package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.StreamingProgram;
import io.gantry.proto.cri.PodSandboxConfig;
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
        Command.Result run = check("much-data-is-forwarded", "spdy", "1024");
        assertThat(run.code()).as("%s", run).isZero();
    }

    private static Command.Result check(String check, String transport) {
        return check(check, transport, MEGABYTES);
    }

    private static Command.Result check(String check, String transport, String megabytes) {
        PodSandboxConfig config = NODE.pod("streaming").build();
        String pod = NODE.cri().runPod(config);
        String container =
                NODE.cri().create(pod, config, Requests.script("c", NODE.image(), TICKING).build());
        NODE.cri().start(container);
        return program.check(
                NODE.daemon().socket(),
                container,
                pod,
                "-transport",
                transport,
                "-megabytes",
                megabytes,
                "-limit",
                "4m",
                check);
    }
}
