package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes of this machine. */
final class HostProcessTest {

    @Test
    @Timeout(30)
    void membersOfASessionAreKilledInOtherProcessGroupsTooAndItsLeaderIsNot() throws Exception {
        Process leader =
                new ProcessBuilder(
                                "setsid",
                                "bash",
                                "-c",
                                "set -m; sleep 1000 & echo $!; wait; read x; exit 7")
                        .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(leader.getInputStream(), UTF_8))) {
            int member = Integer.parseInt(out.readLine());
            HostProcess.killMembers(Math.toIntExact(leader.pid()));
            leader.getOutputStream().close();
            assertThat(leader.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(leader.exitValue()).isEqualTo(7);
            assertThat(ProcessHandle.of(member)).isEmpty();
        } finally {
            leader.destroyForcibly();
        }
    }
}
