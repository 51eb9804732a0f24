package io.gantry.linux.launch;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.syscall.SyscallNumber;

/**
 * PID 1 of a pod. It executes nothing: a copy of the shim without rights waits for ever. No signal
 * from its namespace reaches it, and with SIGCHLD ignored the kernel reaps for it.
 */
final class ReaperProgram {

    private static final Immediate PR_SET_PDEATHSIG = Arg.named(1, "PR_SET_PDEATHSIG");
    private static final Immediate PR_SET_NAME = Arg.named(15, "PR_SET_NAME");
    private static final Immediate PR_SET_NO_NEW_PRIVS = Arg.named(38, "PR_SET_NO_NEW_PRIVS");
    private static final Immediate SIGCHLD = Arg.named(17, "SIGCHLD");
    private static final Immediate SIGKILL = Arg.named(9, "SIGKILL");
    private static final Immediate NULL = Arg.named(0, "NULL");
    private static final int SIG_IGN = 1;
    private static final long SIGSET_SIZE = 8;
    private static final long CAPABILITY_VERSION_3 = 0x20080522;

    /** The way to the shim. */
    private static final Immediate SHIM = Arg.of(3);

    private final Context context;

    ReaperProgram(Context context) {
        this.context = context;
    }

    Launch compile() {
        Assembler asm = context.asm();
        Blob blob = asm.blob();
        asm.step("become the reaper");
        context.calls().prctl(PR_SET_NAME, blob.text("gantry-init"), Arg.of(0));
        asm.call(
                SyscallNumber.RT_SIGACTION,
                SIGCHLD,
                blob.structure(() -> "{SIG_IGN}", SIG_IGN, 0, 0, 0),
                NULL,
                Arg.of(SIGSET_SIZE));
        confine();
        asm.step("end with the shim");
        // After the capabilities, whose change could clear it (prctl(2)).
        context.calls().prctl(PR_SET_PDEATHSIG, SIGKILL, Arg.of(0));
        // A shim that ended before does not hear this.
        context.calls().write(SHIM, "\n");
        // Its silence says that it is there.
        context.calls().closeRange(0, -1).last();
        asm.call(SyscallNumber.PPOLL, NULL, Arg.of(0), NULL, NULL, Arg.of(SIGSET_SIZE)).last();
        return new Launch(asm.assemble(), Namespaces.flag(NamespaceType.PID));
    }

    private void confine() {
        Assembler asm = context.asm();
        asm.step("confine the reaper");
        // A directory that is empty for everybody once this process has no /proc of its own.
        asm.call(SyscallNumber.CHROOT, asm.blob().text("/proc/self/fdinfo"));
        context.calls().chdir("/");
        context.calls().prctl(PR_SET_NO_NEW_PRIVS, Arg.of(1), Arg.of(0));
        asm.call(
                SyscallNumber.CAPSET,
                asm.blob().structure(() -> "{v3, 0}", CAPABILITY_VERSION_3),
                asm.blob().structure(() -> "{0}", 0, 0, 0));
    }
}
