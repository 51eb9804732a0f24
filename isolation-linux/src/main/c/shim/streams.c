/* Connections that are streams of a process: who gets its output, who holds it back. */
#include "shim.h"

void stream_join(struct connection *connection, struct process *process, bool feeds, bool takes)
{
    connection->process = process;
    connection->feeds_stdin = feeds;
    connection->takes_output = takes;
}

void stream_leave(struct shim *shim, struct connection *connection)
{
    struct process *process = connection->process;
    bool fed = connection->feeds_stdin;

    connection->process = NULL;
    connection->feeds_stdin = false;
    connection->takes_output = false;
    if (process == NULL)
        return;
    if (fed && (process->io & (IO_CLOSE_STDIN | IO_TERMINAL)) == IO_CLOSE_STDIN)
        stdin_end(shim, process);
    sources_resume(shim, process);
}

void streams_output(struct shim *shim, const struct source *source, const uint8_t *data,
                    size_t size)
{
    uint8_t stream = (uint8_t)source->stream;
    for (struct connection *c = shim->connections; c != NULL; c = c->next) {
        if (c->process == source->process && c->takes_output && !c->ending)
            connection_send(shim, c, FRAME_OUTPUT, 0, &stream, 1, data, size);
    }
}

bool streams_blocked(const struct shim *shim, const struct process *process)
{
    for (const struct connection *c = shim->connections; c != NULL; c = c->next) {
        if (c->process == process && c->takes_output && c->out_size > 0)
            return true;
    }
    return false;
}

void streams_end(struct shim *shim, struct process *process)
{
    uint8_t payload[3 * ID_MAX];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_entry(&writer, process);
    for (struct connection *c = shim->connections; c != NULL; c = c->next) {
        if (c->process != process)
            continue;
        c->process = NULL;
        if (process->state == STATE_EXITED)
            connection_send(shim, c, FRAME_EXITED, 0, payload, writer.size, NULL, 0);
        connection_end(shim, c);
    }
}

/* The time until which is next to be looked; drops what has stalled. */
static int64_t check_stall(struct connection *c, int64_t now)
{
    if (c->out_size == 0 || c->process == NULL || c->process->kind != KIND_CONTAINER)
        return INT64_MAX;
    if (now - c->stalled >= ATTACHED_STALL_MS) {
        connection_fail(c);
        return INT64_MAX;
    }
    return c->stalled + ATTACHED_STALL_MS;
}

int streams_timeout(struct shim *shim)
{
    int64_t now = monotonic_ms();
    int64_t next = INT64_MAX;
    for (struct connection *c = shim->connections; c != NULL; c = c->next) {
        int64_t due = check_stall(c, now);
        next = due < next ? due : next;
    }
    for (struct process *p = shim->processes; p != NULL; p = p->next) {
        /* A client that holds back output also stops the clock of a dead exec's terminal. */
        if (p->grace == 0 || streams_blocked(shim, p))
            continue;
        if (now >= p->grace)
            sources_close(shim, p);
        else
            next = p->grace < next ? p->grace : next;
    }
    return next == INT64_MAX ? -1 : (int)(next - now);
}
