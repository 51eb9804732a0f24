/* Reaping: of the shim's children and orphans, and the process that does it as PID 1 of a pod. */
#include "shim.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void reaped(struct shim *shim, const siginfo_t *info)
{
    struct process *process = shim->processes;
    while (process != NULL && (process->pid != info->si_pid || process->reaped))
        process = process->next;
    if (process == NULL) {
        if (info->si_pid == shim->reaper)
            diagnose(0, "the pod's reaper is gone", NULL);
        return; /* an orphan */
    }
    bool exited = info->si_code == CLD_EXITED;
    process->finished = unix_nanos();
    process->signal = exited ? 0 : info->si_status;
    process->code = exited ? info->si_status : 128 + info->si_status;
    process->reaped = true;
    if (process->state == STATE_STARTING)
        start_settle(shim, process);
    else
        process_exited(shim, process);
}

static void signals_ready(struct shim *shim, struct watch *watch, uint32_t events)
{
    struct signalfd_siginfo ignored;
    (void)events;

    /* Signals of one number are merged; waitid tells who it was about. */
    if (read(watch->fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
        diagnose(errno, "read signals", NULL);
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
            return;
        reaped(shim, &info);
    }
}

int reap_start(struct shim *shim)
{
    static const int ignored[] = {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t set;
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        sigaction(ignored[i], &ignore, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_SETMASK, &set, NULL);
    shim->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (shim->signals.fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return -errno;
    shim->signals.ready = signals_ready;
    watch_set(shim, &shim->signals, EPOLLIN);
    return 0;
}

static void drop_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct nothing[2] = {{0}};
    /* A directory that is empty for everybody once this process has no /proc of its own. */
    if (chroot("/proc/self/fdinfo") < 0 || chdir("/") < 0)
        diagnose(errno, "confine the reaper", NULL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    syscall(SYS_capset, &header, nothing);
}

/*
 * PID 1 of the pod. The kernel shields it from signals of its namespace and, with SIGCHLD ignored,
 * reaps what is handed to it.
 */
static _Noreturn void be_reaper(int parent)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct pollfd ended = {.fd = parent, .events = POLLIN};
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (poll(&ended, 1, 0) != 0)
        _exit(1);
    prctl(PR_SET_NAME, "gantry-init", 0, 0, 0);
    sigaction(SIGCHLD, &ignore, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    drop_privileges();
    /* Changed credentials clear it (prctl(2)). */
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (poll(&ended, 1, 0) != 0)
        _exit(1);
    syscall(SYS_close_range, 0, ~0U, 0);
    for (;;)
        pause();
}

int reaper_start(struct shim *shim)
{
    struct clone_args args = {
        .flags = CLONE_NEWPID | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&shim->reaper_fd,
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
    shim->reaper = (pid_t)pid;
    return 0;
}
