package io.gantry.linux.launch;

import static io.gantry.linux.syscall.MountFlags.*;
import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.MountOptions;
import io.gantry.linux.mount.MountOptions.IdMapping;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.Errno;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The mounts of a specification: each is made detached and then attached to a descriptor of its
 * mount point (mount_setattr(2), move_mount(2)).
 *
 * <p>A bind mount that is to exchange mounts with the host is cloned before the container's mount
 * namespace stops doing so: {@link #cloneSharing}.
 */
final class SpecMounts {

    /** File systems that are the container's alone; those of the kernel have labels of its own. */
    private static final Set<String> PRIVATE_FILES = Set.of("tmpfs", "ramfs", "devpts");

    private static final long PROPAGATES = MS_SHARED | MS_SLAVE;

    private final Context context;
    private final UserNamespace users;
    private final CgroupJoin cgroup;
    private final String label;
    private final IdentityHashMap<SpecMount, Register> clones = new IdentityHashMap<>();

    /**
     * Mounts nothing yet.
     *
     * @param label SELinux label of the files of new file systems; empty: none
     */
    SpecMounts(Context context, UserNamespace users, CgroupJoin cgroup, String label) {
        this.context = context;
        this.users = users;
        this.cgroup = cgroup;
        this.label = label;
    }

    /** Clones the sources of those that are to receive mounts from the host, or pass them to it. */
    void cloneSharing(List<SpecMount> mounts) {
        for (SpecMount mount : mounts) {
            MountOptions options = MountOptions.parse(mount.options());
            if (!StagedMounts.isStaged(mount)
                    && options.bind()
                    && (options.propagation() & PROPAGATES) != 0) {
                clones.put(mount, clone(mount, options));
            }
        }
    }

    /** Makes those that have to be mounted aside, before the root file system is. */
    void stage(List<SpecMount> mounts, StagedMounts aside) {
        for (SpecMount mount : mounts) {
            if (StagedMounts.isStaged(mount)) {
                clones.put(mount, aside.make(mount));
            }
        }
    }

    /** Mounts them in their order. */
    void attach(List<SpecMount> mounts, MountPoints points) {
        for (SpecMount mount : mounts) {
            context.asm().scoped(() -> attach(mount, points));
        }
    }

    /** Mounts files that are not in the specification, over what is. */
    void attach(List<MemoryFile> files, MemoryFiles made, MountPoints points) {
        MountOptions options = MountOptions.parse(List.of("bind", "ro", "nosuid", "nodev"));
        for (int i = 0; i < files.size(); i++) {
            String destination = MountPoints.normalize(files.get(i).destination());
            Register clone = made.clones().get(i);
            context.asm().step("mount a file on " + destination);
            context.asm()
                    .scoped(
                            () ->
                                    finish(
                                            clone,
                                            points.file(destination),
                                            destination,
                                            options,
                                            points));
        }
    }

    private void attach(SpecMount mount, MountPoints points) {
        String destination = MountPoints.normalize(mount.destination());
        if (destination.equals("/")) {
            throw new InvalidArgumentException("mount on / of the container");
        }
        MountOptions options = MountOptions.parse(mount.options());
        refuseUnsupported(mount, options);
        if (StagedMounts.isStaged(mount)) {
            context.asm().step("mount " + mount.type() + " on " + destination);
            Register staged = Objects.requireNonNull(clones.get(mount));
            finish(staged, points.place(destination), destination, options, points);
        } else if (options.bind()) {
            bind(mount, destination, options, points);
        } else if (mount.type().equals("cgroup") && !cgroup.hierarchies().isEmpty()) {
            new CgroupMount(context, points).attach(destination, options, cgroup);
        } else {
            String type = mount.type().equals("cgroup") ? "cgroup2" : mount.type();
            context.asm().step("mount " + type + " on " + destination);
            Register detached = fileSystem(type, mount.source(), options);
            finish(detached, points.directory(destination), destination, options, points);
        }
    }

    /** A new file system, detached. */
    private Register fileSystem(String type, String source, MountOptions options) {
        Register fs = context.calls().fsopen(type);
        if (!source.isEmpty()) {
            context.calls().fsconfig(fs, "source=" + source);
        }
        superblockOptions(options).forEach(option -> context.calls().fsconfig(fs, option));
        options.data().forEach(option -> context.calls().fsconfig(fs, users.option(option)));
        if (!label.isEmpty() && PRIVATE_FILES.contains(type)) {
            context.calls().fsconfig(fs, "context=" + label);
        }
        context.calls().fsconfigCreate(fs);
        Register detached = context.calls().fsmount(fs, options.attributes());
        context.calls().close(fs);
        if (!label.isEmpty() && type.equals("mqueue")) {
            labelRoot(detached);
        }
        return detached;
    }

    /** The queues are those of the IPC namespace, and there before: their directory is labelled. */
    private void labelRoot(Register mount) {
        context.asm()
                .scoped(
                        () -> {
                            int flags = O_DIRECTORY | O_CLOEXEC;
                            Register directory = context.calls().openat(mount, ".", flags).result();
                            context.calls().label(directory, label).tolerating(Errno.EOPNOTSUPP);
                            context.calls().close(directory);
                        });
    }

    private static List<String> superblockOptions(MountOptions options) {
        Map<Long, String> names =
                Map.of(MS_SYNCHRONOUS, "sync", MS_DIRSYNC, "dirsync", MS_LAZYTIME, "lazytime");
        return names.entrySet().stream()
                .filter(entry -> (options.flags() & entry.getKey()) != 0)
                .map(Map.Entry::getValue)
                .sorted()
                .toList();
    }

    private void bind(
            SpecMount mount, String destination, MountOptions options, MountPoints points) {
        Register cloned = clones.get(mount);
        Register source = cloned == null ? clone(mount, options) : cloned;
        if (options.idmapping() != IdMapping.NONE) {
            context.asm().step("map the ids of mount source " + mount.source());
            users.map(source, options.idmapping() == IdMapping.TREE);
        }
        context.asm().step("mount " + mount.source() + " on " + destination);
        boolean directory = context.host().isDirectory(mount.source());
        Register target = directory ? points.directory(destination) : points.file(destination);
        finish(source, target, destination, options, points);
    }

    private Register clone(SpecMount mount, MountOptions options) {
        context.asm().step("mount source " + mount.source());
        long recursive = options.recursive() ? AT_RECURSIVE : 0;
        return context.calls().openTree(Calls.HERE, mount.source(), recursive).result();
    }

    private void finish(
            Register detached,
            Register target,
            String destination,
            MountOptions options,
            MountPoints points) {
        boolean bind = options.bind();
        MountAttributes own =
                new MountAttributes(
                        bind ? options.attributes() : 0, bind ? options.clearedAttributes() : 0, 0);
        // Nothing is exchanged with the host unless asked for.
        long propagation =
                options.propagation() != 0 ? options.propagation() : bind ? MS_PRIVATE | MS_REC : 0;
        if (context.host().features().mountSetattr()) {
            change(detached, own, options, propagation);
            context.calls().moveMount(detached, target);
        } else {
            context.calls().moveMount(detached, target);
            Remount remount = new Remount(context, points);
            remount.flags(destination, bind ? options.flags() : 0);
            remount.propagation(destination, propagation);
        }
        context.calls().close(detached);
        context.calls().close(target);
    }

    private void change(
            Register detached, MountAttributes own, MountOptions options, long propagation) {
        boolean recursive = (propagation & MS_REC) != 0;
        MountAttributes one =
                new MountAttributes(own.set(), own.cleared(), recursive ? 0 : propagation);
        MountAttributes all =
                new MountAttributes(
                        options.recursiveSet(),
                        options.recursiveCleared(),
                        recursive ? propagation & ~MS_REC : 0);
        if (!one.isEmpty()) {
            context.calls().mountSetattr(detached, false, one);
        }
        if (!all.isEmpty()) {
            context.calls().mountSetattr(detached, true, all);
        }
    }

    private void refuseUnsupported(SpecMount mount, MountOptions options) {
        if (options.idmapping() != IdMapping.NONE && !users.isPresent()) {
            throw new InvalidArgumentException(
                    "the ids of mount "
                            + mount.destination()
                            + " cannot be mapped without a user namespace");
        }
        boolean recursive = options.recursiveSet() != 0 || options.recursiveCleared() != 0;
        if (recursive && !context.host().features().mountSetattr()) {
            throw new FailedPreconditionException(
                    "recursive attributes of mount "
                            + mount.destination()
                            + " need kernel 5.12 or newer");
        }
    }
}
