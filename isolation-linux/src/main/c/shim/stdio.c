/* Standard streams: pipes or a terminal on one side, the log and attached streams on the other. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const char *name_of(const struct source *source)
{
    return source->stream == 1 ? "stdout" : "stderr";
}

void source_open(struct process *process, int index, int fd)
{
    struct source *source = &process->output[index];
    source->watch.fd = fd;
    source->watch.ready = source_ready;
    source->process = process;
    source->stream = index + 1;
    source->left = -1;
}

bool sources_open(const struct process *process)
{
    return process->output[0].watch.fd >= 0 || process->output[1].watch.fd >= 0;
}

static void source_close(struct shim *shim, struct source *source)
{
    watch_close(shim, &source->watch);
    log_end(&source->process->log, &source->carry, name_of(source));
}

/* Once the process is gone and its output delivered, its streams end. */
static void settle(struct shim *shim, struct process *process)
{
    if (process->state != STATE_EXITED || sources_open(process))
        return;
    log_close(&process->log);
    watch_close(shim, &process->stdin);
    streams_end(shim, process);
}

static void deliver(struct shim *shim, struct source *source, const uint8_t *data, size_t size)
{
    log_write(&source->process->log, &source->carry, name_of(source), data, size);
    streams_output(shim, source, data, size);
    shim->warm = true;
}

void source_ready(struct shim *shim, struct watch *watch, uint32_t events)
{
    struct source *source = OWNER(watch, struct source, watch);
    struct process *process = source->process;
    size_t wanted = sizeof chunk;
    (void)events;

    if (source->left >= 0 && source->left < (int64_t)wanted)
        wanted = (size_t)source->left;
    ssize_t count = read(watch->fd, chunk, wanted);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count > 0)
        deliver(shim, source, chunk, (size_t)count);
    if (count > 0 && source->left >= 0)
        source->left -= count;
    /* A terminal whose other side is closed answers EIO. */
    if (count <= 0 || source->left == 0)
        source_close(shim, source);
    sources_resume(shim, process);
    settle(shim, process);
}

void sources_resume(struct shim *shim, struct process *process)
{
    uint32_t interest =
        process->state == STATE_STARTING || streams_blocked(shim, process) ? 0 : EPOLLIN;
    watch_set(shim, &process->output[0].watch, interest);
    watch_set(shim, &process->output[1].watch, interest);
}

/* Who is told of a container's end may read its log at once: what it wrote before is in it. */
void sources_catch_up(struct shim *shim, struct process *process)
{
    for (int i = 0; process->kind == KIND_CONTAINER && i < 2; i++) {
        struct watch *watch = &process->output[i].watch;
        int held = 0;
        if (watch->fd < 0 || ioctl(watch->fd, FIONREAD, &held) < 0)
            continue;
        for (; held > 0 && watch->fd >= 0 && !streams_blocked(shim, process);
             held -= (int)sizeof chunk)
            source_ready(shim, watch, EPOLLIN);
    }
}

/*
 * After its process ended, a container's output goes on until the end of file; of an exec only what
 * the pipe holds now is its own: the rest comes from what it left behind. What a terminal holds
 * cannot be counted, so that gets a moment to hang up.
 */
void sources_drain(struct shim *shim, struct process *process)
{
    for (int i = 0; process->kind == KIND_EXEC && i < 2; i++) {
        struct source *source = &process->output[i];
        int held = 0;
        if (source->watch.fd < 0)
            continue;
        if ((process->io & IO_TERMINAL) != 0)
            process->grace = monotonic_ms() + TERMINAL_GRACE_MS;
        else if (ioctl(source->watch.fd, FIONREAD, &held) < 0 || held == 0)
            source_close(shim, source);
        else
            source->left = held;
    }
    settle(shim, process);
}

void sources_close(struct shim *shim, struct process *process)
{
    for (int i = 0; i < 2; i++) {
        if (process->output[i].watch.fd >= 0)
            source_close(shim, &process->output[i]);
    }
    process->grace = 0;
    watch_close(shim, &process->stdin);
    settle(shim, process);
}

size_t stdin_write(struct shim *shim, struct process *process, const uint8_t *data, size_t size)
{
    size_t done = 0;
    while (done < size && process->stdin.fd >= 0) {
        ssize_t count = write(process->stdin.fd, data + done, size - done);
        if (count >= 0) {
            done += (size_t)count;
        } else if (errno == EAGAIN) {
            watch_set(shim, &process->stdin, EPOLLOUT);
            return done;
        } else if (errno != EINTR) {
            watch_close(shim, &process->stdin);
        }
    }
    return size; /* nobody reads what is left */
}

void stdin_ready(struct shim *shim, struct watch *watch, uint32_t events)
{
    struct process *process = OWNER(watch, struct process, stdin);
    (void)events;

    watch_set(shim, watch, 0);
    for (struct connection *c = shim->connections, *next; c != NULL; c = next) {
        next = c->next;
        if (c->process == process && c->stdin_blocked)
            connection_resume(shim, c);
    }
}

void stdin_end(struct shim *shim, struct process *process)
{
    struct termios settings;
    if ((process->io & IO_TERMINAL) == 0) {
        watch_close(shim, &process->stdin);
        stdin_ready(shim, &process->stdin, 0);
    } else if (process->stdin.fd >= 0 && tcgetattr(process->stdin.fd, &settings) == 0 &&
               (settings.c_lflag & ICANON) != 0) {
        stdin_write(shim, process, &settings.c_cc[VEOF], 1);
    }
}
