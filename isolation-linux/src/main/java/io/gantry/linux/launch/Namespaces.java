package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.syscall.CloneFlags;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;
import java.util.Locale;

/** Namespaces by their kinds: born into, joined, unshared. */
final class Namespaces {

    private final Context context;

    Namespaces(Context context) {
        this.context = context;
    }

    static long flag(NamespaceType type) {
        return switch (type) {
            case PID -> CloneFlags.CLONE_NEWPID;
            case NETWORK -> CloneFlags.CLONE_NEWNET;
            case MOUNT -> CloneFlags.CLONE_NEWNS;
            case IPC -> CloneFlags.CLONE_NEWIPC;
            case UTS -> CloneFlags.CLONE_NEWUTS;
            case USER -> CloneFlags.CLONE_NEWUSER;
            case CGROUP -> CloneFlags.CLONE_NEWCGROUP;
        };
    }

    /** The name of its file in /proc/PID/ns. */
    static String file(NamespaceType type) {
        return switch (type) {
            case NETWORK -> "net";
            case MOUNT -> "mnt";
            case PID, IPC, UTS, USER, CGROUP -> type.name().toLowerCase(Locale.ROOT);
        };
    }

    /**
     * Flags of clone3(2) for the new ones. The cgroup namespace is not among them: it is made after
     * the process has joined its cgroup, which becomes its root; nor is the user namespace.
     */
    static long cloneFlags(List<Namespace> namespaces) {
        long flags = 0;
        for (Namespace namespace : namespaces) {
            check(namespace);
            if (namespace.path().isEmpty()
                    && namespace.type() != NamespaceType.CGROUP
                    && namespace.type() != NamespaceType.USER) {
                flags |= flag(namespace.type());
            }
        }
        if ((flags & CloneFlags.CLONE_NEWNS) == 0) {
            throw new InvalidArgumentException("a container needs a mount namespace of its own");
        }
        return flags;
    }

    private static void check(Namespace namespace) {
        if (namespace.type() == NamespaceType.MOUNT && !namespace.path().isEmpty()) {
            throw new InvalidArgumentException("a container cannot join a mount namespace");
        }
    }

    /**
     * Joins those that are given by path; a pid namespace is joined by the shim, and a user
     * namespace last of all.
     */
    void joinByPath(List<Namespace> namespaces) {
        for (Namespace namespace : namespaces) {
            if (!namespace.path().isEmpty()
                    && namespace.type() != NamespaceType.PID
                    && namespace.type() != NamespaceType.USER) {
                join(namespace.type(), namespace.path());
            }
        }
    }

    void join(NamespaceType type, String path) {
        context.asm().step("join " + file(type) + " namespace " + path);
        context.asm()
                .scoped(
                        () -> {
                            Register ns =
                                    context.calls().openat(Calls.HERE, path, O_CLOEXEC).result();
                            setns(ns, flag(type));
                            context.calls().close(ns);
                        });
    }

    void setns(Arg fd, long flags) {
        context.asm()
                .call(SyscallNumber.SETNS, fd, Arg.named(flags, () -> Symbols.namespaces(flags)));
    }

    void unshare(long flags) {
        context.asm()
                .call(SyscallNumber.UNSHARE, Arg.named(flags, () -> Symbols.namespaces(flags)));
    }
}
