/* Standard streams: pipes or a terminal on one side, the log and attached streams on the other. */
#include "shim.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>

static const int64_t TERMINAL_GRACE = 200000000; /* for what a dead exec's terminal still holds */

/* Scratch of one event's handler: the payload of OUTPUT, its stream and then its data. */
_Alignas(4096) static uint8_t chunk[CHUNK + 4096];

void stdio_release(void)
{
    madvise(chunk, sizeof chunk, MADV_DONTNEED);
}

bool sources_open(const struct process *process)
{
    return process->output[0].watch.fd >= 0 || process->output[1].watch.fd >= 0;
}

static void source_close(struct source *source)
{
    watch_close(&source->watch);
    log_end(&source->process->log, &source->carry, source->name);
}

static void stdin_close(struct process *process)
{
    watch_close(&process->stdin);
    streams_fed(process);
}

/* Once the process is gone and its output delivered, its streams end. */
void sources_tend(struct process *process)
{
    bool waits = process->state == STATE_STARTING || streams_blocked(process);
    for (int i = 0; i < 2; i++)
        watch_set(&process->output[i].watch, waits ? 0 : EPOLLIN);
    if (process->state != STATE_EXITED || sources_open(process))
        return;
    log_close(&process->log);
    stdin_close(process);
    streams_end(process);
}

static void source_ready(struct watch *watch)
{
    struct source *source = OWNER(watch, struct source, watch);
    struct process *process = source->process;
    size_t wanted = CHUNK;

    if (source->left >= 0 && source->left < (int64_t)wanted)
        wanted = (size_t)source->left;
    ssize_t count = read(watch->fd, chunk + 1, wanted);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count > 0) {
        log_write(&process->log, &source->carry, source->name, chunk + 1, (size_t)count);
        chunk[0] = source->stream;
        streams_output(process, chunk, 1 + (size_t)count);
        shim.warm = true;
    }
    if (count > 0 && source->left >= 0)
        source->left -= count;
    /* A terminal whose other side is closed answers EIO. */
    if (count <= 0 || source->left == 0)
        source_close(source);
}

void source_open(struct process *process, int index, int fd)
{
    struct source *source = &process->output[index];
    source->watch = (struct watch){.fd = fd, .ready = source_ready};
    source->process = process;
    source->stream = (uint8_t)(index + 1);
    source->name = index == 0 ? "stdout" : "stderr";
    source->left = -1;
}

/*
 * After its process ended. Who is told of a container's end may read its log at once: what it wrote
 * before is in it, and what others write comes until the end of file. Of an exec only what the pipe
 * holds now is its own: the rest comes from what it left behind. What a terminal holds cannot be
 * counted, so an exec's gets a moment to hang up.
 */
void sources_catch_up(struct process *process)
{
    for (int i = 0; i < 2; i++) {
        struct source *source = &process->output[i];
        int held = 0;
        if (source->watch.fd < 0)
            continue;
        if (ioctl(source->watch.fd, FIONREAD, &held) < 0)
            held = 0;
        if (process->kind == KIND_EXEC && (process->io & IO_TERMINAL) != 0)
            process->grace = nanos_of(CLOCK_MONOTONIC) + TERMINAL_GRACE;
        else if (process->kind == KIND_EXEC && held == 0)
            source_close(source);
        else if (process->kind == KIND_EXEC)
            source->left = held;
        for (; held > 0 && source->watch.fd >= 0 && !streams_blocked(process); held -= CHUNK)
            source_ready(&source->watch);
    }
}

void sources_close(struct process *process)
{
    for (int i = 0; i < 2; i++) {
        struct source *source = &process->output[i];
        /* A dead exec's terminal holds less than a chunk, unless others go on writing. */
        int64_t left = 0;
        source->left = CHUNK;
        while (process->grace != 0 && source->watch.fd >= 0 && left != source->left) {
            left = source->left;
            source_ready(&source->watch);
        }
        if (source->watch.fd >= 0)
            source_close(source);
    }
    process->grace = 0;
    stdin_close(process);
}

static void stdin_ready(struct watch *watch)
{
    watch_set(watch, 0);
    streams_fed(OWNER(watch, struct process, stdin));
}

void stdin_open(struct process *process, int fd)
{
    process->stdin = (struct watch){.fd = fd, .ready = stdin_ready};
}

/*
 * Gives the process what it takes of its input, and streams_fed will say when it takes more. What
 * nobody reads, or not any more, vanishes: it counts as taken.
 */
size_t stdin_write(struct process *process, const uint8_t *data, size_t size)
{
    struct watch *watch = &process->stdin;
    for (size_t taken = 0; taken < size && watch->fd >= 0;) {
        ssize_t count = write(watch->fd, data + taken, size - taken);
        if (count >= 0) {
            taken += (size_t)count;
        } else if (errno == EAGAIN) {
            watch_set(watch, EPOLLOUT);
            return taken;
        } else if (errno != EINTR) {
            stdin_close(process);
        }
    }
    return size;
}

/* False: not yet, as of stdin_write. */
bool stdin_end(struct process *process)
{
    struct termios settings;
    if ((process->io & IO_TERMINAL) == 0)
        stdin_close(process);
    else if (process->stdin.fd >= 0 && tcgetattr(process->stdin.fd, &settings) == 0 &&
             (settings.c_lflag & ICANON) != 0)
        return stdin_write(process, &settings.c_cc[VEOF], 1) == 1;
    return true;
}
