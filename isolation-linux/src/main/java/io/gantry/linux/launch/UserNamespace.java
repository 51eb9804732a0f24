package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.syscall.CloneFlags;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;
import java.util.Optional;

/**
 * The user namespace that a container joins, or none. Its process is the host's root until all is
 * mounted, for only that one may map the ids of mounts and make device nodes, but as the owner of
 * files it is the container's root from the beginning: what it makes belongs to that one.
 */
final class UserNamespace {

    /** Known in advance, as struct mount_attr wants a number; below {@link Remount#LINKED}. */
    static final int FD = Remount.LINKED - 1;

    private static final Immediate USERS = Arg.of(FD);
    private static final Immediate PR_SET_DUMPABLE = Arg.named(4, "PR_SET_DUMPABLE");
    private static final Immediate PR_SET_SECUREBITS = Arg.named(28, "PR_SET_SECUREBITS");
    private static final Immediate NO_SETUID_FIXUP = Arg.named(4, "SECBIT_NO_SETUID_FIXUP");
    private static final Immediate ROOT = Arg.of(0);

    private final Context context;
    private final Optional<String> path;
    private final IdMappings mappings;

    UserNamespace(Context context, LinuxSpec spec) {
        this.context = context;
        this.path =
                spec.namespaces().stream()
                        .filter(namespace -> namespace.type() == NamespaceType.USER)
                        .map(Namespace::path)
                        .findFirst();
        this.mappings =
                path.isEmpty()
                        ? IdMappings.NONE
                        : new IdMappings(spec.uidMappings(), spec.gidMappings());
        if (path.isPresent()) {
            check(path.get());
        }
    }

    private UserNamespace(Context context) {
        this.context = context;
        this.path = Optional.empty();
        this.mappings = IdMappings.NONE;
    }

    /** None. */
    static UserNamespace none(Context context) {
        return new UserNamespace(context);
    }

    private void check(String file) {
        if (file.isEmpty()) {
            throw new UnimplementedException(
                    "a container cannot make a user namespace, it joins that of its pod");
        }
        if (mappings.uids().isEmpty() || mappings.gids().isEmpty()) {
            throw new InvalidArgumentException("a user namespace needs mappings of uids and gids");
        }
        if (!context.host().features().idmappedOverlay()) {
            throw new FailedPreconditionException("user namespaces need kernel 5.19 or newer");
        }
    }

    boolean isPresent() {
        return path.isPresent();
    }

    /** The host's id of a process's user. */
    int hostUid(Process.User user) {
        return (int) mappings.hostUid(Integer.toUnsignedLong(user.uid()));
    }

    /** Opens it; from here on files belong to the container's root. */
    void prepare() {
        if (path.isEmpty()) {
            return;
        }
        context.asm().step("open user namespace " + path.get());
        context.asm()
                .scoped(
                        () -> {
                            Register users =
                                    context.calls()
                                            .openat(Calls.HERE, path.get(), O_CLOEXEC)
                                            .result();
                            context.calls().dup3(users, FD, O_CLOEXEC);
                            context.calls().close(users);
                        });
        context.asm().step("own files as the container's root");
        // Without it the change of the file system's uid would take the capabilities about files.
        context.calls().prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP, Arg.of(0));
        context.asm().call(SyscallNumber.SETFSGID, Arg.of(mappings.hostGid(0)));
        context.asm().call(SyscallNumber.SETFSUID, Arg.of(mappings.hostUid(0)));
    }

    /** Has a detached mount, with all below it if {@code tree}, show the container's ids. */
    void map(Register detached, boolean tree) {
        context.calls().mountSetattr(detached, tree, MountAttributes.idmapped(FD));
    }

    /**
     * Enters it. The namespaces of mounts and, if the specification has it, of the cgroup are made
     * anew inside, so that they are its own: mounts made before cannot be taken apart from there
     * (mount_namespaces(7)).
     */
    void enter(List<Namespace> namespaces) {
        if (path.isEmpty()) {
            return;
        }
        context.asm().step("enter user namespace " + path.get());
        Namespaces kinds = new Namespaces(context);
        kinds.setns(USERS, CloneFlags.CLONE_NEWUSER);
        boolean cgroup = namespaces.contains(new Namespace(NamespaceType.CGROUP, ""));
        kinds.unshare(CloneFlags.CLONE_NEWNS | (cgroup ? CloneFlags.CLONE_NEWCGROUP : 0));
        becomeRoot();
    }

    /**
     * Once inside, where it has no id yet. Such changes make a process what fs.suid_dumpable says,
     * and this one, a copy of the shim, is nothing that others inside may look into.
     */
    void becomeRoot() {
        if (path.isPresent()) {
            context.asm().call(SyscallNumber.SETRESGID, ROOT, ROOT, ROOT);
            context.asm().call(SyscallNumber.SETRESUID, ROOT, ROOT, ROOT);
            context.calls().prctl(PR_SET_DUMPABLE, Arg.of(0), Arg.of(0));
        }
    }

    /**
     * An option of a file system, with the host's id for one of the container's, since it is
     * mounted from outside.
     *
     * @throws InvalidArgumentException when the namespace does not have the id
     */
    String option(String option) {
        if (isPresent() && option.startsWith("uid=")) {
            return "uid=" + mappings.hostUid(id(option));
        }
        if (isPresent() && option.startsWith("gid=")) {
            return "gid=" + mappings.hostGid(id(option));
        }
        return option;
    }

    private static long id(String option) {
        try {
            return Long.parseLong(option.substring(option.indexOf('=') + 1));
        } catch (NumberFormatException e) {
            throw new InvalidArgumentException("mount option " + option + " has no number", e);
        }
    }
}
