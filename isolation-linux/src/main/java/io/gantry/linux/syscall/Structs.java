package io.gantry.linux.syscall;

import io.gantry.linux.syscall.FileStatus.Time;
import io.gantry.linux.syscall.ProcessCalls.KernelName;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Layouts of the kernel's structures; those used are equal on x86_64 and aarch64. */
final class Structs {

    static final int STATX_SIZE = 256;
    static final int STATX_BASIC_STATS = 0x7ff;
    static final int STATFS_LONGS = 16;
    static final int XATTR_SIZE_MAX = 65536;
    static final int UTSNAME_FIELD = 65;

    private Structs() {}

    /** struct open_how. */
    static byte[] openHow(int flags, int mode, long resolve) {
        return ByteBuffer.allocate(24)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(Integer.toUnsignedLong(flags))
                .putLong(mode)
                .putLong(resolve)
                .array();
    }

    /** struct mount_attr. */
    static byte[] mountAttributes(long set, int users) {
        return ByteBuffer.allocate(32)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(set)
                .putLong(0)
                .putLong(0)
                .putLong(users)
                .array();
    }

    /** struct timespec[2]. */
    static long[] times(Time accessed, Time modified) {
        return new long[] {
            accessed.seconds(), accessed.nanos(), modified.seconds(), modified.nanos()
        };
    }

    static FileStatus fileStatus(byte[] statx) {
        ByteBuffer b = ByteBuffer.wrap(statx).order(ByteOrder.LITTLE_ENDIAN);
        return new FileStatus(
                b.getShort(28) & 0xffff,
                b.getInt(16),
                b.getInt(20),
                b.getInt(24),
                b.getLong(32),
                b.getLong(40),
                b.getLong(48),
                FileStatus.makedev(b.getInt(136), b.getInt(140)),
                FileStatus.makedev(b.getInt(128), b.getInt(132)),
                time(b, 64),
                time(b, 112),
                time(b, 96));
    }

    private static Time time(ByteBuffer b, int at) {
        return new Time(b.getLong(at), Integer.toUnsignedLong(b.getInt(at + 8)));
    }

    static FileSystemStatus fileSystemStatus(long[] f) {
        return new FileSystemStatus(f[0], f[1], f[2], f[3], f[4], f[5], f[6]);
    }

    /** Strings that each end with a NUL. */
    static List<CString> names(byte[] list, int size) {
        List<CString> names = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < size; i++) {
            if (list[i] == 0) {
                names.add(CString.of(Arrays.copyOfRange(list, start, i)));
                start = i + 1;
            }
        }
        return names;
    }

    /** struct utsname: sysname, nodename, release, version, machine, domainname. */
    static KernelName kernelName(byte[] utsname) {
        return new KernelName(field(utsname, 2), field(utsname, 3), field(utsname, 4));
    }

    private static String field(byte[] utsname, int index) {
        int start = index * UTSNAME_FIELD;
        int end = start;
        while (utsname[end] != 0) {
            end++;
        }
        return new String(utsname, start, end - start, StandardCharsets.UTF_8);
    }
}
