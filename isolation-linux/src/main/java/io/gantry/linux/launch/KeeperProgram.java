package io.gantry.linux.launch;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.syscall.CloneFlags;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.Set;

/**
 * A copy of the shim in new namespaces, which does nothing. A user namespace is born with a process
 * only, and the shim, once in it, could not come back. Nobody kills it when the daemon dies; so it
 * ends by itself.
 */
final class KeeperProgram {

    private static final Immediate PR_SET_NAME = Arg.named(15, "PR_SET_NAME");
    private static final Immediate NULL = Arg.named(0, "NULL");
    private static final long SIGSET_SIZE = 8;
    private static final int SECONDS = 60;

    /** The way to the shim. */
    private static final Immediate SHIM = Arg.of(3);

    private final Context context;

    KeeperProgram(Context context) {
        this.context = context;
    }

    Launch compile(Set<NamespaceType> created) {
        Assembler asm = context.asm();
        asm.step("keep a user namespace");
        context.calls().prctl(PR_SET_NAME, asm.blob().text("gantry-users"), Arg.of(0));
        // A shim that ended before does not hear this.
        context.calls().write(SHIM, "\n");
        context.calls().closeRange(0, -1).last();
        asm.call(
                        SyscallNumber.PPOLL,
                        NULL,
                        Arg.of(0),
                        asm.blob().structure(() -> "{" + SECONDS + " s}", SECONDS, 0),
                        NULL,
                        Arg.of(SIGSET_SIZE))
                .last();
        asm.call(SyscallNumber.EXIT_GROUP, Arg.of(0)).last();
        long flags =
                created.stream()
                        .mapToLong(Namespaces::flag)
                        .reduce(CloneFlags.CLONE_NEWUSER, (one, other) -> one | other);
        return new Launch(asm.assemble(), flags);
    }
}
