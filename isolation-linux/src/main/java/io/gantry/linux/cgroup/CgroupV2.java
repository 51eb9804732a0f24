package io.gantry.linux.cgroup;

import io.gantry.base.Clock;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Version 2: one hierarchy (cgroup-v2 in the kernel's documentation). */
final class CgroupV2 implements CgroupManager {

    private static final Logger log = LoggerFactory.getLogger(CgroupV2.class);

    private static final String CONTROLLERS = "cgroup.controllers";
    private static final String SUBTREE_CONTROL = "cgroup.subtree_control";
    private static final String FREEZE = "cgroup.freeze";

    private final CgroupTree tree;
    private final Syscalls syscalls;
    private final Pause pause;

    CgroupV2(Path root, Syscalls syscalls, Clock clock) {
        pause = new Pause(clock);
        tree = new CgroupTree(root, pause);
        this.syscalls = syscalls;
    }

    @Override
    public Version version() {
        return Version.V2;
    }

    @Override
    public Set<String> controllers() throws IOException {
        return Set.copyOf(CgroupFiles.words(tree.root().resolve(CONTROLLERS)));
    }

    @Override
    public void create(CgroupPath path, Resources resources) throws IOException {
        Path group = tree.root();
        for (String part : path.parts()) {
            enableControllers(group);
            group = group.resolve(part);
            Files.createDirectories(group);
        }
        if (!DeviceRules.allowEverything(resources.devices())) {
            restrictDevices(path, resources.devices());
        }
        for (Write write : PlanV2.of(resources)) {
            set(path, write, () -> Changes.set(file(path, write), write));
        }
    }

    /**
     * Lets the children of a group have controllers. The kernel refuses that, with EBUSY, in a
     * group with processes of its own, unless it is the root; then the children go without, and
     * only a limit that needs one fails.
     */
    private static void enableControllers(Path group) throws IOException {
        Set<String> wanted =
                CgroupFiles.words(group.resolve(CONTROLLERS)).stream().collect(Collectors.toSet());
        CgroupFiles.words(group.resolve(SUBTREE_CONTROL)).forEach(wanted::remove);
        if (wanted.isEmpty()) {
            return;
        }
        try {
            CgroupFiles.write(
                    group.resolve(SUBTREE_CONTROL),
                    wanted.stream().map(name -> "+" + name).collect(Collectors.joining(" ")));
        } catch (IOException e) {
            // All or none: one that cannot be enabled must not cost the others.
            for (String name : wanted) {
                enableAlone(group, name);
            }
        }
    }

    private static void enableAlone(Path group, String controller) {
        try {
            CgroupFiles.write(group.resolve(SUBTREE_CONTROL), "+" + controller);
        } catch (IOException e) {
            log.atDebug().addKeyValue("reason", e.getMessage()).log("controller not enabled");
        }
    }

    private void restrictDevices(CgroupPath path, List<DeviceRule> rules) throws IOException {
        int program = syscalls.bpf_prog_load_cgroup_device(DeviceProgram.of(rules));
        try {
            int directory =
                    syscalls.openat(
                            OpenFlags.AT_FDCWD,
                            CString.of(tree.directory(path).toString()),
                            OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC,
                            0);
            try {
                syscalls.bpf_prog_attach_cgroup_device(directory, program);
            } finally {
                syscalls.close(directory);
            }
        } finally {
            syscalls.close(program);
        }
    }

    @Override
    public void update(CgroupPath path, Resources resources) throws IOException {
        update(path, PlanV2.of(resources), () -> {});
    }

    /** The same and a further step; the group is as it was when that fails. */
    void update(CgroupPath path, List<Write> plan, Step last) throws IOException {
        Shrinking.check(tree.directory(path), plan);
        try (Changes changes = new Changes()) {
            for (Write write : plan) {
                set(path, write, () -> changes.write(file(path, write), write));
            }
            last.run();
            changes.commit();
        }
    }

    /** A part of a change. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    private void set(CgroupPath path, Write write, Step step) throws IOException {
        try {
            step.run();
        } catch (NoSuchFileException e) {
            if (!write.dispensable()) {
                throw missing(path, write, e);
            }
        }
    }

    private Path file(CgroupPath path, Write write) {
        return tree.directory(path).resolve(write.file());
    }

    private IOException missing(CgroupPath path, Write write, NoSuchFileException cause)
            throws IOException {
        List<String> enabled = CgroupFiles.words(tree.directory(path).resolve(CONTROLLERS));
        String why =
                enabled.contains(write.controller())
                        ? "there is no such file in cgroup " + path
                        : "cgroup controller "
                                + write.controller()
                                + " is not enabled for "
                                + path
                                + ", only "
                                + enabled;
        return new IOException("set " + write.file() + " to " + write.value() + ": " + why, cause);
    }

    @Override
    public List<Path> joinFiles(CgroupPath path) {
        return List.of();
    }

    @Override
    public Optional<Path> cloneInto(CgroupPath path) {
        return Optional.of(tree.directory(path));
    }

    @Override
    public List<Integer> processes(CgroupPath path) throws IOException {
        return tree.processes(path);
    }

    @Override
    public void killAll(CgroupPath path) throws IOException {
        try {
            CgroupFiles.write(tree.directory(path).resolve("cgroup.kill"), "1");
        } catch (NoSuchFileException e) {
            // The file is there since Linux 5.14; or the group is gone.
            new ProcessKiller(syscalls)
                    .killAll(() -> processes(path), () -> freeze(path), () -> thaw(path));
        }
    }

    @Override
    public long oomKills(CgroupPath path) throws IOException {
        return CgroupFiles.keyed(tree.directory(path).resolve("memory.events"), "oom_kill");
    }

    @Override
    public CgroupUsage usage(CgroupPath path) throws IOException {
        tree.require(path);
        return UsageV2.read(new Counters(Optional.of(tree.directory(path))));
    }

    @Override
    public long cpuNanos(CgroupPath path) throws IOException {
        tree.require(path);
        return UsageV2.cpuNanos(new Counters(Optional.of(tree.directory(path))));
    }

    @Override
    public CgroupAccounts accounts(CgroupPath path) throws IOException {
        tree.require(path);
        return AccountsV2.read(new Counters(Optional.of(tree.directory(path))));
    }

    @Override
    public void freeze(CgroupPath path) throws IOException {
        Path events = tree.directory(path).resolve("cgroup.events");
        CgroupFiles.write(tree.directory(path).resolve(FREEZE), "1");
        Pause.Attempts attempts = pause.attempts();
        do {
            if (CgroupFiles.keyed(events, "frozen") == 1) {
                return;
            }
        } while (attempts.again());
        thaw(path);
        throw new IOException("freeze cgroup " + path + ": processes do not stop");
    }

    @Override
    public void thaw(CgroupPath path) throws IOException {
        CgroupFiles.write(tree.directory(path).resolve(FREEZE), "0");
    }

    @Override
    public void remove(CgroupPath path) throws IOException {
        tree.remove(path);
    }

    @Override
    public List<CgroupPath> children(CgroupPath path) throws IOException {
        List<CgroupPath> children = new ArrayList<>();
        tree.children(path).forEach(name -> children.add(path.child(name)));
        return children;
    }
}
