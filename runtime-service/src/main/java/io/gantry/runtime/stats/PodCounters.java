package io.gantry.runtime.stats;

import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.linux.cgroup.CgroupUsage.Cpu;
import io.gantry.linux.cgroup.CgroupUsage.Memory;
import io.gantry.linux.cgroup.CgroupUsage.Stalls;
import io.gantry.runtime.pod.PodSandboxId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Keeps what counts up in a pod from going down when a container of it ends, where no control group
 * has the pod as a whole: what a group had used when it was read last still counts after it. What
 * it used after that reading is lost, and all of it over a restart of the daemon, which who reads
 * counters takes for a reset. Thread-safe.
 */
final class PodCounters {

    private static final Cpu NO_CPU = new Cpu(0, 0, 0, 0, 0, 0);
    private static final Stalls UNKNOWN =
            new Stalls(Optional.empty(), Optional.empty(), Optional.empty());

    /** Groups that are gone may have been missed by a reader only; so many can come back. */
    private static final int DOUBTFUL = 64;

    private final Map<PodSandboxId, Seen> pods = new HashMap<>();

    private static final class Seen {
        /** What present groups had used, by their paths. */
        private final Map<String, CgroupUsage> present = new HashMap<>();

        /** The same of those that were missing lately, oldest first. */
        private final Map<String, CgroupUsage> missing = new LinkedHashMap<>();

        /** Of all that are gone for good. */
        private CgroupUsage gone = counters(NO_CPU, 0, 0, 0, 0);

        void see(Map<String, CgroupUsage> groups) {
            Set<String> ended = new HashSet<>(present.keySet());
            ended.removeAll(groups.keySet());
            for (String path : ended) {
                CgroupUsage last = present.remove(path);
                if (last != null) {
                    missing.put(path, countersOf(last));
                }
            }
            missing.keySet().removeAll(groups.keySet());
            present.putAll(groups);
            Iterator<CgroupUsage> oldest = missing.values().iterator();
            while (missing.size() > DOUBTFUL && oldest.hasNext()) {
                gone = PodGroups.sum(List.of(gone, oldest.next()));
                oldest.remove();
            }
        }
    }

    /**
     * What the groups of a pod have used together, with those that are gone.
     *
     * @param groups that are present, by their paths, which are never used again
     */
    synchronized CgroupUsage sum(PodSandboxId pod, Map<String, CgroupUsage> groups) {
        Seen seen = pods.computeIfAbsent(pod, _ -> new Seen());
        seen.see(groups);
        List<CgroupUsage> all = new ArrayList<>(groups.values());
        all.addAll(seen.missing.values());
        all.add(seen.gone);
        return PodGroups.sum(all);
    }

    /** Forgets all other pods. */
    synchronized void retain(Set<PodSandboxId> present) {
        pods.keySet().retainAll(present);
    }

    /** Without what a group that is gone no longer has. */
    private static CgroupUsage countersOf(CgroupUsage usage) {
        Memory memory = usage.memory();
        return counters(
                usage.cpu(),
                memory.refusals(),
                memory.oomKills(),
                memory.pageFaults(),
                memory.majorPageFaults());
    }

    private static CgroupUsage counters(
            Cpu cpu, long refusals, long oomKills, long pageFaults, long majorPageFaults) {
        return new CgroupUsage(
                cpu,
                new Memory(
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        refusals,
                        oomKills,
                        pageFaults,
                        majorPageFaults,
                        OptionalLong.empty(),
                        OptionalLong.empty()),
                UNKNOWN,
                0);
    }
}
