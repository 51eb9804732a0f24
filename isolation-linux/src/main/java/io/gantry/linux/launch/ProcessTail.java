package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.security.SeccompFilters;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a container's first process and an exec have in common: how the process becomes itself. */
final class ProcessTail {

    static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final Immediate PR_SET_NO_NEW_PRIVS = Arg.named(38, "PR_SET_NO_NEW_PRIVS");
    private static final Immediate F_GETPIPE_SZ = Arg.named(1032, "F_GETPIPE_SZ");
    private static final Immediate SET_MODE_FILTER = Arg.named(1, "SECCOMP_SET_MODE_FILTER");
    private static final Immediate JOIN_SESSION_KEYRING = Arg.named(1, "JOIN_SESSION_KEYRING");
    private static final int STREAMS = 3;
    private static final int SOCK_FILTER_SIZE = 8;

    /** Above it lies nothing but what this program opened: 3 is the way to the shim. */
    private static final int FIRST_OWN = 4;

    private final Context context;
    private final Process process;
    private final UserNamespace users;

    ProcessTail(Context context, Process process, UserNamespace users) {
        this.context = context;
        this.process = process;
        this.users = users;
    }

    /**
     * A session of its own, and a keyring: the daemon's, which would be inherited, may hold keys of
     * whoever started it, and would be a way from one container to another (session-keyring(7)).
     * Where the kernel has no keys, or this machine lets nobody have some, there is none to share.
     * While the host's /proc is in reach: with an SELinux label, the keyring has that, not the
     * daemon's, which the process may do nothing with. What is executed makes keys as itself again.
     */
    void startSession() {
        context.asm().step("start a session");
        context.asm().call(SyscallNumber.SETSID);
        if (!process.selinuxLabel().isEmpty()) {
            context.asm().step("have keys labelled " + process.selinuxLabel());
            writeFile("/proc/thread-self/attr/keycreate", process.selinuxLabel());
        }
        context.asm().step("make a session keyring");
        context.asm()
                .call(SyscallNumber.KEYCTL, JOIN_SESSION_KEYRING, Arg.named(0, "NULL"))
                .tolerating(Errno.ENOSYS, Errno.EPERM);
    }

    /** While the host's /proc is in reach: LSM label of what is executed, and the OOM score. */
    void writeProcFiles() {
        if (!process.apparmorProfile().isEmpty()) {
            context.asm().step("set AppArmor profile " + process.apparmorProfile());
            writeFile("/proc/self/attr/apparmor/exec", "exec " + process.apparmorProfile());
        }
        if (!process.selinuxLabel().isEmpty()) {
            context.asm().step("set SELinux label " + process.selinuxLabel());
            writeFile("/proc/thread-self/attr/exec", process.selinuxLabel());
        }
        // Always, for the shim's own is one that shields from the OOM killer.
        Integer given = process.oomScoreAdj();
        String score = Integer.toString(given == null ? 0 : given);
        context.asm().step("set oom_score_adj to " + score);
        OomScore.write(context, score);
    }

    private void writeFile(String path, String content) {
        context.asm()
                .scoped(
                        () -> {
                            Register file =
                                    context.calls()
                                            .openat(Calls.HERE, path, O_WRONLY | O_CLOEXEC)
                                            .result();
                            context.calls().write(file, content);
                            context.calls().close(file);
                        });
    }

    /**
     * What has to happen before a user namespace is entered: inside, limits are not raised, and
     * nobody owns the pipes that the shim made.
     */
    void prepareFromOutside() {
        process.rlimits().forEach(new ResourceLimits(context)::set);
        ownStreams();
    }

    /** From the container's root on: limits, identity, filter, execve. */
    void become(@Nullable Seccomp seccomp, SeccompFilters filters) {
        Identity identity = new Identity(context, users.isPresent());
        // A working directory must not be reached through a directory that is still open here.
        context.asm().step("close descriptors");
        context.calls().closeRange(FIRST_OWN, -1);
        if (!users.isPresent()) {
            prepareFromOutside();
        }
        Register entered = enterDirectory();
        identity.dropBounding(process.capabilities());
        identity.become(process.user());
        context.asm().ifFailed(entered, this::enterDirectoryAsUser);
        context.asm().step("set umask");
        context.asm().call(SyscallNumber.UMASK, Arg.octal(process.user().umask()));
        confine(identity, seccomp, filters);
        execute();
    }

    private void ownStreams() {
        int uid = users.hostUid(process.user());
        if (process.terminal() || uid == 0) {
            return;
        }
        context.asm().step("give the standard streams to user " + process.user().uid());
        for (int stream = 0; stream < STREAMS; stream++) {
            Immediate fd = Arg.of(stream);
            // Standard input may be the host's /dev/null, whose owner is none of our business.
            Register pipe =
                    context.asm()
                            .call(SyscallNumber.FCNTL, fd, F_GETPIPE_SZ)
                            .tolerating(Errno.EBADF)
                            .result();
            context.asm().ifSucceeded(pipe, () -> context.calls().fchown(fd, uid, -1));
        }
    }

    /** As root, who may enter what the user may not have the right to search on the way. */
    private Register enterDirectory() {
        context.asm().step("change to working directory " + cwd());
        return context.calls().chdir(cwd()).tolerating(Errno.EACCES, Errno.EPERM).result();
    }

    /** On a file system that does not trust root, as NFS. */
    private void enterDirectoryAsUser() {
        context.asm().step("change to working directory " + cwd());
        context.calls().chdir(cwd());
    }

    private String cwd() {
        return process.cwd().isEmpty() ? "/" : process.cwd();
    }

    /**
     * Capabilities and filter. Loading a filter needs either no_new_privs or CAP_SYS_ADMIN; the
     * latter is kept until then.
     */
    private void confine(Identity identity, @Nullable Seccomp seccomp, SeccompFilters filters) {
        if (process.noNewPrivileges()) {
            identity.keep(process.capabilities(), List.of());
            identity.raiseAmbient(process.capabilities());
            context.asm().step("set no_new_privs");
            context.calls().prctl(PR_SET_NO_NEW_PRIVS, Arg.of(1), Arg.of(0));
            if (seccomp != null) {
                filter(seccomp, filters);
            }
            return;
        }
        if (seccomp != null) {
            identity.keep(process.capabilities(), List.of("CAP_SYS_ADMIN"));
            filter(seccomp, filters);
        }
        identity.keep(process.capabilities(), List.of());
        identity.raiseAmbient(process.capabilities());
    }

    private void filter(Seccomp seccomp, SeccompFilters filters) {
        context.asm().step("load the seccomp filter");
        byte[] program = filters.compile(seccomp);
        long instructions = program.length / SOCK_FILTER_SIZE;
        Pointer code = context.asm().blob().structure(program, () -> "filter");
        Pointer struct =
                context.asm()
                        .blob()
                        .linked("{" + instructions + ", filter}", Arg.of(instructions), code);
        long flags = SeccompFlags.of(seccomp.flags());
        context.asm()
                .call(
                        SyscallNumber.SECCOMP,
                        SET_MODE_FILTER,
                        Arg.named(flags, String.join("|", seccomp.flags()).transform(this::orZero)),
                        struct);
    }

    private String orZero(String text) {
        return text.isEmpty() ? "0" : text;
    }

    private void execute() {
        if (process.args().isEmpty()) {
            throw new InvalidArgumentException("no command given");
        }
        context.asm().step("execute " + process.args().getFirst());
        Blob blob = context.asm().blob();
        context.asm()
                .exec(
                        candidates().map(blob::text).toList(),
                        blob.pointers(process.args().stream().map(blob::text).toList()),
                        blob.pointers(process.env().stream().map(blob::text).toList()));
    }

    /** Where execvp(3) would look. */
    private Stream<String> candidates() {
        String name = process.args().getFirst();
        if (name.contains("/") || name.isEmpty()) {
            return Stream.of(name);
        }
        String path =
                process.env().stream()
                        .filter(variable -> variable.startsWith("PATH="))
                        .map(variable -> variable.substring("PATH=".length()))
                        .filter(value -> !value.isEmpty())
                        .reduce((first, second) -> second)
                        .orElse(DEFAULT_PATH);
        return Stream.of(path.split(":", -1))
                .map(directory -> (directory.isEmpty() ? "." : directory) + "/" + name);
    }
}
