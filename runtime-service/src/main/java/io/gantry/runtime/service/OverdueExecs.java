package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends commands of a daemon that died when their time is over: whoever waited for them is gone, and
 * with it who looked at the clock.
 */
final class OverdueExecs {

    private static final Logger log = LoggerFactory.getLogger(OverdueExecs.class);

    private final KillExec killer;
    private final Clock clock;

    OverdueExecs(KillExec killer, Clock clock) {
        this.killer = killer;
        this.clock = clock;
    }

    /** Takes in a command that runs; one that may run for ever is left alone. */
    void takeIn(Shim shim, ProcessEntry exec) {
        ExecId.end(exec.id())
                .ifPresent(
                        end ->
                                Tasks.start(
                                        "exec-timeout-" + exec.id(), () -> end(shim, exec, end)));
    }

    private void end(Shim shim, ProcessEntry exec, Instant end) {
        try {
            Duration left = Duration.between(clock.now(), end);
            if (left.isPositive()) {
                clock.sleep(left);
            }
            killer.kill(shim, exec.id(), exec.pid());
            log.atInfo()
                    .addKeyValue("containerId", exec.target())
                    .addKeyValue("execId", exec.id())
                    .log("command of a former daemon killed, its time was over");
        } catch (ShimException e) {
            log.atDebug().addKeyValue("execId", exec.id()).setCause(e).log("exec is gone");
        } catch (IOException e) {
            log.atWarn().addKeyValue("execId", exec.id()).setCause(e).log("exec was not killed");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
