package io.gantry.linux.shim;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Launch programs assembled by hand, so that the shim is tested without their compiler. */
final class TestPrograms {

    static final int IMMEDIATE = 0;
    static final int POINTER = 1;
    static final int REGISTER = 2;

    private static final int NONE = 0xffff;
    private static final long NULL = -1;

    /** System call numbers of the machine the tests run on. */
    private static final boolean X86 = System.getProperty("os.arch").equals("amd64");

    private static final int OPENAT = X86 ? 257 : 56;
    private static final int DUP3 = X86 ? 292 : 24;
    private static final int IOCTL = X86 ? 16 : 29;
    private static final int SETSID = X86 ? 112 : 157;
    private static final int GETPID = X86 ? 39 : 172;
    private static final int CHDIR = X86 ? 80 : 49;
    private static final int SETNS = X86 ? 308 : 268;
    private static final int EXECVE = X86 ? 59 : 221;
    private static final int SENDMSG = X86 ? 46 : 211;
    private static final int CLOSE_RANGE = 436;
    private static final int PPOLL = X86 ? 271 : 73;

    private static final int TIOCSPTLCK = 0x40045431;
    private static final int TIOCGPTPEER = 0x5441;
    private static final int TIOCSCTTY = 0x540e;

    private final ByteArrayOutputStream ops = new ByteArrayOutputStream();
    private final ByteArrayOutputStream blob = new ByteArrayOutputStream();
    private final List<Integer> relocations = new ArrayList<>();
    private int count;

    private TestPrograms() {}

    /** Becomes the first of {@code argv}, with PATH and nothing else in its environment. */
    static byte[] execute(String... argv) {
        return new TestPrograms().exec(argv).finish();
    }

    /** Becomes {@code sh -c script}. */
    static byte[] shell(String script) {
        return execute("/bin/sh", "-c", script);
    }

    /** As {@link #shell} of a shell with job control, leading a session of its own. */
    static byte[] shellInSession(String script) {
        return new TestPrograms().syscall(NONE, SETSID).exec("/bin/bash", "-c", script).finish();
    }

    /** As {@link #shell}, on a new pseudo terminal. */
    static byte[] shellOnTerminal(String script) {
        TestPrograms program = new TestPrograms();
        int ptmx = program.string("/dev/ptmx");
        int unlocked = program.number(0);
        program.syscall(NONE, SETSID)
                .syscall(1, OPENAT, arg(IMMEDIATE, -100), arg(POINTER, ptmx), arg(IMMEDIATE, 2))
                .syscall(
                        NONE,
                        IOCTL,
                        arg(REGISTER, 1),
                        arg(IMMEDIATE, TIOCSPTLCK),
                        arg(POINTER, unlocked))
                .syscall(2, IOCTL, arg(REGISTER, 1), arg(IMMEDIATE, TIOCGPTPEER), arg(IMMEDIATE, 2))
                .syscall(NONE, DUP3, arg(REGISTER, 1), arg(IMMEDIATE, 0))
                .syscall(NONE, SENDMSG, arg(IMMEDIATE, 3), arg(POINTER, program.rights()));
        for (int fd = 0; fd <= 2; fd++) {
            program.syscall(NONE, DUP3, arg(REGISTER, 2), arg(IMMEDIATE, fd));
        }
        return program.syscall(NONE, IOCTL, arg(IMMEDIATE, 0), arg(IMMEDIATE, TIOCSCTTY))
                .exec("/bin/sh", "-c", script)
                .finish();
    }

    /** Enters the mount namespace of the exec's target, then becomes {@code sh -c script}. */
    static byte[] shellInTarget(String script) {
        return new TestPrograms()
                .syscall(NONE, SETNS, arg(REGISTER, 0), arg(IMMEDIATE, 0x20000))
                .exec("/bin/sh", "-c", script)
                .finish();
    }

    /** Fails at op 1. */
    static byte[] failing() {
        TestPrograms program = new TestPrograms();
        int path = program.string("/nonexistent");
        return program.syscall(NONE, GETPID).syscall(NONE, CHDIR, arg(POINTER, path)).finish();
    }

    /** Stays what it is, without descriptors. */
    static byte[] silence() {
        return new TestPrograms()
                .op(CLOSE_RANGE, NONE, true, arg(IMMEDIATE, 0), arg(IMMEDIATE, 0xffffffffL))
                .op(PPOLL, NONE, true)
                .finish();
    }

    /** A byte and descriptor 0, as sendmsg(2) takes them. */
    private int rights() {
        int control = number(20);
        number(1L << 32 | 1);
        number(0);
        int data = link(string("."));
        number(1);
        int message = number(0);
        number(0);
        link(data);
        number(1);
        link(control);
        number(24);
        number(0);
        return message;
    }

    private int link(int target) {
        relocations.add(number(target));
        return relocations.getLast();
    }

    /** Does nothing. */
    static byte[] setUp() {
        return new TestPrograms().finish();
    }

    private record Argument(int kind, long value) {}

    private static Argument arg(int kind, long value) {
        return new Argument(kind, value);
    }

    private TestPrograms syscall(int dest, int number, Argument... arguments) {
        return op(number, dest, false, arguments);
    }

    private TestPrograms op(int number, int dest, boolean last, Argument... arguments) {
        ByteBuffer op = ByteBuffer.allocate(72).order(ByteOrder.LITTLE_ENDIAN);
        op.putInt(number).putShort((short) dest).put(13, (byte) (last ? 1 : 0));
        for (int i = 0; i < arguments.length; i++) {
            op.put(6 + i, (byte) arguments[i].kind());
            op.putLong(24 + 8 * i, arguments[i].value());
        }
        ops.writeBytes(op.array());
        count++;
        return this;
    }

    private TestPrograms exec(String... argv) {
        List<Long> pointers = new ArrayList<>();
        for (String argument : argv) {
            pointers.add((long) string(argument));
        }
        long path = string("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        return op(
                EXECVE,
                NONE,
                true,
                arg(POINTER, pointers.getFirst()),
                arg(POINTER, array(pointers)),
                arg(POINTER, array(List.of(path))));
    }

    private int string(String text) {
        int at = blob.size();
        blob.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        blob.write(0);
        return at;
    }

    private int number(long value) {
        while (blob.size() % 8 != 0) {
            blob.write(0);
        }
        int at = blob.size();
        blob.writeBytes(
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
        return at;
    }

    private int array(List<Long> pointers) {
        int at = -1;
        for (long pointer : pointers) {
            relocations.add(number(pointer));
            at = at < 0 ? relocations.getLast() : at;
        }
        relocations.add(number(NULL));
        return at;
    }

    private byte[] finish() {
        number(0);
        ByteBuffer program =
                ByteBuffer.allocate(20 + ops.size() + 4 * relocations.size() + blob.size())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(0x32504c47)
                        .putInt(count)
                        .putInt(relocations.size())
                        .putInt(blob.size())
                        .putInt(8)
                        .put(ops.toByteArray());
        relocations.forEach(program::putInt);
        return program.put(blob.toByteArray()).array();
    }
}
