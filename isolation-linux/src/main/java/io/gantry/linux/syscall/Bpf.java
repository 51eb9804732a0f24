package io.gantry.linux.syscall;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/** The bpf(2) call: commands and union bpf_attr, equal on all machines. */
final class Bpf {

    private static final int PROG_LOAD = 5;
    private static final int PROG_ATTACH = 8;
    private static final int PROG_TYPE_CGROUP_DEVICE = 15;
    private static final int ATTACH_CGROUP_DEVICE = 6;
    private static final int F_ALLOW_MULTI = 2;

    private static final int ATTR_SIZE = 48;
    private static final int INSN_SIZE = 8;
    private static final byte[] LICENSE = "Apache-2.0\0".getBytes(StandardCharsets.US_ASCII);

    private Bpf() {}

    static int loadCgroupDevice(byte[] instructions) throws ErrnoException {
        try (Memory code = copy(instructions);
                Memory license = copy(LICENSE);
                Memory attr = attr()) {
            attr.setInt(0, PROG_TYPE_CGROUP_DEVICE);
            attr.setInt(4, instructions.length / INSN_SIZE);
            attr.setPointer(8, code);
            attr.setPointer(16, license);
            return call(PROG_LOAD, attr, "BPF_PROG_LOAD");
        }
    }

    static void attachCgroupDevice(int cgroupFd, int programFd) throws ErrnoException {
        try (Memory attr = attr()) {
            attr.setInt(0, cgroupFd);
            attr.setInt(4, programFd);
            attr.setInt(8, ATTACH_CGROUP_DEVICE);
            attr.setInt(12, F_ALLOW_MULTI);
            call(PROG_ATTACH, attr, "BPF_PROG_ATTACH");
        }
    }

    private static int call(int command, Memory attr, String name) throws ErrnoException {
        long nr = SyscallNumber.BPF.on(Architecture.current());
        while (true) {
            long at = Pointer.nativeValue(attr);
            long result = Libc.syscall(nr, command, at, ATTR_SIZE, 0, 0, 0);
            if (result >= 0) {
                return (int) result;
            }
            int errno = Native.getLastError();
            // The verifier gives way to signals, of which a JVM has many.
            if (errno != Errno.EAGAIN.number() && errno != Errno.EINTR.number()) {
                throw new ErrnoException("bpf", name, errno);
            }
        }
    }

    private static Memory attr() {
        Memory attr = new Memory(ATTR_SIZE);
        attr.clear();
        return attr;
    }

    private static Memory copy(byte[] bytes) {
        Memory memory = new Memory(bytes.length);
        memory.write(0, bytes, 0, bytes.length);
        return memory;
    }
}
