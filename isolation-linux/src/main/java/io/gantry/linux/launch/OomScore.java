package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;

import io.gantry.linux.launch.Arg.Register;
import io.gantry.linux.syscall.Errno;

/** /proc/self/oom_score_adj, which without CAP_SYS_RESOURCE does not go below where it was. */
final class OomScore {

    private OomScore() {}

    static void write(Context context, String score) {
        context.asm()
                .scoped(
                        () -> {
                            Register file =
                                    context.calls()
                                            .openat(
                                                    Calls.HERE,
                                                    "/proc/self/oom_score_adj",
                                                    O_WRONLY | O_CLOEXEC)
                                            .result();
                            context.calls()
                                    .write(file, score)
                                    .tolerating(Errno.EACCES, Errno.EPERM);
                            context.calls().close(file);
                        });
    }
}
