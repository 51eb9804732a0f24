package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories as the kernel's, with counts that this writes. */
final class OomLedgerTest {

    private static final CgroupPath ONE = new CgroupPath("/a.slice/gantry-1.scope");
    private static final CgroupPath TWO = new CgroupPath("/a.slice/gantry-2.scope");

    @TempDir private Path root;
    private OomLedger ledger;

    @BeforeEach
    void makeSlice() throws IOException {
        ledger = opened();
        // What was before is nobody's.
        count("a.slice", 3);
        count("a.slice/gantry-1.scope", 0);
        count("a.slice/gantry-2.scope", 0);
        ledger.open(ONE);
        ledger.open(TWO);
    }

    /** As a daemon opens it that comes after another. */
    private OomLedger opened() {
        Path file = root.resolve("state/oom-kills");
        return new OomLedger(new CgroupTree(root, new Pause(Clock.SYSTEM)), file);
    }

    private void count(String group, long kills) throws IOException {
        Path directory = Files.createDirectories(root.resolve(group));
        Files.writeString(
                directory.resolve("memory.events"), "max 7\noom_kill %d\n".formatted(kills));
    }

    private void vanish(CgroupPath scope) throws IOException {
        Path directory = root.resolve(scope.relative());
        Files.delete(directory.resolve("memory.events"));
        Files.delete(directory);
    }

    @Test
    void killsOfAScopeThatIsThereAreItsOwn() throws IOException {
        count("a.slice", 5);
        count("a.slice/gantry-1.scope", 2);
        assertThat(ledger.kills(ONE)).isEqualTo(2);
        assertThat(ledger.kills(TWO)).isZero();
    }

    @Test
    void killsThatNobodyElseHadWereOfTheScopeThatIsGone() throws IOException {
        count("a.slice", 5);
        count("a.slice/gantry-2.scope", 1);
        vanish(ONE);
        assertThat(ledger.kills(ONE)).isEqualTo(1);
        assertThat(ledger.kills(TWO)).isEqualTo(1);
        assertThat(ledger.kills(ONE)).as("asked again").isEqualTo(1);
    }

    @Test
    void scopeThatWentWithoutKillsHasNone() throws IOException {
        count("a.slice", 4);
        count("a.slice/gantry-2.scope", 1);
        vanish(ONE);
        assertThat(ledger.kills(ONE)).isZero();
    }

    @Test
    void killsSeenInALiveScopeStayItsOwnOnceItIsGone() throws IOException {
        count("a.slice", 5);
        count("a.slice/gantry-1.scope", 2);
        assertThat(ledger.kills(ONE)).isEqualTo(2);
        vanish(ONE);
        vanish(TWO);
        assertThat(ledger.kills(TWO)).isZero();
        assertThat(ledger.kills(ONE)).isEqualTo(2);
    }

    @Test
    void killsOfAScopeThatWasRemovedAreNobodyElses() throws IOException {
        count("a.slice", 4);
        vanish(ONE);
        ledger.close(ONE);
        vanish(TWO);
        assertThat(ledger.kills(TWO)).isZero();
    }

    @Test
    void killsWhileNoDaemonWasThereAreOfTheScopeThatIsGone() throws IOException {
        count("a.slice", 4);
        vanish(ONE);
        OomLedger next = opened();
        assertThat(next.kills(ONE)).isEqualTo(1);
        assertThat(next.kills(TWO)).isZero();
    }

    @Test
    void killsThatTheLastDaemonSawAreNotTakenForLaterOnes() throws IOException {
        count("a.slice", 4);
        vanish(ONE);
        assertThat(ledger.kills(ONE)).isEqualTo(1);
        OomLedger next = opened();
        vanish(TWO);
        assertThat(next.kills(TWO)).isZero();
        assertThat(next.kills(ONE)).isEqualTo(1);
        next.close(ONE);
        next.close(TWO);
        assertThat(opened().kills(TWO)).isZero();
    }

    @Test
    void whatIsSaidOfASliceThatIsGoneIsForgotten() throws IOException {
        vanish(ONE);
        vanish(TWO);
        Files.delete(root.resolve("a.slice/memory.events"));
        Files.delete(root.resolve("a.slice"));
        OomLedger next = opened();
        count("a.slice", 2);
        assertThat(next.kills(ONE)).isZero();
    }

    @Test
    void aRecordThatCannotBeReadIsNone() throws IOException {
        Files.writeString(root.resolve("state/oom-kills"), "scope x\n");
        count("a.slice", 4);
        vanish(ONE);
        OomLedger next = opened();
        assertThat(next.kills(ONE)).isZero();
        next.open(TWO);
        assertThat(root.resolve("state/oom-kills")).hasContent("slice 4 /a.slice\nscope - " + TWO);
    }

    @Test
    void scopeOfASliceThatIsGoneHasNone() throws IOException {
        vanish(ONE);
        vanish(TWO);
        Files.delete(root.resolve("a.slice/memory.events"));
        Files.delete(root.resolve("a.slice"));
        assertThat(ledger.kills(ONE)).isZero();
        ledger.close(ONE);
    }

    @Test
    void scopeThatIsNotKnownIsReadOnly() throws IOException {
        CgroupPath other = new CgroupPath("/a.slice/gantry-3.scope");
        count("a.slice", 9);
        assertThat(ledger.kills(other)).isZero();
        count("a.slice/gantry-3.scope", 4);
        assertThat(ledger.kills(other)).isEqualTo(4);
    }
}
