package io.gantry.linux.cgroup;

import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Kills all processes of a group without help of the kernel. A process with SIGKILL pending cannot
 * complete a fork, so once a listing shows nobody new, nobody is left. Who forks faster than the
 * lists are read is frozen first.
 */
record ProcessKiller(Syscalls syscalls) {

    private static final int SIGKILL = 9;
    private static final int PASSES = 5;

    /** Lists the processes to kill. */
    @FunctionalInterface
    interface Listing {
        List<Integer> processes() throws IOException;
    }

    /** Stops the processes, or lets them go. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    void killAll(Listing listing, Step freeze, Step thaw) throws IOException {
        Set<Integer> seen = new HashSet<>();
        for (int pass = 0; pass < PASSES; pass++) {
            if (!killNew(listing, seen)) {
                return;
            }
        }
        try {
            freeze.run();
            killNew(listing, seen);
        } finally {
            thaw.run();
        }
    }

    private boolean killNew(Listing listing, Set<Integer> seen) throws IOException {
        boolean found = false;
        for (int pid : listing.processes()) {
            if (seen.add(pid)) {
                found = true;
                kill(pid);
            }
        }
        return found;
    }

    private void kill(int pid) throws IOException {
        try {
            syscalls.kill(pid, SIGKILL);
        } catch (ErrnoException e) {
            if (!e.is(Errno.ESRCH)) {
                throw e;
            }
        }
    }
}
