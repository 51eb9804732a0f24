package io.gantry.runtime.service;

import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.ProcessStat;
import io.gantry.linux.shim.Shim;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.util.Optional;

/** Kills a command with all that it started. */
final class KillExec {

    private static final int SIGSTOP = 19;

    private final ProcFs procfs;
    private final ProcessTree tree;

    KillExec(ProcFs procfs, ProcessTree tree) {
        this.procfs = procfs;
        this.tree = tree;
    }

    /**
     * Does it.
     *
     * @param id by which the shim knows it
     * @throws io.gantry.linux.shim.ShimException when it is gone
     */
    void kill(Shim shim, String id, int pid) throws IOException {
        Optional<ProcessStat> seen = procfs.stat(pid);
        if (seen.isPresent()) {
            // It starts no more, and that it could be stopped says that it was itself: its pid was
            // nobody else's till now.
            shim.signal(id, SIGSTOP);
            tree.killBelow(new ShimProcess(pid, seen.get().startTime()));
        }
        shim.signal(id, Signal.SIGKILL.number());
    }
}
