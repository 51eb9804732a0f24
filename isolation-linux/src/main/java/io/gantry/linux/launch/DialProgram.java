package io.gantry.linux.launch;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.SyscallNumber;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A connection out of a pod's network namespace: a copy of the shim connects, then waits until
 * somebody has taken its socket and kills it. Nobody does when the daemon dies; so it ends by
 * itself.
 */
final class DialProgram {

    /** Number of the connected socket. */
    static final int SOCKET = 10;

    private static final Immediate AF_INET = Arg.named(2, "AF_INET");
    private static final Immediate AF_INET6 = Arg.named(10, "AF_INET6");
    private static final Immediate SOCK_STREAM = Arg.named(0x80001, "SOCK_STREAM|SOCK_CLOEXEC");
    private static final Immediate SOL_SOCKET = Arg.named(1, "SOL_SOCKET");
    private static final Immediate SO_SNDTIMEO = Arg.named(21, "SO_SNDTIMEO");
    private static final Immediate F_SETFL = Arg.named(4, "F_SETFL");
    private static final Immediate O_NONBLOCK = Arg.named(0x800, "O_NONBLOCK");
    private static final Immediate NULL = Arg.named(0, "NULL");
    private static final int TIMEVAL_SIZE = 16;
    private static final int SOCKADDR_IN_SIZE = 16;
    private static final int SOCKADDR_IN6_SIZE = 28;
    private static final int PORT_AT = 2;
    private static final int ADDRESS_AT = 4;
    private static final int ADDRESS6_AT = 8;
    private static final long SIGSET_SIZE = 8;

    /** connect(2) takes as long where nobody answers, and no longer. */
    private static final int CONNECT_SECONDS = 10;

    private static final int WAIT_SECONDS = 5;

    /** Standard streams and the way to the shim. */
    private static final int LAST_OF_THE_SHIM = 3;

    private static final Immediate SHIM = Arg.of(LAST_OF_THE_SHIM);

    private final Context context;
    private final InetAddress address;
    private final int port;

    DialProgram(Context context, InetAddress address, int port) {
        this.context = context;
        this.address = address;
        this.port = port;
    }

    LaunchProgram compile() {
        Assembler asm = context.asm();
        boolean v6 = address instanceof Inet6Address;
        asm.step("connect to " + shown() + " in the pod");
        Register socket =
                asm.call(SyscallNumber.SOCKET, v6 ? AF_INET6 : AF_INET, SOCK_STREAM, Arg.of(0))
                        .result();
        setTimeout(socket, CONNECT_SECONDS);
        asm.call(
                SyscallNumber.CONNECT,
                socket,
                sockaddr(v6),
                Arg.of(v6 ? SOCKADDR_IN6_SIZE : SOCKADDR_IN_SIZE));
        setTimeout(socket, 0);
        asm.call(SyscallNumber.FCNTL, socket, F_SETFL, O_NONBLOCK);
        context.calls().dup3(socket, SOCKET, OpenFlags.O_CLOEXEC);
        context.calls().close(socket);
        asm.step("wait to be taken");
        // A shim that ended before does not hear this.
        context.calls().write(SHIM, "\n");
        context.calls().closeRange(0, LAST_OF_THE_SHIM).last();
        asm.call(
                        SyscallNumber.PPOLL,
                        NULL,
                        Arg.of(0),
                        asm.blob().structure(() -> "{" + WAIT_SECONDS + " s}", WAIT_SECONDS, 0),
                        NULL,
                        Arg.of(SIGSET_SIZE))
                .last();
        asm.call(SyscallNumber.EXIT_GROUP, Arg.of(0)).last();
        return asm.assemble();
    }

    private void setTimeout(Register socket, int seconds) {
        context.asm()
                .call(
                        SyscallNumber.SETSOCKOPT,
                        socket,
                        SOL_SOCKET,
                        SO_SNDTIMEO,
                        context.asm().blob().structure(() -> "{" + seconds + " s}", seconds, 0),
                        Arg.of(TIMEVAL_SIZE));
    }

    /** sockaddr_in of ip(7), or sockaddr_in6 of ipv6(7). */
    private Pointer sockaddr(boolean v6) {
        ByteBuffer bytes = ByteBuffer.allocate(v6 ? SOCKADDR_IN6_SIZE : SOCKADDR_IN_SIZE);
        bytes.order(ByteOrder.LITTLE_ENDIAN).putShort((short) (v6 ? AF_INET6 : AF_INET).value());
        bytes.order(ByteOrder.BIG_ENDIAN).putShort(PORT_AT, (short) port);
        bytes.put(v6 ? ADDRESS6_AT : ADDRESS_AT, address.getAddress());
        return context.asm().blob().structure(bytes.array(), () -> "{" + shown() + "}");
    }

    private String shown() {
        String host = address.getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
