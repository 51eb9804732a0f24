package io.gantry.linux.cgroup;

import io.gantry.base.Clock;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.systemd.UnitException;
import io.gantry.linux.systemd.UnitProperty;
import io.gantry.linux.systemd.Units;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Groups that systemd makes: each of a pod or container is a transient scope, delegated, so that
 * what is below it is not systemd's business (systemd.scope(5), the kernel's cgroup delegation in
 * systemd's CGROUP_DELEGATION). Limits are written into the files, where the kernel judges them,
 * and given to the unit, for systemd to keep them. All else is version 2 as without systemd.
 *
 * <p>A scope is there only as long as processes are in it. Until the first of its own comes, a
 * {@link ScopeKeeper} is; with the last, systemd removes it.
 */
final class SystemdCgroups implements CgroupManager {

    private static final Logger log = LoggerFactory.getLogger(SystemdCgroups.class);

    /** Systemd may be reloading, or be starting a whole machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final CgroupV2 files;
    private final CgroupTree tree;
    private final Units units;
    private final Pause pause;
    private final OomLedger kills;
    private final ConcurrentMap<CgroupPath, ScopeKeeper> keepers = new ConcurrentHashMap<>();

    /**
     * Reads what was known of kills.
     *
     * @param record file of that, in a directory that a reboot clears
     */
    SystemdCgroups(Path root, CgroupV2 files, Units units, Path record, Clock clock) {
        this.files = files;
        this.units = units;
        pause = new Pause(clock);
        tree = new CgroupTree(root, pause);
        kills = new OomLedger(tree, record);
    }

    @Override
    public Version version() {
        return files.version();
    }

    @Override
    public Set<String> controllers() throws IOException {
        return files.controllers();
    }

    @Override
    public void create(CgroupPath path, Resources resources) throws IOException {
        if (path.isScope()) {
            List<UnitProperty> limits = UnitLimits.of(PlanV2.of(resources));
            Pause.Attempts attempts = pause.attempts();
            while (!createScope(path, resources, limits)) {
                if (!attempts.again()) {
                    throw new IOException("systemd stops unit " + path.name() + " at once");
                }
            }
        } else if (path.isSlice()) {
            startSlice(path);
        } else {
            files.create(path, resources);
        }
    }

    /** False when it was there with processes, of which the last was just ending. */
    private boolean createScope(CgroupPath path, Resources resources, List<UnitProperty> limits)
            throws IOException {
        boolean fresh = start(path);
        kills.open(path);
        try {
            files.create(path, resources);
            if (!fresh || !limits.isEmpty()) {
                units.change(path.name(), limits);
            }
            return true;
        } catch (UnitException e) {
            if (e.missing()) {
                return false;
            }
            throw e;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private void startSlice(CgroupPath path) throws IOException {
        try {
            units.startTransient(
                    path.name(), List.of(UnitProperty.text("Description", "Gantry's pods")));
        } catch (UnitException e) {
            if (!e.exists()) {
                throw e;
            }
        }
        Pause.Attempts attempts = pause.attempts(PATIENCE);
        while (!tree.exists(path)) {
            if (!attempts.again()) {
                throw new IOException("systemd did not start unit " + path.name());
            }
        }
    }

    /** Has the scope be there, with a process in it; false when it was already. */
    private boolean start(CgroupPath path) throws IOException {
        ScopeKeeper before = keepers.get(path);
        boolean kept = before != null && before.isAlive() && tree.exists(path);
        if (kept || !files.processes(path).isEmpty()) {
            return false;
        }
        startKept(path);
        return true;
    }

    private void startKept(CgroupPath path) throws IOException {
        ScopeKeeper keeper = ScopeKeeper.start();
        boolean kept = false;
        try {
            startUnit(path, keeper);
            awaitMember(path, keeper);
            keepers.put(path, keeper);
            kept = true;
        } finally {
            if (!kept) {
                keeper.end();
            }
        }
    }

    private void startUnit(CgroupPath path, ScopeKeeper keeper) throws IOException {
        List<UnitProperty> properties = properties(path, keeper);
        try {
            units.startTransient(path.name(), properties);
        } catch (UnitException e) {
            if (!e.exists()) {
                throw e;
            }
            // One without processes is about to go, or has failed.
            units.stop(path.name());
            units.resetFailed(path.name());
            restartUnit(path, properties);
        }
    }

    private void restartUnit(CgroupPath path, List<UnitProperty> properties) throws IOException {
        Pause.Attempts attempts = pause.attempts();
        while (true) {
            try {
                units.startTransient(path.name(), properties);
                return;
            } catch (UnitException e) {
                if (!e.exists() || !attempts.again()) {
                    throw e;
                }
            }
        }
    }

    /** All is accounted for, and no limit is the machine's default. */
    private static List<UnitProperty> properties(CgroupPath path, ScopeKeeper keeper) {
        return List.of(
                UnitProperty.text("Description", "Gantry's " + path.id()),
                UnitProperty.text("Slice", path.slice()),
                UnitProperty.flag("Delegate", true),
                UnitProperty.flag("DefaultDependencies", false),
                UnitProperty.text("CollectMode", "inactive-or-failed"),
                UnitProperty.flag("CPUAccounting", true),
                UnitProperty.flag("MemoryAccounting", true),
                UnitProperty.flag("IOAccounting", true),
                UnitProperty.flag("TasksAccounting", true),
                UnitProperty.number("TasksMax", -1),
                new UnitProperty("PIDs", new UnitProperty.Processes(List.of(keeper.pid()))));
    }

    private void awaitMember(CgroupPath path, ScopeKeeper keeper) throws IOException {
        Pause.Attempts attempts = pause.attempts(PATIENCE);
        while (!files.processes(path).contains(keeper.pid())) {
            if (!keeper.isAlive() || !attempts.again()) {
                throw new IOException(
                        "systemd did not start unit " + path.name() + " in " + path.slice());
            }
        }
    }

    @Override
    public void occupied(CgroupPath path) {
        if (path.isScope()) {
            note(path);
        }
        endKeeper(path);
    }

    /** Of one that an earlier run of this program made there is no note yet. */
    private void note(CgroupPath path) {
        try {
            kills.open(path);
        } catch (IOException e) {
            log.atDebug().addKeyValue("cgroup", path).setCause(e).log("kills are not counted");
        }
    }

    private void endKeeper(CgroupPath path) {
        ScopeKeeper keeper = keepers.remove(path);
        if (keeper != null) {
            keeper.end();
        }
    }

    @Override
    public void update(CgroupPath path, Resources resources) throws IOException {
        List<Write> plan = PlanV2.of(resources);
        List<UnitProperty> limits = path.isScope() ? UnitLimits.of(plan) : List.of();
        files.update(
                path,
                plan,
                () -> {
                    if (!limits.isEmpty()) {
                        units.change(path.name(), limits);
                    }
                });
    }

    @Override
    public List<Path> joinFiles(CgroupPath path) {
        return files.joinFiles(path);
    }

    @Override
    public Optional<Path> cloneInto(CgroupPath path) {
        return files.cloneInto(path);
    }

    @Override
    public List<Integer> processes(CgroupPath path) throws IOException {
        ScopeKeeper keeper = keepers.get(path);
        List<Integer> all = files.processes(path);
        return keeper == null ? all : all.stream().filter(pid -> pid != keeper.pid()).toList();
    }

    @Override
    public void killAll(CgroupPath path) throws IOException {
        files.killAll(path);
    }

    @Override
    public long oomKills(CgroupPath path) throws IOException {
        return path.isScope() ? kills.kills(path) : files.oomKills(path);
    }

    @Override
    public CgroupUsage usage(CgroupPath path) throws IOException {
        return files.usage(path);
    }

    @Override
    public long cpuNanos(CgroupPath path) throws IOException {
        return files.cpuNanos(path);
    }

    @Override
    public CgroupAccounts accounts(CgroupPath path) throws IOException {
        return files.accounts(path);
    }

    @Override
    public void freeze(CgroupPath path) throws IOException {
        files.freeze(path);
    }

    @Override
    public void thaw(CgroupPath path) throws IOException {
        files.thaw(path);
    }

    @Override
    public void remove(CgroupPath path) throws IOException {
        endKeeper(path);
        if (path.isScope() || path.isSlice()) {
            units.stop(path.name());
            awaitRemoval(path);
            units.resetFailed(path.name());
            kills.close(path);
        } else {
            files.remove(path);
        }
    }

    /** Systemd removes the group; what it leaves is removed here, or named in a failure. */
    private void awaitRemoval(CgroupPath path) throws IOException {
        Pause.Attempts attempts = pause.attempts();
        while (tree.exists(path)) {
            if (!attempts.again()) {
                files.remove(path);
                return;
            }
        }
    }

    @Override
    public List<CgroupPath> children(CgroupPath path) throws IOException {
        return files.children(path);
    }
}
