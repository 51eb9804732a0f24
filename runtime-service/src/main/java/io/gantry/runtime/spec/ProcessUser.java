package io.gantry.runtime.spec;

import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.Process;

/** Resolved ids in the form of the specification, where they are unsigned 32-bit numbers. */
final class ProcessUser {

    private static final int UMASK = 022;

    private ProcessUser() {}

    /**
     * The ids.
     *
     * @param users whose ids they are
     * @throws io.gantry.base.error.InvalidArgumentException naming one that is not there
     */
    static Process.User of(UserResolver.Resolved user, IdMappings users) {
        long _ = users.hostUid(user.uid());
        user.groups().forEach(users::hostGid);
        return new Process.User(
                (int) user.uid(),
                (int) user.gid(),
                user.groups().stream().map(Long::intValue).toList(),
                UMASK);
    }
}
