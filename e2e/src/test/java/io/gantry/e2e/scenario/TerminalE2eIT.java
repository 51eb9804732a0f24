package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.PseudoTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The packaged client on a terminal, as a person sits before it. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "the client sees nothing of the kernel, and its many starts take minutes")
class TerminalE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String IDLE = "while :; do sleep 1000; done";
    private static final String ECHO = "while read line; do echo got $line; done; exit 4";
    private static final String CTRL_C = "\003";
    private static final String CTRL_D = "\004";
    private static final String DOCKERS_DETACH_KEYS = "\020\021";

    @Test
    void theTerminalIsRawForACommandHasItsSizeAndIsGivenBack() {
        busy();
        String script = "echo up; while read line; do stty size; done; exit 3";
        try (PseudoTerminal at = on(37, 101, "exec", "-it", "busy", "sh", "-c", script)) {
            at.awaitShown("up");
            assertThat(at.isRaw()).isTrue();
            awaitSize(at, "37 101");
            at.resize(11, 53);
            awaitSize(at, "11 53");
            at.type(CTRL_D);
            assertThat(at.await()).isEqualTo(3);
            assertThat(at.isAsBefore()).isTrue();
        }
    }

    @Test
    void theTerminalHasItsSizeFromTheFirstMomentOn() {
        busy();
        try (PseudoTerminal at = on(37, 101, "exec", "-it", "busy", "stty", "size")) {
            assertThat(at.await()).isZero();
            assertThat(at.shown()).contains("37 101");
        }
    }

    @Test
    void theTerminalOfAContainerHasItsSizeFromTheFirstMomentOn() {
        String[] run = {"run", "-it", "--rm", NODE.image(), "stty", "size"};
        try (PseudoTerminal at = on(37, 101, run)) {
            assertThat(at.await()).isZero();
            assertThat(at.shown()).contains("37 101");
        }
    }

    /** By asking again and again, for what is typed may be faster than the size. */
    private static void awaitSize(PseudoTerminal at, String size) {
        Await.until(
                () -> "the size " + size + " in " + at.shown(),
                Await.seconds(60),
                () -> {
                    at.type("\n");
                    return at.shown().contains(size);
                });
    }

    @ParameterizedTest
    @CsvSource({"exit 0, 0", "kill -9 $$, 137"})
    void theExitCodeIsThatOfTheCommand(String script, int code) {
        busy();
        try (PseudoTerminal at = on(24, 80, "exec", "-it", "busy", "sh", "-c", script)) {
            assertThat(at.await()).as("%s", at.shown()).isEqualTo(code);
            assertThat(at.isAsBefore()).isTrue();
        }
    }

    @Test
    void ctrlCIsForTheCommand() {
        busy();
        String script = "trap 'echo stopped; exit 5' INT; echo ready; while :; do sleep 1; done";
        try (PseudoTerminal at = on(24, 80, "exec", "-it", "busy", "sh", "-c", script)) {
            at.awaitShown("ready");
            at.type(CTRL_C);
            assertThat(at.await()).isEqualTo(5);
            assertThat(at.shown()).contains("stopped");
        }
    }

    @Test
    void aClientThatIsToldToEndGivesTheTerminalBack() {
        busy();
        try (PseudoTerminal at =
                on(24, 80, "exec", "-it", "busy", "sh", "-c", "echo up; " + IDLE)) {
            at.awaitShown("up");
            assertThat(at.program("java").destroy()).isTrue();
            assertThat(at.await()).isEqualTo(128 + 15);
            assertThat(at.isAsBefore()).isTrue();
        }
    }

    @Test
    void whoDetachesFromAContainerMayAttachAgain() {
        String[] run = {
            "run", "-it", "--name", "seat", NODE.image(), "sh", "-c", "echo up; " + ECHO
        };
        try (PseudoTerminal at = on(24, 80, run)) {
            at.awaitShown("up");
            at.type("one\n");
            at.awaitShown("got one");
            at.type(DOCKERS_DETACH_KEYS);
            assertThat(at.await()).isZero();
            assertThat(at.isAsBefore()).isTrue();
        }
        try (PseudoTerminal at = on(24, 80, "attach", "--detach-keys", "ctrl-a,d", "seat")) {
            at.awaitRaw();
            // None of them is a key of this one.
            at.type(DOCKERS_DETACH_KEYS + "two\n");
            at.awaitShown("two");
            at.type("\001d");
            assertThat(at.await()).isZero();
            assertThat(at.isAsBefore()).isTrue();
        }
        try (PseudoTerminal at = on(24, 80, "attach", "seat")) {
            at.awaitRaw();
            at.type("three\n");
            at.awaitShown("got three");
            assertThat(at.shown()).as("nothing is replayed").doesNotContain("one", "two");
            at.type(CTRL_D);
            assertThat(at.await()).isEqualTo(4);
        }
        NODE.client().ok("rm", "seat");
    }

    @Test
    void aCommandThatIsLeftGoesOn() {
        busy();
        String script = "echo up; sleep 2; echo late; sleep 4712";
        try (PseudoTerminal at = on(24, 80, "exec", "-it", "busy", "sh", "-c", script)) {
            at.awaitShown("up");
            at.type(DOCKERS_DETACH_KEYS);
            assertThat(at.await()).isZero();
            assertThat(at.isAsBefore()).isTrue();
        }
        // Past what it says after: it was not hung up, and somebody takes its output.
        Await.until(
                "the command that was left",
                Await.seconds(60),
                () -> NODE.client().ok("exec", "busy", "ps", "-o", "args").contains("sleep 4712"));
    }

    /** A container that commands run in; it goes with the pods of the test. */
    private static void busy() {
        NODE.client().ok("run", "-d", "--name", "busy", NODE.image(), "sh", "-c", IDLE);
    }

    private static PseudoTerminal on(int rows, int columns, String... words) {
        return new PseudoTerminal(NODE.client().command(words), rows, columns);
    }
}
