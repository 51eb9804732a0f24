package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.security.SeccompFilters;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.syscall.CloneFlags;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;

/**
 * A container's first process. Nothing of what it mounts is visible on the host: its mount
 * namespace takes mounts from the host but passes none to it, other than below the bind mounts that
 * ask for it.
 */
final class ContainerProgram {

    private final Context context;
    private final Spec spec;
    private final List<Mount> rootfs;
    private final List<MemoryFile> files;
    private final CgroupJoin cgroup;
    private final SeccompFilters filters;
    private final UserNamespace users;

    ContainerProgram(
            Context context, Spec spec, Files files, CgroupJoin cgroup, SeccompFilters filters) {
        this.context = context;
        this.spec = spec;
        this.rootfs = files.rootfs;
        this.files = files.inMemory;
        this.cgroup = cgroup;
        this.filters = filters;
        this.users = new UserNamespace(context, spec.linux());
    }

    /** What it sees besides its specification. */
    record Files(List<Mount> rootfs, List<MemoryFile> inMemory) {}

    Launch compile() {
        long cloneFlags = Namespaces.cloneFlags(spec.linux().namespaces());
        ProcessTail tail = new ProcessTail(context, spec.process(), users);
        tail.startSession();
        context.asm().call(SyscallNumber.UMASK, Arg.octal(0));
        tail.writeProcFiles();
        enterNamespaces();
        users.prepare();
        MountPoints points = mount();
        fillDev(points);
        makeWorkingDirectory(points);
        protect(points);
        setHostname();
        changeRoot(points.root());
        if (users.isPresent()) {
            tail.prepareFromOutside();
            users.enter(spec.linux().namespaces());
        }
        tail.become(spec.linux().seccomp(), filters);
        return new Launch(context.asm().assemble(), cloneFlags);
    }

    private void enterNamespaces() {
        Namespaces namespaces = new Namespaces(context);
        namespaces.joinByPath(spec.linux().namespaces());
        Cgroups.join(context, cgroup);
        // With a user namespace there is another, made inside: this one is that of the mount.
        if (isNew(NamespaceType.CGROUP)) {
            context.asm().step("make a cgroup namespace");
            namespaces.unshare(CloneFlags.CLONE_NEWCGROUP);
        }
    }

    private MountPoints mount() {
        String label = spec.linux().mountLabel();
        SpecMounts mounts = new SpecMounts(context, users, cgroup, label);
        mounts.cloneSharing(spec.mounts());
        context.asm().step("stop passing mounts to the host");
        context.calls().mount("none", "/", "", MS_SLAVE | MS_REC, "");
        mounts.stage(spec.mounts(), new StagedMounts(context, users, spec.root().path(), label));
        MemoryFiles made = new MemoryFiles(context, spec.root().path());
        made.make(files);
        List<Mount> labelled = rootfs.stream().map(each -> each.labelled(label)).toList();
        Register root = new RootMount(context, users, spec.root().path()).mount(labelled);
        MountPoints points = new MountPoints(context, root);
        mounts.attach(spec.mounts(), points);
        mounts.attach(files, made, points);
        return points;
    }

    private void fillDev(MountPoints points) {
        if (Devices.wanted(spec.mounts())) {
            new Devices(context, users, points).make(spec.linux().devices());
        }
        if (spec.process().terminal()) {
            context.asm()
                    .scoped(
                            () -> {
                                Terminal terminal = new Terminal(context);
                                int uid = users.hostUid(spec.process().user());
                                Register peer =
                                        terminal.open(
                                                points.root(), uid, spec.process().consoleSize());
                                terminal.bindConsole(peer, points);
                                context.calls().close(peer);
                            });
        }
    }

    /** Peers make a missing one too; images name directories that no layer has. */
    private void makeWorkingDirectory(MountPoints points) {
        String cwd = MountPoints.normalize(spec.process().cwd());
        if (!cwd.equals("/")) {
            context.asm().step("make working directory " + cwd);
            context.asm().scoped(() -> context.calls().close(points.directory(cwd)));
        }
    }

    private void protect(MountPoints points) {
        spec.linux().sysctl().forEach((name, value) -> setSysctl(name, value, points));
        HiddenPaths hidden = new HiddenPaths(context, points);
        spec.linux().readonlyPaths().forEach(hidden::makeReadonly);
        spec.linux().maskedPaths().forEach(hidden::mask);
        if (spec.root().readonly()) {
            context.asm().step("make the root file system read-only");
            if (context.host().features().mountSetattr()) {
                context.calls().mountSetattr(points.root(), false, MountAttributes.readonly());
            } else {
                new Remount(context, points).flags("/", MS_RDONLY);
            }
        }
    }

    private void setSysctl(String name, String value, MountPoints points) {
        context.asm().step("set sysctl " + name + " to " + value);
        Sysctls.write(context, points.root(), name, value);
    }

    private void setHostname() {
        if (!spec.hostname().isEmpty() && isNew(NamespaceType.UTS)) {
            context.asm().step("set host name " + spec.hostname());
            context.calls().sethostname(spec.hostname());
        }
    }

    /** pivot_root(2) as its manual page's "pivot_root(".", ".")". */
    private void changeRoot(Register root) {
        Calls calls = context.calls();
        context.asm().step("change root");
        context.asm().call(SyscallNumber.FCHDIR, root);
        context.asm().call(SyscallNumber.PIVOT_ROOT, calls.text("."), calls.text("."));
        Arg detach = Arg.named(MNT_DETACH, "MNT_DETACH");
        context.asm().call(SyscallNumber.UMOUNT2, calls.text("."), detach);
        calls.chdir("/");
        long propagation = Propagation.of(spec.linux().rootfsPropagation());
        if (propagation != 0) {
            context.asm().step("make / " + spec.linux().rootfsPropagation());
            calls.mount("none", "/", "", propagation, "");
        }
    }

    private boolean isNew(NamespaceType type) {
        return spec.linux().namespaces().contains(new Namespace(type, ""));
    }
}
