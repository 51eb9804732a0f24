package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.*;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.spec.ConsoleSize;
import io.gantry.linux.syscall.SyscallNumber;
import org.jspecify.annotations.Nullable;

/** A pseudo terminal of the container's own devpts (pty(7)). */
final class Terminal {

    private static final Immediate TIOCSPTLCK = Arg.named(0x40045431L, "TIOCSPTLCK");
    private static final Immediate TIOCGPTPEER = Arg.named(0x5441, "TIOCGPTPEER");
    private static final Immediate TIOCSWINSZ = Arg.named(0x5414, "TIOCSWINSZ");
    private static final Immediate TIOCSCTTY = Arg.named(0x540e, "TIOCSCTTY");
    private static final Immediate MSG_NOSIGNAL = Arg.named(0x4000, "MSG_NOSIGNAL");
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    /** Of struct cmsghdr and one descriptor (cmsg(3)). */
    private static final int CMSG_LENGTH = 20;

    /** The way to the shim. */
    private static final Immediate SHIM = Arg.of(3);

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
     * @param size null: none yet
     * @return the other side
     */
    Register open(Arg root, int uid, @Nullable ConsoleSize size) {
        Calls calls = context.calls();
        Assembler asm = context.asm();
        asm.step("open a terminal");
        int flags = O_RDWR | O_NOCTTY | O_CLOEXEC;
        Register master = calls.openat2(root, "/dev/pts/ptmx", flags, RESOLVE_IN_ROOT).result();
        asm.call(SyscallNumber.IOCTL, master, TIOCSPTLCK, asm.blob().structure(() -> "[0]", 0));
        Immediate peerFlags = Arg.named(flags, () -> Symbols.open(flags));
        Register peer = asm.call(SyscallNumber.IOCTL, master, TIOCGPTPEER, peerFlags).result();
        if (size != null) {
            resize(peer, size);
        }
        if (uid != 0) {
            calls.fchown(peer, uid, -1);
        }
        send(master);
        asm.call(SyscallNumber.IOCTL, peer, TIOCSCTTY, Arg.of(0));
        for (int stream = 0; stream < STREAMS; stream++) {
            calls.dup3(peer, stream, 0);
        }
        return peer;
    }

    /** By a struct winsize: lines, columns, and a size in pixels that nobody knows. */
    private void resize(Register terminal, ConsoleSize size) {
        long lines = size.height();
        Pointer fields =
                context.asm()
                        .blob()
                        .structure(
                                () -> "{" + size.height() + ", " + size.width() + "}",
                                lines | (long) size.width() << Short.SIZE);
        context.asm().call(SyscallNumber.IOCTL, terminal, TIOCSWINSZ, fields);
    }

    /** Hands the master to the shim; as descriptor 0, since the message is made beforehand. */
    private void send(Register master) {
        Blob blob = context.asm().blob();
        context.calls().dup3(master, 0, O_CLOEXEC);
        context.calls().close(master);
        Pointer rights =
                blob.structure(
                        () -> "rights", CMSG_LENGTH, SOL_SOCKET | ((long) SCM_RIGHTS << 32), 0);
        Pointer data = blob.linked("data", blob.text(""), Arg.of(1));
        Pointer message =
                blob.linked(
                        "{SCM_RIGHTS [0]}",
                        Arg.of(0),
                        Arg.of(0),
                        data,
                        Arg.of(1),
                        rights,
                        Arg.of(CMSG_LENGTH + Integer.BYTES),
                        Arg.of(0));
        context.asm().call(SyscallNumber.SENDMSG, SHIM, message, MSG_NOSIGNAL);
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
