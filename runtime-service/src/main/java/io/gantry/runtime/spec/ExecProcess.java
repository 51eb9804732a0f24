package io.gantry.runtime.spec;

import io.gantry.linux.spec.ConsoleSize;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.runtime.exec.ExecRequest;
import io.gantry.runtime.exec.WindowSize;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import java.util.ArrayList;
import java.util.List;

/** The process of a command in a container: as the container's own, but for what is asked. */
final class ExecProcess {

    private ExecProcess() {}

    /**
     * The process.
     *
     * @param accounts of the container's image
     * @param users the container's user namespace
     * @throws io.gantry.base.error.InvalidArgumentException naming a user that the image does not
     *     know
     */
    static Process of(Process container, ExecRequest request, Accounts accounts, IdMappings users) {
        List<String> changes = new ArrayList<>();
        if (request.terminal()) {
            changes.add("TERM=xterm");
        }
        Process.User user = container.user();
        if (!request.user().isEmpty()) {
            UserResolver.Resolved resolved =
                    new UserResolver(accounts)
                            .resolve(request.user(), List.of(), SupplementalGroupsPolicy.MERGE);
            user = ProcessUser.of(resolved, users);
            changes.add("HOME=" + resolved.home());
        }
        changes.addAll(request.env());
        Capabilities capabilities =
                request.privileged() ? CapabilitySets.all() : container.capabilities();
        return new Process(
                request.terminal(),
                request.size().map(ExecProcess::consoleSize).orElse(null),
                user,
                request.command(),
                Command.merge(container.env(), changes),
                request.workingDir().isEmpty() ? container.cwd() : request.workingDir(),
                capabilities,
                container.rlimits(),
                container.noNewPrivileges() && !request.privileged(),
                container.oomScoreAdj(),
                request.privileged() ? "" : container.apparmorProfile(),
                container.selinuxLabel());
    }

    private static ConsoleSize consoleSize(WindowSize size) {
        return new ConsoleSize(size.rows(), size.columns());
    }
}
