package io.gantry.linux.launch;

import io.gantry.linux.launch.Arg.Immediate;
import io.gantry.linux.security.SeccompFilters;
import io.gantry.linux.spec.LinuxSpec.Namespace;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Spec;

/**
 * A further process in a running container: its namespaces, cgroup and filter, its own identity.
 */
final class ExecProgram {

    private static final Immediate PR_SET_CHILD_SUBREAPER = Arg.named(36, "PR_SET_CHILD_SUBREAPER");

    private final Context context;
    private final Process process;
    private final Spec container;
    private final CgroupJoin cgroup;
    private final SeccompFilters filters;

    ExecProgram(
            Context context,
            Process process,
            Spec container,
            CgroupJoin cgroup,
            SeccompFilters filters) {
        this.context = context;
        this.process = process;
        this.container = container;
        this.cgroup = cgroup;
        this.filters = filters;
    }

    LaunchProgram compile() {
        UserNamespace users = new UserNamespace(context, container.linux());
        ProcessTail tail = new ProcessTail(context, process, users);
        tail.startSession();
        // What it starts stays below it as long as it lives, and is found there when it is killed.
        context.asm().step("become the parent of orphans");
        context.calls().prctl(PR_SET_CHILD_SUBREAPER, Arg.of(1), Arg.of(0));
        tail.writeProcFiles();
        Cgroups.join(context, cgroup);
        if (users.isPresent()) {
            tail.prepareFromOutside();
        }
        context.asm().step("enter the container's namespaces");
        new Namespaces(context).setns(Assembler.TARGET, namespaces());
        users.becomeRoot();
        if (process.terminal()) {
            int uid = process.user().uid();
            context.asm()
                    .scoped(
                            () ->
                                    new Terminal(context)
                                            .open(Calls.HERE, uid, process.consoleSize()));
        }
        tail.become(container.linux().seccomp(), filters);
        return context.asm().assemble();
    }

    /** Its pid namespace is entered by the shim, before the process is made. */
    private long namespaces() {
        return container.linux().namespaces().stream()
                .map(Namespace::type)
                .filter(type -> type != NamespaceType.PID)
                .mapToLong(Namespaces::flag)
                .reduce(0, (one, other) -> one | other);
    }
}
