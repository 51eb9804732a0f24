package io.gantry.linux.security;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.SeccompLibrary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Adds the rules of a profile to a context of libseccomp. */
final class SeccompRules {

    /** libseccomp's token for the machine that it runs on. */
    private static final int NATIVE = 0;

    private static final int COMPARISON_SIZE = 24;
    private static final int MAX_INDEX = 5;

    private final SeccompLibrary library;
    private final long context;
    private final int defaultAction;

    SeccompRules(SeccompLibrary library, long context, int defaultAction) {
        this.library = library;
        this.context = context;
        this.defaultAction = defaultAction;
    }

    void add(Seccomp.Rule rule) {
        int action = SeccompAction.of(rule.action(), rule.errnoRet());
        if (action == defaultAction) {
            // libseccomp refuses what changes nothing.
            return;
        }
        for (String name : rule.names()) {
            int syscall = library.seccomp_syscall_resolve_name_arch(NATIVE, CString.of(name));
            if (syscall != SeccompLibrary.NR_SCMP_ERROR) {
                add(action, syscall, name, rule.args());
            }
        }
    }

    private void add(int action, int syscall, String name, List<Seccomp.Arg> args) {
        long distinct = args.stream().mapToInt(Seccomp.Arg::index).distinct().count();
        if (distinct == args.size()) {
            addOne(action, syscall, name, args);
        } else {
            // libseccomp compares an argument once per rule: as with runc, one of them is enough.
            args.forEach(arg -> addOne(action, syscall, name, List.of(arg)));
        }
    }

    private void addOne(int action, int syscall, String name, List<Seccomp.Arg> args) {
        byte[] comparisons = comparisons(args);
        int result =
                library.seccomp_rule_add_array(context, action, syscall, args.size(), comparisons);
        if (result != 0) {
            throw new InvalidArgumentException(
                    "seccomp rule for " + name + ": " + Errno.describe(-result));
        }
    }

    /** struct scmp_arg_cmp[]: u32 argument, u32 operator, u64 and u64 operands. */
    private static byte[] comparisons(List<Seccomp.Arg> args) {
        byte[] bytes = new byte[Math.max(1, args.size()) * COMPARISON_SIZE];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (Seccomp.Arg arg : args) {
            if (arg.index() < 0 || arg.index() > MAX_INDEX) {
                throw new InvalidArgumentException("seccomp argument index " + arg.index());
            }
            buffer.putInt(arg.index()).putInt(operator(arg.op()));
            buffer.putLong(arg.value()).putLong(arg.valueTwo());
        }
        return bytes;
    }

    private static int operator(String name) {
        return switch (name) {
            case "SCMP_CMP_NE" -> 1;
            case "SCMP_CMP_LT" -> 2;
            case "SCMP_CMP_LE" -> 3;
            case "SCMP_CMP_EQ" -> 4;
            case "SCMP_CMP_GE" -> 5;
            case "SCMP_CMP_GT" -> 6;
            case "SCMP_CMP_MASKED_EQ" -> 7;
            default -> throw new InvalidArgumentException("unknown seccomp operator: " + name);
        };
    }
}
