package io.gantry.linux.launch;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.launch.Arg.Pointer;
import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.spec.Process.Rlimit;
import io.gantry.linux.syscall.SyscallNumber;
import java.util.List;

/**
 * Resource limits (getrlimit(2)). Where the daemon may not raise hard limits, its own are the most
 * that a container gets.
 */
final class ResourceLimits {

    /** In the order of their numbers; equal on x86_64 and aarch64. */
    private static final List<String> NAMES =
            List.of(
                    "RLIMIT_CPU",
                    "RLIMIT_FSIZE",
                    "RLIMIT_DATA",
                    "RLIMIT_STACK",
                    "RLIMIT_CORE",
                    "RLIMIT_RSS",
                    "RLIMIT_NPROC",
                    "RLIMIT_NOFILE",
                    "RLIMIT_MEMLOCK",
                    "RLIMIT_AS",
                    "RLIMIT_LOCKS",
                    "RLIMIT_SIGPENDING",
                    "RLIMIT_MSGQUEUE",
                    "RLIMIT_NICE",
                    "RLIMIT_RTPRIO",
                    "RLIMIT_RTTIME");

    private final Context context;

    ResourceLimits(Context context) {
        this.context = context;
    }

    void set(Rlimit limit) {
        int number = NAMES.indexOf(limit.type());
        if (number < 0) {
            throw new InvalidArgumentException("unknown resource limit: " + limit.type());
        }
        context.asm().step("set " + limit.type() + " to " + limit.soft() + ":" + limit.hard());
        long hard =
                mayRaise() ? limit.hard() : least(limit.hard(), context.host().hardLimit(number));
        long soft = least(limit.soft(), hard);
        Pointer struct =
                context.asm().blob().structure(() -> "{" + soft + ", " + hard + "}", soft, hard);
        Arg resource = Arg.named(number, limit.type());
        context.asm()
                .call(SyscallNumber.PRLIMIT64, Arg.of(0), resource, struct, Arg.named(0, "NULL"));
    }

    private boolean mayRaise() {
        long needed = CapabilityNames.mask(List.of("CAP_SYS_RESOURCE"));
        return (context.host().capabilities() & needed) != 0;
    }

    private static long least(long one, long other) {
        return Long.compareUnsigned(one, other) <= 0 ? one : other;
    }
}
