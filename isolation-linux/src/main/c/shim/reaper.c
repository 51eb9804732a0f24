/* The process that is PID 1 of a pod with a pid namespace of its own. */
#include "shim.h"

#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

static void drop_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct nothing[2] = {{0}};
    /* A directory that is empty for everybody once this process has no /proc of its own. */
    if (chroot("/proc/self/fdinfo") < 0 || chdir("/") < 0)
        diagnose(errno, "confine the reaper", "");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    syscall(SYS_capset, &header, nothing);
}

static void end_with(int parent)
{
    struct pollfd ended = {.fd = parent, .events = POLLIN};
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (poll(&ended, 1, 0) != 0)
        _exit(1);
}

/*
 * The kernel shields it from signals of its namespace and, with SIGCHLD ignored, reaps what is
 * handed to it.
 */
static _Noreturn void be_reaper(int parent)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t none;

    end_with(parent);
    prctl(PR_SET_NAME, "gantry-init", 0, 0, 0);
    sigaction(SIGCHLD, &ignore, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    drop_privileges();
    end_with(parent); /* changed credentials clear it (prctl(2)) */
    syscall(SYS_close_range, 0, ~0U, 0);
    for (;;)
        pause();
}

int reaper_start(void)
{
    struct clone_args args = {
        .flags = CLONE_NEWPID | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&shim.reaper_fd,
        .exit_signal = SIGCHLD,
    };
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (self < 0)
        return -errno;
    long pid = syscall(SYS_clone3, &args, sizeof args);
    int code = errno;
    if (pid == 0)
        be_reaper(self);
    close(self);
    if (pid < 0)
        return -code;
    shim.reaper = (pid_t)pid;
    return 0;
}
