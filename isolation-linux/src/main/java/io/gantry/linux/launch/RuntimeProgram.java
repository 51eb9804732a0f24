package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_DIRECTORY;
import static io.gantry.linux.syscall.OpenFlags.O_PATH;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SyscallNumber;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A process that an OCI runtime starts. The runtime runs as a child of this process, which is the
 * nearest that takes in orphans: what the runtime leaves behind becomes its child, and, once this
 * process has told the shim its pid and ended, the shim's. Since this one has a single thread, both
 * happen at once: the shim never sees the end of the one before that of the other.
 */
final class RuntimeProgram {

    private static final Immediate PR_SET_CHILD_SUBREAPER = Arg.named(36, "PR_SET_CHILD_SUBREAPER");
    private static final Immediate AF_UNIX = Arg.named(1, "AF_UNIX");
    private static final Immediate SOCK_STREAM =
            Arg.named(0x80801, "SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK");
    private static final Immediate SOCK_CLOEXEC = Arg.named(0x80000, "SOCK_CLOEXEC");
    private static final Immediate MSG_CMSG_CLOEXEC = Arg.named(0x40000000, "MSG_CMSG_CLOEXEC");
    private static final Immediate MSG_NOSIGNAL = Arg.named(0x4000, "MSG_NOSIGNAL");
    private static final Immediate WALL = Arg.named(0x40000000, "__WALL");
    private static final Immediate NULL = Arg.named(0, "NULL");
    private static final int SIGCHLD = 17;
    private static final int UNKNOWN = 255;

    /** CLONE_ARGS_SIZE_VER0 of clone3(2). */
    private static final int CLONE_ARGS_SIZE = 64;

    private static final int PRIVATE = 0177;
    private static final int USUAL = 022;
    private static final int SUN_PATH_SIZE = 108;

    /** Digits of a pid, the zero that ends them, and more than the one byte that means nothing. */
    private static final int PID_SIZE = 16;

    /** Of struct cmsghdr with one descriptor (cmsg(3)). */
    private static final int RIGHTS_SIZE = 24;

    private static final int OPEN_HOW_SIZE = 24;
    private static final int MODE_AT = 8;

    /** The way to the shim. */
    private static final Immediate SHIM = Arg.of(3);

    private final Context context;
    private final RuntimeCall runtime;
    private final Pointer pid;
    private final Pointer rights;

    RuntimeProgram(Context context, RuntimeCall runtime) {
        this.context = context;
        this.runtime = runtime;
        this.pid = context.asm().blob().room("pid", 0, 0);
        this.rights = context.asm().blob().room("rights", 0, 0, 0);
    }

    LaunchProgram compile(RuntimeBundle bundle) {
        String root = bundle.root().toString();
        StagedMounts aside =
                new StagedMounts(context, UserNamespace.none(context), root, bundle.label());
        bundle.volumes()
                .forEach((onto, mount) -> context.asm().scoped(() -> attach(aside, mount, onto)));
        for (Mount mount : bundle.rootfs()) {
            context.asm().step("mount root file system (" + mount.type() + ")");
            new PathMount(context, root).mount(mount.labelled(bundle.label()));
        }
        context.asm().step("become the parent of orphans");
        context.calls().prctl(PR_SET_CHILD_SUBREAPER, Arg.of(1), Arg.of(0));
        Optional<Register> listener = runtime.console().map(this::listen);
        run();
        listener.ifPresent(this::takeTerminal);
        handOver();
        return context.asm().assemble();
    }

    private void attach(StagedMounts aside, SpecMount mount, Path onto) {
        Register clone = aside.make(mount);
        int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
        Register directory = context.calls().openat(Calls.HERE, onto.toString(), flags).result();
        context.calls().moveMount(clone, directory);
        context.calls().close(directory);
        context.calls().close(clone);
    }

    private Register listen(Path path) {
        Assembler asm = context.asm();
        asm.step("listen on " + path + " for a terminal");
        Register socket = asm.call(SyscallNumber.SOCKET, AF_UNIX, SOCK_STREAM, Arg.of(0)).result();
        asm.call(SyscallNumber.UMASK, Arg.octal(PRIVATE));
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer address = ByteBuffer.allocate(Short.BYTES + SUN_PATH_SIZE);
        address.order(ByteOrder.LITTLE_ENDIAN).putShort((short) AF_UNIX.value()).put(name);
        asm.call(
                SyscallNumber.BIND,
                socket,
                asm.blob().structure(address.array(), () -> "{" + path + "}"),
                Arg.of(address.capacity()));
        asm.call(SyscallNumber.UMASK, Arg.octal(USUAL));
        asm.call(SyscallNumber.LISTEN, socket, Arg.of(1));
        return socket;
    }

    /**
     * fork(2), execve(2) in the child, wait4(2) in the parent, which a child has no child for. Then
     * the pid is read, by a call that refuses a mode other than 0 where no file is made: the exit
     * status.
     */
    private void run() {
        Assembler asm = context.asm();
        Blob blob = asm.blob();
        Pointer how = blob.room("{O_CLOEXEC, status}", O_CLOEXEC, 0, 0);
        Pointer status = new Pointer(how.offset() + MODE_AT, () -> "status");
        asm.step("run " + runtime.argv().getFirst());
        Register child =
                asm.call(
                                SyscallNumber.CLONE3,
                                blob.structure(() -> "{SIGCHLD}", 0, 0, 0, 0, SIGCHLD, 0, 0, 0),
                                Arg.of(CLONE_ARGS_SIZE))
                        .result();
        Register waited =
                asm.call(SyscallNumber.WAIT4, child, status, WALL, NULL)
                        .tolerating(Errno.ECHILD)
                        .result();
        asm.ifFailed(waited, this::execute);
        asm.step(runtime.name());
        Register file =
                asm.call(
                                SyscallNumber.OPENAT2,
                                Calls.HERE,
                                blob.text(runtime.pidFile().toString()),
                                how,
                                Arg.of(OPEN_HOW_SIZE))
                        .result();
        asm.call(SyscallNumber.READ, file, pid, Arg.of(PID_SIZE - 1));
        context.calls().close(file);
    }

    private void execute() {
        Blob blob = context.asm().blob();
        context.asm()
                .call(
                        SyscallNumber.EXECVE,
                        blob.text(runtime.argv().getFirst()),
                        blob.pointers(runtime.argv().stream().map(blob::text).toList()),
                        blob.pointers(List.of(blob.text("PATH=" + ProcessTail.DEFAULT_PATH))));
    }

    private void takeTerminal(Register listener) {
        Assembler asm = context.asm();
        asm.step("take the terminal of " + runtime.name());
        Register connection =
                asm.call(SyscallNumber.ACCEPT4, listener, NULL, NULL, SOCK_CLOEXEC).result();
        Pointer byteRead = asm.blob().room("byte", 0);
        Pointer into = message("{byte, rights}", byteRead, 1, true);
        asm.call(SyscallNumber.RECVMSG, connection, into, MSG_CMSG_CLOEXEC);
    }

    /**
     * Says the pid, with the terminal, and ends when that is heard. Its own exit status counts when
     * the process is gone, and nobody knows how.
     */
    private void handOver() {
        Assembler asm = context.asm();
        asm.step("hand the process over to the shim");
        boolean terminal = runtime.console().isPresent();
        String shown = terminal ? "{pid, rights}" : "{pid}";
        asm.call(
                SyscallNumber.SENDMSG, SHIM, message(shown, pid, PID_SIZE, terminal), MSG_NOSIGNAL);
        asm.call(SyscallNumber.READ, SHIM, pid, Arg.of(1)).last();
        asm.call(SyscallNumber.EXIT_GROUP, Arg.of(UNKNOWN)).last();
    }

    /** struct msghdr of recvmsg(2) and sendmsg(2). */
    private Pointer message(String shown, Pointer bytes, int size, boolean withRights) {
        Blob blob = context.asm().blob();
        Pointer vector = blob.linked(shown, bytes, Arg.of(size));
        return blob.linked(
                shown,
                Arg.of(0),
                Arg.of(0),
                vector,
                Arg.of(1),
                withRights ? rights : Arg.of(0),
                Arg.of(withRights ? RIGHTS_SIZE : 0),
                Arg.of(0));
    }
}
