package io.gantry.runtime.service;

import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.procfs.ProcessStat;
import io.gantry.runtime.container.Container;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells what of a container that was killed is still there, and what the kernel holds it for. */
final class Survivors {

    /** Enough to know where to look. */
    private static final int NAMED = 3;

    private final CgroupManager cgroups;
    private final ProcFs procfs;

    Survivors(CgroupManager cgroups, ProcFs procfs) {
        this.cgroups = cgroups;
        this.procfs = procfs;
    }

    /** Whether nothing of it is there any more; what is unknown may be there. */
    boolean none(Container container) {
        try {
            return cgroups.processes(new CgroupPath(container.cgroup())).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    /** The words for a message: processes in uninterruptible sleep by pid, name and place. */
    String describe(Container container) {
        List<String> stuck = new ArrayList<>();
        int more = 0;
        try {
            for (int pid : cgroups.processes(new CgroupPath(container.cgroup()))) {
                Optional<String> one = stuck(pid);
                if (one.isPresent() && stuck.size() == NAMED) {
                    more++;
                } else {
                    one.ifPresent(stuck::add);
                }
            }
        } catch (IOException e) {
            return "what is left of it is unknown: " + e.getMessage();
        }
        if (stuck.isEmpty()) {
            return "process " + container.status().pid() + " was killed and is not reported dead";
        }
        return String.join(", ", stuck) + (more == 0 ? "" : " and " + more + " more");
    }

    /** Its threads count one by one: the first may have ended, and the others hold it. */
    private Optional<String> stuck(int pid) throws IOException {
        for (ProcessStat thread : procfs.threads(pid)) {
            if (thread.uninterruptible()) {
                String place =
                        procfs.waitChannel(thread.pid())
                                .map(name -> ", waiting in the kernel's " + name)
                                .orElse("");
                return Optional.of(
                        "process "
                                + pid
                                + " ("
                                + thread.comm()
                                + ") is in uninterruptible sleep"
                                + place);
            }
        }
        return Optional.empty();
    }
}
