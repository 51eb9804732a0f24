package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;

/** Names of kernel parameters as sysctl(8) takes them. */
final class Sysctls {

    private static final Arg.Immediate PR_SET_DUMPABLE = Arg.named(4, "PR_SET_DUMPABLE");

    private Sysctls() {}

    /**
     * The file of a parameter. Its name is separated by dots or by slashes, whichever comes first;
     * the other one then belongs to an element.
     *
     * @throws InvalidArgumentException when it leads outside /proc/sys
     */
    static String path(String name) {
        int dot = name.indexOf('.');
        int slash = name.indexOf('/');
        boolean dots = dot >= 0 && (slash < 0 || dot < slash);
        String path = dots ? swapped(name) : name;
        List<String> elements = List.of(path.split("/", -1));
        if (elements.contains("") || elements.contains("..") || elements.contains(".")) {
            throw new InvalidArgumentException("malformed sysctl name: " + name);
        }
        return "/proc/sys/" + path;
    }

    /** Writes a parameter through the /proc that is mounted below {@code root}. */
    static void write(Context context, Register root, String name, String value) {
        write(context, root, RESOLVE_IN_ROOT, name, value);
    }

    /** Writes a parameter through the host's /proc. */
    static void write(Context context, String name, String value) {
        write(context, Calls.HERE, 0, name, value);
    }

    /**
     * Writes a parameter of namespaces of a user namespace through the host's /proc. Depending on
     * the kernel those of IPC are for the host's root or for the namespace's.
     */
    static void write(Context context, IdMappings users, String name, String value) {
        Assembler asm = context.asm();
        Calls calls = context.calls();
        String file = path(name);
        int flags = O_WRONLY | O_CLOEXEC;
        Arg as = Arg.of(users.hostUid(0));
        Arg keep = Arg.named(-1, "-1");
        asm.scoped(
                () -> {
                    Register fd =
                            calls.openat2(Calls.HERE, file, flags, RESOLVE_NO_SYMLINKS)
                                    .tolerating(Errno.EACCES)
                                    .result();
                    asm.ifSucceeded(
                            fd,
                            () -> {
                                calls.write(fd, value);
                                calls.close(fd);
                            });
                    asm.ifFailed(
                            fd,
                            () -> {
                                asm.call(SyscallNumber.SETRESUID, keep, as, keep);
                                calls.openat2(Calls.HERE, file, flags, RESOLVE_NO_SYMLINKS)
                                        .into(fd);
                                calls.write(fd, value);
                                calls.close(fd);
                                asm.call(SyscallNumber.SETRESUID, keep, Arg.of(0), keep);
                                // The change made it what fs.suid_dumpable says.
                                calls.prctl(PR_SET_DUMPABLE, Arg.of(0), Arg.of(0));
                            });
                });
    }

    private static void write(Context context, Arg root, long resolve, String name, String value) {
        String file = path(name);
        context.asm()
                .scoped(
                        () -> {
                            Register fd =
                                    context.calls()
                                            .openat2(
                                                    root,
                                                    file,
                                                    O_WRONLY | O_CLOEXEC,
                                                    resolve | RESOLVE_NO_SYMLINKS)
                                            .result();
                            context.calls().write(fd, value);
                            context.calls().close(fd);
                        });
    }

    private static String swapped(String name) {
        char unused = '\0';
        return name.replace('.', unused).replace('/', '.').replace(unused, '/');
    }
}
