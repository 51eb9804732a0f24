/* The table of processes: what is known of each, what can be done to it, and how it is reaped. */
#include "shim.h"

#include <dirent.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

struct process *process_find(const char *id)
{
    struct process *process = shim.processes;
    while (process != NULL && strcmp(id, process->id) != 0)
        process = process->next;
    return process;
}

void process_drop(struct process *process)
{
    struct process **link = &shim.processes;
    while (*link != process)
        link = &(*link)->next;
    *link = process->next;

    watch_close(&process->starting);
    sources_close(process);
    streams_end(process);
    log_close(&process->log);
    if (process->pidfd >= 0)
        close(process->pidfd);
    if (process->progress != NULL)
        munmap(process->progress, sizeof *process->progress);
    free(process->input.bytes);
    free(process); /* the strings lie behind it */
}

size_t put_entry(uint8_t *to, const struct process *process)
{
    bool exited = process->state == STATE_EXITED;
    uint8_t *at = put_str(to, process->id);
    at = put_number(at, process->kind, 1);
    at = put_str(at, process->target);
    at = put_number(at, (uint32_t)process->pid, 4);
    at = put_number(at, exited ? 2 : 1, 1);
    at = put_number(at, (uint32_t)(exited ? process->code : 0), 4);
    at = put_number(at, (uint32_t)(exited ? process->signal : 0), 4);
    at = put_number(at, (uint64_t)process->started, 8);
    at = put_number(at, (uint64_t)(exited ? process->finished : 0), 8);
    return (size_t)(at - to);
}

static char *put_line(char *to, const char *name, int64_t value)
{
    char digits[24];
    char *first = digits + sizeof digits;
    *--first = 0;
    for (int64_t rest = value; rest > 0 || *first == 0; rest /= 10)
        *--first = (char)('0' + rest % 10);
    return stpcpy(stpcpy(stpcpy(to, name), first), "\n");
}

/*
 * Puts the exit record in place whole; a reader never sees a part of it. No printf(3): every pod's
 * shim would keep the memory that it dirties.
 */
static int record_exit(const struct process *process)
{
    char temporary[PATH_BOUND + 8], text[160];
    char *to = put_line(text, "pid ", process->pid);
    to = put_line(to, "code ", process->code);
    to = put_line(to, "signal ", process->signal);
    to = put_line(to, "started ", process->started);
    to = put_line(to, "finished ", process->finished);

    stpcpy(stpcpy(temporary, process->exit_record), ".tmp");
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    errno = ENOSPC; /* of a write that is short */
    int result = write(fd, text, (size_t)(to - text)) != to - text ||
                         rename(temporary, process->exit_record) < 0
                     ? -errno
                     : 0;
    close(fd);
    if (result < 0)
        unlink(temporary);
    return result;
}

void process_exited(struct process *process)
{
    process->state = STATE_EXITED;
    if (process->exit_record[0] != 0) {
        int result = record_exit(process);
        if (result < 0)
            diagnose(-result, "write exit record", process->exit_record);
    }
    sources_catch_up(process);
    control_announce(process);
    sources_settle(process);
}

static void signal_session(pid_t session, int number)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return;
    for (struct dirent *entry = readdir(proc); entry != NULL; entry = readdir(proc)) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != session && getsid(pid) == session)
            kill(pid, number);
    }
    closedir(proc);
}

int process_signal(const struct process *process, uint32_t number, uint32_t flags)
{
    if (process->reaped || number > (uint32_t)SIGRTMAX)
        return process->reaped ? -ESRCH : -EINVAL;
    /* Its pid is its own until it is reaped here, so going by number is safe. */
    pid_t session = getsid(process->pid);
    pid_t group = getpgid(process->pid);
    if ((flags & SIGNAL_SESSION) != 0 && session > 0 && session != getsid(0))
        signal_session(session, (int)number);
    if ((flags & SIGNAL_GROUP) != 0 && group > 1 && group != getpgrp())
        return kill(-group, (int)number) < 0 ? -errno : 0;
    return syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0) < 0 ? -errno : 0;
}

static void reaped(const siginfo_t *info)
{
    struct process *process = shim.processes;
    while (process != NULL && (process->pid != info->si_pid || process->reaped))
        process = process->next;
    if (process == NULL) {
        if (info->si_pid == shim.reaper)
            diagnose(0, "the pod's reaper is gone", "");
        return; /* an orphan */
    }
    bool exited = info->si_code == CLD_EXITED;
    process->finished = nanos_of(CLOCK_REALTIME);
    process->signal = exited ? 0 : info->si_status;
    process->code = exited ? info->si_status : 128 + info->si_status;
    process->reaped = true;
    start_settle(process);
}

static void signals_ready(struct watch *watch)
{
    struct signalfd_siginfo ignored;

    /* Signals of one number are merged; waitid tells who it was about. */
    if (read(watch->fd, &ignored, sizeof ignored) < 0 && errno != EAGAIN)
        diagnose(errno, "read signals", "");
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
            return;
        reaped(&info);
    }
}

int reap_start(void)
{
    sigset_t set;
    /* Blocked rather than ignored, for children inherit what is ignored. */
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return -errno;
    shim.signals = (struct watch){.fd = fd, .ready = signals_ready};
    watch_set(&shim.signals, EPOLLIN);
    return 0;
}

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

/* PID 1 of a pod. No signal reaches it, and with SIGCHLD ignored the kernel reaps for it. */
static _Noreturn void be_reaper(int parent)
{
    end_with(parent);
    prctl(PR_SET_NAME, "gantry-init", 0, 0, 0);
    signal(SIGCHLD, SIG_IGN);
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
