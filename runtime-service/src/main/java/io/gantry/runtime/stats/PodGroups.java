package io.gantry.runtime.stats;

import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.linux.cgroup.CgroupUsage.Cpu;
import io.gantry.linux.cgroup.CgroupUsage.Memory;
import io.gantry.linux.cgroup.CgroupUsage.Stalls;
import io.gantry.runtime.pod.PodSandbox;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.ToLongFunction;

/** Which control group tells what a pod as a whole uses. */
final class PodGroups {

    private static final Stalls UNKNOWN =
            new Stalls(Optional.empty(), Optional.empty(), Optional.empty());

    private PodGroups() {}

    /**
     * The group that a kubelet made for the pod alone, which it names after the pod; in the name of
     * a slice of systemd hyphens would mean something. It counts containers that are gone, too.
     */
    static Optional<String> own(PodSandbox pod) {
        Path parent = Path.of(pod.cgroup()).getParent();
        String name =
                parent == null || parent.getFileName() == null
                        ? ""
                        : parent.getFileName().toString();
        String uid = pod.metadata().uid();
        return !uid.isEmpty() && (name.contains(uid) || name.contains(uid.replace('-', '_')))
                ? Optional.of(String.valueOf(parent))
                : Optional.empty();
    }

    /** What groups of one pod use together, where there is none that has them all. */
    static CgroupUsage sum(List<CgroupUsage> groups) {
        return new CgroupUsage(
                new Cpu(
                        sum(groups, each -> each.cpu().usageNanos()),
                        sum(groups, each -> each.cpu().userNanos()),
                        sum(groups, each -> each.cpu().systemNanos()),
                        sum(groups, each -> each.cpu().periods()),
                        sum(groups, each -> each.cpu().throttledPeriods()),
                        sum(groups, each -> each.cpu().throttledNanos())),
                memory(groups),
                UNKNOWN,
                sum(groups, CgroupUsage::pids));
    }

    /** Empty unless all are known. */
    static OptionalLong sumOfRates(List<GroupUse> groups) {
        return groups.stream().allMatch(each -> each.nanoCores().isPresent())
                ? OptionalLong.of(
                        groups.stream().mapToLong(each -> each.nanoCores().orElse(0)).sum())
                : OptionalLong.empty();
    }

    private static Memory memory(List<CgroupUsage> groups) {
        return new Memory(
                sum(groups, each -> each.memory().usage()),
                sum(groups, each -> each.memory().inactiveFile()),
                sum(groups, each -> each.memory().rss()),
                sum(groups, each -> each.memory().cache()),
                sum(groups, each -> each.memory().mappedFile()),
                sum(groups, each -> each.memory().kernel()),
                sum(groups, each -> each.memory().swap()),
                sum(groups, each -> each.memory().highest()),
                sum(groups, each -> each.memory().refusals()),
                sum(groups, each -> each.memory().oomKills()),
                sum(groups, each -> each.memory().pageFaults()),
                sum(groups, each -> each.memory().majorPageFaults()),
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    private static long sum(List<CgroupUsage> groups, ToLongFunction<CgroupUsage> number) {
        return groups.stream().mapToLong(number).sum();
    }
}
