package io.gantry.linux.launch;

import static io.gantry.linux.syscall.OpenFlags.O_CLOEXEC;
import static io.gantry.linux.syscall.OpenFlags.O_WRONLY;

import io.gantry.linux.launch.Arg.Register;

/** Joining cgroups: "0" in tasks or cgroup.procs is the writer (cgroups(7)). */
final class Cgroups {

    private Cgroups() {}

    static void join(Context context, CgroupJoin cgroup) {
        for (CgroupJoin.Hierarchy hierarchy : cgroup.hierarchies()) {
            context.asm().step("join cgroup " + hierarchy.directory());
            context.asm()
                    .scoped(
                            () -> {
                                Register members =
                                        context.calls()
                                                .openat(
                                                        Calls.HERE,
                                                        hierarchy.members(),
                                                        O_WRONLY | O_CLOEXEC)
                                                .result();
                                context.calls().write(members, "0");
                                context.calls().close(members);
                            });
        }
    }
}
