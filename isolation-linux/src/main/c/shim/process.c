/* The table of processes: what is known of each, what can be done to it, and how it is reaped. */
#include "shim.h"

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
    free(process); /* the strings lie behind it */
}

size_t put_entry(uint8_t *to, const struct process *process)
{
    bool exited = process->state == STATE_EXITED;
    struct entry entry = {.started = process->started,
                          .finished = exited ? process->finished : 0,
                          .pid = (uint32_t)process->pid,
                          .code = exited ? process->code : 0,
                          .signal = exited ? (uint32_t)process->signal : 0,
                          .kind = process->kind,
                          .state = exited ? 2 : 1};
    memcpy(to, &entry, sizeof entry);
    char *end = stpcpy((char *)to + sizeof entry, process->id) + 1;
    end = stpcpy(end, process->target) + 1;
    return (size_t)(end - (char *)to);
}

/* Puts the exit record in place whole; a reader never sees a part of it. */
static int record_exit(const struct process *process)
{
    char temporary[PATH_BOUND + 8];
    uint8_t record[ENTRY_MAX];
    ssize_t size = (ssize_t)put_entry(record, process);

    stpcpy(stpcpy(temporary, process->exit_record), ".tmp");
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    errno = ENOSPC; /* of a write that is short */
    int result =
        write(fd, record, (size_t)size) != size || rename(temporary, process->exit_record) < 0
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
}

static void reaped(const siginfo_t *info, int64_t finished)
{
    struct process *process = shim.processes;
    while (process != NULL && (process->pid != info->si_pid || process->reaped))
        process = process->next;
    if (process == NULL)
        return; /* an orphan */
    if (process->heir != 0) { /* an OCI runtime's work, which came to the shim with this end */
        close(process->pidfd);
        process->pid = process->heir;
        process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
        process->heir = 0;
        start_settle(process);
        if (process->pidfd >= 0)
            return;
    }
    bool exited = info->si_code == CLD_EXITED;
    process->finished = finished;
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
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
            return;
        /* The end is timed before it can be seen: /proc still has the process. */
        int64_t finished = nanos_of(CLOCK_REALTIME);
        if (waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG) < 0)
            return;
        reaped(&info, finished);
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
