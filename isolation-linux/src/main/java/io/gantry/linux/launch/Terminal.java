package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.SyscallNumber;

/** A pseudo terminal of the container's own devpts (pty(7)). */
final class Terminal {

    private static final Immediate TIOCSPTLCK = Arg.named(0x40045431L, "TIOCSPTLCK");
    private static final Immediate TIOCGPTPEER = Arg.named(0x5441, "TIOCGPTPEER");
    private static final Immediate TIOCSCTTY = Arg.named(0x540e, "TIOCSCTTY");
    private static final int STREAMS = 3;

    private final Context context;

    Terminal(Context context) {
        this.context = context;
    }

    /**
     * Makes one, hands its master to the shim, and makes its other side the controlling terminal
     * and the standard streams of this process.
     *
     * @param root where /dev/pts is looked up
     * @return the other side
     */
    Register open(Arg root, int uid) {
        Calls calls = context.calls();
        Assembler asm = context.asm();
        asm.step("open a terminal");
        int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
        Register master = calls.openat2(root, "/dev/pts/ptmx", flags, RESOLVE_IN_ROOT).result();
        asm.call(SyscallNumber.IOCTL, master, TIOCSPTLCK, asm.blob().structure("[0]", 0));
        Immediate peerFlags = Arg.named(flags, Symbols.open(flags));
        Register peer = asm.call(SyscallNumber.IOCTL, master, TIOCGPTPEER, peerFlags).result();
        if (uid != 0) {
            calls.fchown(peer, uid, -1);
        }
        asm.sendFd(master);
        calls.close(master);
        asm.call(SyscallNumber.IOCTL, peer, TIOCSCTTY, Arg.of(0));
        for (int stream = 0; stream < STREAMS; stream++) {
            calls.dup3(peer, stream, 0);
        }
        return peer;
    }

    /** Shows the terminal as /dev/console as well. */
    void bindConsole(Register peer, MountPoints points) {
        Calls calls = context.calls();
        context.asm().step("mount the terminal on /dev/console");
        Register clone = calls.openTree(peer, "", AT_EMPTY_PATH).result();
        Register console = points.file("/dev/console");
        calls.moveMount(clone, console);
        calls.close(clone);
        calls.close(console);
    }
}
