package io.gantry.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.linux.launch.TestPod.Result;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.ProcessStat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs that leave a process behind, as an OCI runtime does, here shells. */
@Tag("privileged")
@Timeout(120)
class RuntimeProgramPrivilegedIT {

    private static final int QUICK_ENDS = 100;

    @TempDir private Path directory;

    private TestPod pod;

    @BeforeEach
    void open() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        pod =
                TestPod.open(
                        directory,
                        new SandboxSetup(
                                Optional.empty(),
                                Set.of(),
                                Map.of(),
                                Map.of(),
                                "",
                                Map.of(),
                                Optional.empty(),
                                CgroupJoin.NONE,
                                0));
    }

    @AfterEach
    void close() throws IOException {
        pod.close();
    }

    /** A runtime that leaves {@code script} running, writes its pid, and ends. */
    private RuntimeCall leaving(String id, String script) {
        Path pidFile = directory.resolve(id + ".pid");
        return runtime(pidFile, "sh -c '" + script + "' $$ & echo -n $! > " + pidFile);
    }

    private static RuntimeCall runtime(Path pidFile, String script) {
        return new RuntimeCall(
                "sh leave", List.of("/bin/sh", "-c", script), pidFile, Optional.empty());
    }

    @Test
    void whatTheRuntimeLeavesBehindIsTheShimsChildAndItsOutputLogged() throws Exception {
        Path gate = directory.resolve("gate");
        assertThat(new ProcessBuilder("mkfifo", gate.toString()).start().waitFor()).isZero();
        int process =
                pod.startByRuntime(
                        "left", leaving("left", "read -r word < " + gate + "; echo $word; exit 7"));
        ProcessStat stat = ProcFs.SYSTEM.stat(process).orElseThrow();
        assertThat(stat.parent()).isEqualTo(pod.shimPid());
        Files.writeString(gate, "opened\n");
        assertThat(pod.end("left")).isEqualTo(new Result(7, List.of("opened")));
    }

    /** Shells wait for their children, OCI runtimes do not: these end as soon as theirs is gone. */
    @Test
    void theEndOfAProcessThatEndsWhileItIsHandedOverIsNotLost() throws Exception {
        for (int i = 0; i < QUICK_ENDS; i++) {
            String id = "quick" + i;
            String orphaned = "while test -d /proc/$0; do :; done; exit 9";
            pod.startByRuntime(id, leaving(id, orphaned));
            assertThat(pod.end(id).code()).isEqualTo(9);
        }
    }

    @Test
    void aProcessThatIsGoneWhenItIsHandedOverHasEndedUnknownHow() throws Exception {
        Path pidFile = directory.resolve("gone.pid");
        String waited = "sh -c 'exit 9' & echo -n $! > " + pidFile + "; wait; exit 0";
        pod.startByRuntime("gone", runtime(pidFile, waited));
        assertThat(pod.end("gone").code()).isEqualTo(255);
    }

    @Test
    void aSignalReachesTheProcessThatIsLeft() throws Exception {
        pod.startByRuntime("killed", leaving("killed", "exec sleep 1000"));
        pod.kill("killed");
    }

    @Test
    void aRuntimeThatFailsLeavesTheIdFree() throws Exception {
        Path pidFile = directory.resolve("failed.pid");
        RuntimeCall failing = runtime(pidFile, "echo -n $$ > " + pidFile + "; exit 3");
        assertThatThrownBy(() -> pod.startByRuntime("failed", failing))
                .hasMessageStartingWith("sh leave: ");
        RuntimeCall missing =
                new RuntimeCall("nothing", List.of("/no/runtime"), pidFile, Optional.empty());
        assertThatThrownBy(() -> pod.startByRuntime("failed", missing))
                .hasMessageStartingWith("nothing: ");
        pod.startByRuntime("failed", leaving("failed", "exec sleep 1000"));
        pod.kill("failed");
    }

    @Test
    void aRuntimeThatWritesNoPidHasFailed() {
        RuntimeCall silent = runtime(directory.resolve("none"), "exit 0");
        assertThatThrownBy(() -> pod.startByRuntime("silent", silent))
                .hasMessageStartingWith("sh leave: no such file");
    }
}
