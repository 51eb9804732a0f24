package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.base.Clock;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.pod.ShimProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes of this machine. */
@Timeout(60)
final class ProcessTreeTest {

    private final ProcessTree tree =
            new ProcessTree(ProcFs.SYSTEM, Syscalls.system(), Clock.SYSTEM);

    @Test
    void whatWasStartedIsKilledInOtherGroupsAndSessionsAndTheProcessItselfIsNot() throws Exception {
        Process root =
                start(
                        "setsid sh -c 'echo $$; sleep 1000 & echo $!; wait' &"
                                + " set -m; sleep 1000 & echo $!; wait; read x; exit 7");
        try (BufferedReader out = lines(root)) {
            List<Integer> below = numbers(out, 3);
            tree.killBelow(HostProcess.of(Math.toIntExact(root.pid())));
            root.getOutputStream().close();
            assertThat(root.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(root.exitValue()).isEqualTo(7);
            // What has lost its parent is somebody else's while it dies.
            while (below.stream().anyMatch(ProcessTreeTest::runs)) {
                Clock.SYSTEM.sleep(Duration.ofMillis(2));
            }
        } finally {
            root.destroyForcibly();
        }
    }

    @Test
    void anotherProcessWithThePidOfOneThatIsGoneKeepsWhatItStarted() throws Exception {
        Process root = start("sleep 1000 & echo $!; read x; kill $!");
        try (BufferedReader out = lines(root)) {
            int below = numbers(out, 1).getFirst();
            ShimProcess same = HostProcess.of(Math.toIntExact(root.pid()));
            tree.killBelow(new ShimProcess(same.pid(), same.startTime() - 1));
            assertThat(runs(below)).isTrue();
            root.getOutputStream().close();
            assertThat(root.waitFor(30, TimeUnit.SECONDS)).isTrue();
        } finally {
            root.destroyForcibly();
        }
    }

    private static Process start(String script) throws IOException {
        return new ProcessBuilder("setsid", "bash", "-c", script).start();
    }

    private static BufferedReader lines(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    private static List<Integer> numbers(BufferedReader out, int count) throws IOException {
        List<Integer> numbers = new ArrayList<>();
        while (numbers.size() < count) {
            numbers.add(Integer.parseInt(out.readLine()));
        }
        return numbers;
    }

    private static boolean runs(int pid) {
        try {
            return ProcFs.SYSTEM.stat(pid).filter(stat -> !stat.zombie()).isPresent();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
