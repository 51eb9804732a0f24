package io.gantry.linux.security;

import io.gantry.linux.spec.Seccomp;

/** Turns system call filters into programs for the kernel. */
@FunctionalInterface
public interface SeccompFilters {

    /**
     * Compiles a filter.
     *
     * @return struct sock_filter[], 8 bytes each; not to be written to
     * @throws io.gantry.base.error.FailedPreconditionException when libseccomp is missing
     * @throws io.gantry.base.error.InvalidArgumentException when the filter makes no sense
     */
    byte[] compile(Seccomp seccomp);
}
