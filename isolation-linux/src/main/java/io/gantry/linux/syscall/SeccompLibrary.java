package io.gantry.linux.syscall;

/**
 * libseccomp under its C names (<a
 * href="https://man7.org/linux/man-pages/man3/seccomp_init.3.html">seccomp_init(3)</a> and those
 * next to it). Results are those of the library: 0 or −errno. A context belongs to its maker, who
 * releases it; one thread at a time may use it.
 */
public interface SeccompLibrary {

    /** Result of {@link #seccomp_syscall_resolve_name_arch} for a name that is not known. */
    int NR_SCMP_ERROR = -1;

    /** The installed library, loaded when first called. */
    static SeccompLibrary system() {
        return JnaSeccomp.INSTANCE;
    }

    /** Whether it is installed. */
    boolean isAvailable();

    /** A new context; 0 on failure. */
    long seccomp_init(int defaultAction);

    void seccomp_release(long context);

    int seccomp_attr_set(long context, int attribute, int value);

    int seccomp_arch_add(long context, int architecture);

    int seccomp_syscall_resolve_name_arch(int architecture, CString name);

    /**
     * Adds a rule.
     *
     * @param comparisons struct scmp_arg_cmp[]
     */
    int seccomp_rule_add_array(
            long context, int action, int syscall, int count, byte[] comparisons);

    int seccomp_export_bpf(long context, int fd);
}
