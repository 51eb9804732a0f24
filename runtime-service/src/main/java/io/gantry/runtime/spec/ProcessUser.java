package io.gantry.runtime.spec;

import io.gantry.linux.spec.Process;

/** Resolved ids in the form of the specification, where they are unsigned 32-bit numbers. */
final class ProcessUser {

    private static final int UMASK = 022;

    private ProcessUser() {}

    static Process.User of(UserResolver.Resolved user) {
        return new Process.User(
                (int) user.uid(),
                (int) user.gid(),
                user.groups().stream().map(Long::intValue).toList(),
                UMASK);
    }
}
