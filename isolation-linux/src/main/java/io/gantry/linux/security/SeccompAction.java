package io.gantry.linux.security;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.syscall.Errno;
import org.jspecify.annotations.Nullable;

/** Actions of filters by name, as the kernel's return values (seccomp(2)). */
final class SeccompAction {

    private static final int SECCOMP_RET_KILL_PROCESS = 0x80000000;
    private static final int SECCOMP_RET_KILL_THREAD = 0;
    private static final int SECCOMP_RET_TRAP = 0x00030000;
    private static final int SECCOMP_RET_ERRNO = 0x00050000;
    private static final int SECCOMP_RET_TRACE = 0x7ff00000;
    private static final int SECCOMP_RET_LOG = 0x7ffc0000;
    private static final int SECCOMP_RET_ALLOW = 0x7fff0000;
    private static final int ACTION_MASK = 0xffff0000;
    private static final int DATA_MASK = 0xffff;

    private SeccompAction() {}

    static int of(String name, @Nullable Integer errno) {
        int data = (errno == null ? Errno.EPERM.number() : errno) & DATA_MASK;
        return switch (name) {
            case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> SECCOMP_RET_KILL_THREAD;
            case "SCMP_ACT_KILL_PROCESS" -> SECCOMP_RET_KILL_PROCESS;
            case "SCMP_ACT_TRAP" -> SECCOMP_RET_TRAP;
            case "SCMP_ACT_ERRNO" -> SECCOMP_RET_ERRNO | data;
            case "SCMP_ACT_TRACE" -> SECCOMP_RET_TRACE | data;
            case "SCMP_ACT_LOG" -> SECCOMP_RET_LOG;
            case "SCMP_ACT_ALLOW" -> SECCOMP_RET_ALLOW;
            default -> throw new InvalidArgumentException("unknown seccomp action: " + name);
        };
    }

    static int enosys() {
        return SECCOMP_RET_ERRNO | Errno.ENOSYS.number();
    }

    /** Whether a call that no rule is about fails, other than with ENOSYS already. */
    static boolean refuses(int defaultAction) {
        return (defaultAction & ACTION_MASK) == SECCOMP_RET_ERRNO && defaultAction != enosys();
    }
}
