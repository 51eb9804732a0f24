package io.gantry.linux.syscall;

/** The calls about processes and the kernel itself. */
public interface ProcessCalls {

    /** <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open(2)</a>. */
    int pidfd_open(int pid) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/pidfd_getfd.2.html">pidfd_getfd(2)</a>.
     *
     * @return a descriptor of this process for what {@code fd} is in the other; closed on exec
     */
    int pidfd_getfd(int pidfd, int fd) throws ErrnoException;

    /**
     * <a
     * href="https://man7.org/linux/man-pages/man2/pidfd_send_signal.2.html">pidfd_send_signal(2)</a>.
     */
    void pidfd_send_signal(int pidfd, int signal) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/kill.2.html">kill(2)</a>. */
    void kill(int pid, int signal) throws ErrnoException;

    /**
     * <a href="https://man7.org/linux/man-pages/man2/prlimit.2.html">prlimit(2)</a>, reading.
     *
     * @param resource as RLIMIT_NOFILE, 7
     */
    ResourceLimit prlimit(int pid, int resource) throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/uname.2.html">uname(2)</a>. */
    KernelName uname() throws ErrnoException;

    /** <a href="https://man7.org/linux/man-pages/man2/geteuid.2.html">geteuid(2)</a>. */
    int geteuid();

    /** <a href="https://man7.org/linux/man-pages/man2/getpid.2.html">getpid(2)</a>. */
    int getpid();

    /**
     * Whether the kernel knows a system call: makes it with arguments that cannot succeed. An
     * answer other than ENOSYS means yes.
     */
    boolean implementsCall(SyscallNumber call);

    /**
     * A limit.
     *
     * @param soft {@link #INFINITY} is no limit
     * @param hard {@link #INFINITY} is no limit
     */
    record ResourceLimit(long soft, long hard) {
        public static final long INFINITY = -1;
    }

    /** Names of the kernel. */
    record KernelName(String release, String version, String machine) {}
}
