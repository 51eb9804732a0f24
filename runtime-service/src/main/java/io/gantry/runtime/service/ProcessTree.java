package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.ProcessStat;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kills what a process started, however deep it hides: a process that is a subreaper
 * (PR_SET_CHILD_SUBREAPER) stays the ancestor of all of it, whatever sessions it makes and whoever
 * in between has ended.
 */
final class ProcessTree {

    private static final Logger log = LoggerFactory.getLogger(ProcessTree.class);

    private static final int SIGKILL = 9;

    /** How long what is killed may take to vanish; one that is stuck in the kernel does not. */
    private static final Duration DYING = Duration.ofSeconds(2);

    private static final Duration PAUSE = Duration.ofMillis(2);

    private final ProcFs procfs;
    private final Syscalls calls;
    private final Clock clock;

    ProcessTree(ProcFs procfs, Syscalls calls, Clock clock) {
        this.procfs = procfs;
        this.calls = calls;
        this.clock = clock;
    }

    /**
     * Kills all that descends from a process or belongs to its session, again until nothing is
     * left; the process itself it leaves alone. One that is stopped starts no more meanwhile.
     */
    void killBelow(ShimProcess root) throws IOException {
        Deadline limit = Deadline.after(DYING, clock);
        Collection<ProcessStat> below = below(root);
        while (!below.isEmpty() && !limit.expired()) {
            below.forEach(this::kill);
            pause();
            below = below(root);
        }
        if (!below.isEmpty()) {
            log.atWarn().addKeyValue("pid", root.pid()).log("what it started does not die");
        }
    }

    /** What lives; nothing when the process is gone, whose pid may be another's then. */
    private Collection<ProcessStat> below(ShimProcess root) throws IOException {
        Map<Integer, List<ProcessStat>> children = new HashMap<>();
        List<ProcessStat> members = new ArrayList<>();
        for (ProcessStat process : procfs.processes()) {
            children.computeIfAbsent(process.parent(), _ -> new ArrayList<>()).add(process);
            if (process.session() == root.pid() && process.pid() != root.pid()) {
                members.add(process);
            }
        }
        if (!isThere(root.pid(), root.startTime())) {
            return List.of();
        }
        Map<Integer, ProcessStat> found = new HashMap<>();
        Deque<ProcessStat> next = new ArrayDeque<>(children.getOrDefault(root.pid(), List.of()));
        next.addAll(members);
        while (!next.isEmpty()) {
            ProcessStat process = next.pop();
            if (found.putIfAbsent(process.pid(), process) == null) {
                next.addAll(children.getOrDefault(process.pid(), List.of()));
            }
        }
        found.values().removeIf(ProcessStat::zombie);
        return found.values();
    }

    private boolean isThere(int pid, long startTime) throws IOException {
        return procfs.stat(pid).filter(stat -> stat.startTime() == startTime).isPresent();
    }

    /** By a descriptor: what has the pid once it is open keeps it. */
    private void kill(ProcessStat victim) {
        try {
            int pidfd = calls.pidfd_open(victim.pid());
            try {
                if (isThere(victim.pid(), victim.startTime())) {
                    calls.pidfd_send_signal(pidfd, SIGKILL);
                }
            } finally {
                calls.close(pidfd);
            }
        } catch (IOException e) {
            log.atDebug().addKeyValue("pid", victim.pid()).setCause(e).log("it ended by itself");
        }
    }

    private void pause() {
        try {
            clock.sleep(PAUSE);
        } catch (InterruptedException e) {
            // What is begun is done to its end: it is short.
            Thread.currentThread().interrupt();
        }
    }
}
