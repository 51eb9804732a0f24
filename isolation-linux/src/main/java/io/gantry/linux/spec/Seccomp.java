package io.gantry.linux.spec;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A system call filter.
 *
 * @param defaultAction as SCMP_ACT_ERRNO
 * @param defaultErrnoRet errno of the default action; null: EPERM
 * @param architectures as SCMP_ARCH_X86_64
 * @param flags as SECCOMP_FILTER_FLAG_LOG
 * @param syscalls rules
 */
public record Seccomp(
        String defaultAction,
        @Nullable Integer defaultErrnoRet,
        List<String> architectures,
        List<String> flags,
        List<Rule> syscalls) {

    public Seccomp {
        architectures = List.copyOf(architectures);
        flags = List.copyOf(flags);
        syscalls = List.copyOf(syscalls);
    }

    /** What to do about some system calls. */
    public record Rule(
            List<String> names, String action, @Nullable Integer errnoRet, List<Arg> args) {
        public Rule {
            names = List.copyOf(names);
            args = List.copyOf(args);
        }
    }

    /**
     * A comparison with an argument.
     *
     * @param index 0 to 5
     * @param op as SCMP_CMP_MASKED_EQ
     */
    public record Arg(int index, long value, long valueTwo, String op) {}
}
