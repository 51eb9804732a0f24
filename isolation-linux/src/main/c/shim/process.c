/* The table of processes: what is known of each, and what can be done to it. */
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct process *process_find(const struct shim *shim, struct text id)
{
    struct process *process = shim->processes;
    while (process != NULL && !text_equal(id, process->id))
        process = process->next;
    return process;
}

void process_drop(struct shim *shim, struct process *process)
{
    struct process **link = &shim->processes;
    while (*link != process)
        link = &(*link)->next;
    *link = process->next;

    watch_close(shim, &process->starting);
    sources_close(shim, process);
    streams_end(shim, process);
    log_close(&process->log);
    if (process->pidfd >= 0)
        close(process->pidfd);
    free(process); /* the strings lie behind it */
}

void write_entry(struct writer *writer, const struct process *process)
{
    bool exited = process->state == STATE_EXITED;
    write_str(writer, process->id);
    write_u8(writer, process->kind);
    write_str(writer, process->target);
    write_u32(writer, (uint32_t)process->pid);
    write_u8(writer, exited ? 2 : 1);
    write_u32(writer, (uint32_t)(exited ? process->code : 0));
    write_u32(writer, (uint32_t)(exited ? process->signal : 0));
    write_u64(writer, (uint64_t)process->started);
    write_u64(writer, (uint64_t)(exited ? process->finished : 0));
}

static size_t put_line(char *to, const char *name, int64_t value)
{
    char digits[24];
    size_t first = sizeof digits;
    uint64_t rest = (uint64_t)value;
    do {
        digits[--first] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    size_t length = strlen(name);
    memcpy(to, name, length);
    memcpy(to + length, digits + first, sizeof digits - first);
    length += sizeof digits - first;
    to[length++] = '\n';
    return length;
}

/* Puts the exit record in place whole; a reader never sees a part of it. */
static int record_exit(const struct process *process)
{
    char temporary[PATH_BOUND + 8];
    char text[160];
    size_t size = put_line(text, "pid ", process->pid);
    size += put_line(text + size, "code ", process->code);
    size += put_line(text + size, "signal ", process->signal);
    size += put_line(text + size, "started ", process->started);
    size += put_line(text + size, "finished ", process->finished);

    size_t length = strlen(process->exit_record);
    memcpy(temporary, process->exit_record, length);
    memcpy(temporary + length, ".tmp", 5);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return -errno;
    ssize_t written = write(fd, text, size);
    int code = written < 0 ? errno : EIO;
    close(fd);
    if (written == (ssize_t)size && rename(temporary, process->exit_record) == 0)
        return 0;
    if (written == (ssize_t)size)
        code = errno;
    unlink(temporary);
    return -code;
}

void process_exited(struct shim *shim, struct process *process)
{
    process->state = STATE_EXITED;
    if (process->exit_record[0] != 0) {
        int result = record_exit(process);
        if (result < 0)
            diagnose(-result, "write exit record", process->exit_record);
    }
    sources_catch_up(shim, process);
    control_announce(shim, process);
    sources_drain(shim, process);
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

int process_signal(const struct process *process, int number, uint32_t flags)
{
    if (process->state == STATE_EXITED || process->reaped)
        return -ESRCH;
    /* Its pid is its own until it is reaped here, so going by number is safe. */
    if ((flags & 2) != 0) {
        pid_t session = getsid(process->pid);
        if (session > 0 && session != getsid(0))
            signal_session(session, number);
    }
    if ((flags & 1) != 0) {
        pid_t group = getpgid(process->pid);
        if (group > 1 && group != getpgrp())
            return kill(-group, number) < 0 ? -errno : 0;
    }
    return syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0) < 0 ? -errno : 0;
}

int process_resize(const struct process *process, uint16_t rows, uint16_t columns)
{
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    if ((process->io & IO_TERMINAL) == 0 || process->output[0].watch.fd < 0)
        return -ENOTTY;
    return ioctl(process->output[0].watch.fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}
