package io.gantry.linux.cgroup;

import io.gantry.base.Clock;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Version 1: a hierarchy for each controller or set of controllers, any of which may be missing
 * (cgroups-v1 in the kernel's documentation).
 */
final class CgroupV1 implements CgroupManager {

    private static final String MEMORY = "memory";
    private static final String FREEZER = "freezer";
    private static final String CPUSET = "cpuset";
    private static final List<String> CPUSET_FILES = List.of("cpuset.cpus", "cpuset.mems");
    private static final long DEFAULT_PERIOD = 100_000;

    /** Controllers whose hierarchy is asked for the processes: every process is in all of them. */
    private static final List<String> LISTING = List.of("pids", FREEZER, MEMORY);

    private final Map<String, CgroupTree> controllers = new LinkedHashMap<>();
    private final List<CgroupTree> trees;
    private final List<CgroupTree> joined;
    private final Optional<CgroupTree> unified;
    private final CgroupTree listing;
    private final ProcessKiller killer;
    private final Pause pause;

    CgroupV1(CgroupMounts.V1 mounts, Syscalls syscalls, Clock clock) {
        pause = new Pause(clock);
        mounts.controllers()
                .forEach((name, point) -> controllers.put(name, new CgroupTree(point, pause)));
        Set<CgroupTree> distinct = new LinkedHashSet<>(controllers.values());
        mounts.joined().forEach(point -> distinct.add(new CgroupTree(point, pause)));
        joined = List.copyOf(distinct);
        unified = mounts.unified().map(point -> new CgroupTree(point, pause));
        unified.ifPresent(distinct::add);
        trees = List.copyOf(distinct);
        listing =
                LISTING.stream()
                        .filter(controllers::containsKey)
                        .findFirst()
                        .map(controllers::get)
                        .orElse(trees.getFirst());
        killer = new ProcessKiller(syscalls);
    }

    @Override
    public Version version() {
        return Version.V1;
    }

    @Override
    public Set<String> controllers() {
        return Set.copyOf(controllers.keySet());
    }

    @Override
    public void create(CgroupPath path, Resources resources) throws IOException {
        for (CgroupTree tree : trees) {
            Files.createDirectories(tree.directory(path));
        }
        CgroupTree cpuset = controllers.get(CPUSET);
        if (cpuset != null) {
            inheritCpuset(cpuset.root(), path);
        }
        write(path, DeviceRules.writes(resources.devices()), CgroupV1::set);
        write(path, PlanV1.of(resources, current(path)), Changes::set);
    }

    /** A process cannot join a group of cpuset that has no CPUs or memory nodes, as a new one. */
    private static void inheritCpuset(Path root, CgroupPath path) throws IOException {
        Path parent = root;
        for (String part : path.parts()) {
            Path group = parent.resolve(part);
            for (String file : CPUSET_FILES) {
                if (CgroupFiles.read(group.resolve(file)).isEmpty()) {
                    CgroupFiles.write(group.resolve(file), CgroupFiles.read(parent.resolve(file)));
                }
            }
            parent = group;
        }
    }

    @Override
    public void update(CgroupPath path, Resources resources) throws IOException {
        try (Changes changes = new Changes()) {
            write(path, PlanV1.of(resources, current(path)), changes::write);
            changes.commit();
        }
    }

    private static void set(Path file, Write write) throws IOException {
        CgroupFiles.write(file, write.value());
    }

    @FunctionalInterface
    private interface Setter {
        void set(Path file, Write write) throws IOException;
    }

    private PlanV1.Current current(CgroupPath path) throws IOException {
        return new PlanV1.Current(
                number(path, MEMORY, "memory.limit_in_bytes", Long.MAX_VALUE),
                number(path, "cpu", "cpu.cfs_period_us", DEFAULT_PERIOD));
    }

    private long number(CgroupPath path, String controller, String file, long otherwise)
            throws IOException {
        CgroupTree tree = controllers.get(controller);
        if (tree == null) {
            return otherwise;
        }
        try {
            return Long.parseLong(CgroupFiles.read(tree.directory(path).resolve(file)));
        } catch (NoSuchFileException e) {
            return otherwise;
        }
    }

    private void write(CgroupPath path, List<Write> writes, Setter setter) throws IOException {
        for (Write write : writes) {
            CgroupTree tree = controllers.get(write.controller());
            try {
                if (tree == null) {
                    throw new NoSuchFileException(write.file());
                }
                setter.set(tree.directory(path).resolve(write.file()), write);
            } catch (NoSuchFileException e) {
                if (!write.dispensable()) {
                    throw missing(path, write, tree != null, e);
                }
            }
        }
    }

    private IOException missing(
            CgroupPath path, Write write, boolean mounted, NoSuchFileException cause) {
        String why =
                mounted
                        ? "there is no such file in cgroup " + path
                        : "cgroup controller " + write.controller() + " is not mounted";
        return new IOException("set " + write.file() + " to " + write.value() + ": " + why, cause);
    }

    /**
     * Not cgroup.procs: to move whole processes the kernel waits for all CPUs first (an RCU grace
     * period, 5 to 15 ms), to move the one thread that asks it does not.
     */
    @Override
    public List<Path> joinFiles(CgroupPath path) {
        return joined.stream().map(tree -> tree.directory(path).resolve("tasks")).toList();
    }

    @Override
    public Optional<Path> cloneInto(CgroupPath path) {
        return unified.map(tree -> tree.directory(path));
    }

    @Override
    public List<Integer> processes(CgroupPath path) throws IOException {
        return listing.processes(path);
    }

    @Override
    public void killAll(CgroupPath path) throws IOException {
        CgroupTree freezer = controllers.get(FREEZER);
        boolean freezable = freezer != null && freezer.exists(path);
        killer.killAll(
                () -> processes(path),
                () -> {
                    if (freezable) {
                        freeze(path);
                    }
                },
                () -> {
                    if (freezable) {
                        thaw(path);
                    }
                });
    }

    @Override
    public long oomKills(CgroupPath path) throws IOException {
        CgroupTree memory = controllers.get(MEMORY);
        return memory == null ? 0 : memory.sum(path, "memory.oom_control", "oom_kill");
    }

    @Override
    public CgroupUsage usage(CgroupPath path) throws IOException {
        listing.require(path);
        return UsageV1.read(
                new UsageV1.Controllers(
                        counters("cpuacct", path),
                        counters("cpu", path),
                        counters(MEMORY, path),
                        counters("pids", path)));
    }

    @Override
    public long cpuNanos(CgroupPath path) throws IOException {
        listing.require(path);
        return UsageV1.cpuNanos(counters("cpuacct", path));
    }

    @Override
    public CgroupAccounts accounts(CgroupPath path) throws IOException {
        listing.require(path);
        return AccountsV1.read(
                counters("blkio", path), counters("hugetlb", path), counters("pids", path));
    }

    private Counters counters(String controller, CgroupPath path) {
        return new Counters(
                Optional.ofNullable(controllers.get(controller)).map(tree -> tree.directory(path)));
    }

    @Override
    public void freeze(CgroupPath path) throws IOException {
        Path state = freezerState(path);
        Pause.Attempts attempts = pause.attempts();
        do {
            // Again each time: a process that was forked meanwhile may have been missed.
            CgroupFiles.write(state, "FROZEN");
            if (CgroupFiles.read(state).equals("FROZEN")) {
                return;
            }
        } while (attempts.again());
        CgroupFiles.write(state, "THAWED");
        throw new IOException("freeze cgroup " + path + ": processes do not stop");
    }

    @Override
    public void thaw(CgroupPath path) throws IOException {
        CgroupFiles.write(freezerState(path), "THAWED");
    }

    private Path freezerState(CgroupPath path) throws IOException {
        CgroupTree freezer = controllers.get(FREEZER);
        if (freezer == null) {
            throw new IOException(
                    "freeze cgroup " + path + ": cgroup controller freezer is not mounted");
        }
        return freezer.directory(path).resolve("freezer.state");
    }

    @Override
    public void remove(CgroupPath path) throws IOException {
        for (CgroupTree tree : trees) {
            tree.remove(path);
        }
    }

    @Override
    public List<CgroupPath> children(CgroupPath path) throws IOException {
        Set<String> names = new TreeSet<>();
        for (CgroupTree tree : trees) {
            names.addAll(tree.children(path));
        }
        List<CgroupPath> children = new ArrayList<>();
        names.forEach(name -> children.add(path.child(name)));
        return children;
    }
}
