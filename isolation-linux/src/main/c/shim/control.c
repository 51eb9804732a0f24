/* What each frame of a client asks for, and the answers. */
#include "shim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRY_MAX = 2 * (4 + ID_MAX) + 64, MESSAGE_MAX = 512 };

static void send_frame(struct shim *shim, struct connection *c, unsigned type, uint32_t id,
                       const struct writer *writer)
{
    connection_send(shim, c, type, id, writer->to, writer->size, NULL, 0);
}

static void answer(struct shim *shim, struct connection *c, uint32_t id, int result,
                   const char *message)
{
    uint8_t payload[MESSAGE_MAX];
    struct writer writer = {.to = payload, .room = sizeof payload};
    if (result < 0) {
        write_u32(&writer, (uint32_t)-result);
        write_str(&writer, message);
    }
    send_frame(shim, c, result < 0 ? FRAME_ERROR : FRAME_OK, id, &writer);
}

void control_started(struct shim *shim, struct connection *c, uint32_t id, pid_t pid)
{
    uint8_t payload[4];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_u32(&writer, (uint32_t)pid);
    send_frame(shim, c, FRAME_STARTED, id, &writer);
}

void control_failed(struct shim *shim, struct connection *c, uint32_t id, unsigned stage,
                    uint32_t op, const struct error *err)
{
    uint8_t payload[MESSAGE_MAX];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_u32(&writer, stage);
    write_u32(&writer, op);
    write_u32(&writer, (uint32_t)err->code);
    write_str(&writer, err->text);
    send_frame(shim, c, FRAME_FAILED, id, &writer);
}

void control_announce(struct shim *shim, const struct process *process)
{
    uint8_t payload[ENTRY_MAX];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_entry(&writer, process);
    for (struct connection *c = shim->connections; c != NULL; c = c->next) {
        if (c->subscriber)
            send_frame(shim, c, FRAME_EXITED, 0, &writer);
    }
}

static bool greet(struct shim *shim, struct connection *c, const struct frame *frame)
{
    struct reader reader = reader_of(frame);
    uint32_t magic = read_u32(&reader);
    uint32_t version = read_u32(&reader);
    if (!reader_done(&reader) || magic != HELLO_MAGIC || version < PROTOCOL_VERSION)
        return false;

    uint8_t payload[64];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_u32(&writer, HELLO_MAGIC);
    write_u32(&writer, PROTOCOL_VERSION);
    write_u32(&writer, (uint32_t)getpid());
    write_str(&writer, SHIM_VERSION);
    send_frame(shim, c, FRAME_HELLO, frame->id, &writer);
    c->greeted = true;
    return true;
}

static bool start(struct shim *shim, struct connection *c, const struct frame *frame)
{
    struct start_request request;
    struct error err;
    if (read_start(frame, &request) < 0)
        return false;
    int result = (request.io & IO_STREAM) != 0 && c->process != NULL
                     ? fail(&err, EBUSY, "the connection is a stream already", NULL)
                     : process_start(shim, &request, c, frame->id, &err);
    if (result < 0)
        control_failed(shim, c, frame->id, 1, 0, &err);
    else if ((request.io & IO_STREAM) != 0)
        stream_join(c, process_find(shim, request.id), (request.io & IO_STREAM_STDIN) != 0, true);
    return true;
}

static bool signal_process(struct shim *shim, struct connection *c, const struct frame *frame)
{
    struct reader reader = reader_of(frame);
    struct process *process = process_find(shim, read_str(&reader));
    uint32_t number = read_u32(&reader);
    uint32_t flags = read_u32(&reader);
    if (!reader_done(&reader))
        return false;
    int result = number > (uint32_t)SIGRTMAX ? -EINVAL
                 : process == NULL           ? -ESRCH
                                             : process_signal(process, (int)number, flags);
    answer(shim, c, frame->id, result, "signal");
    return true;
}

static bool list(struct shim *shim, struct connection *c, const struct frame *frame)
{
    uint32_t count = 0;
    for (struct process *p = shim->processes; p != NULL; p = p->next)
        count++;
    size_t room = 4 + (size_t)count * ENTRY_MAX;
    struct writer writer = {.to = malloc(room), .room = room};
    if (writer.to == NULL || frame->size != 0)
        return false;
    write_u32(&writer, count);
    for (struct process *p = shim->processes; p != NULL; p = p->next)
        write_entry(&writer, p);
    send_frame(shim, c, FRAME_LISTING, frame->id, &writer);
    free(writer.to);
    return true;
}

static bool attach(struct shim *shim, struct connection *c, const struct frame *frame)
{
    struct reader reader = reader_of(frame);
    struct process *process = process_find(shim, read_str(&reader));
    uint32_t flags = read_u32(&reader);
    if (!reader_done(&reader))
        return false;
    bool there = process != NULL && process->state != STATE_STARTING &&
                 (process->state == STATE_RUNNING || sources_open(process));
    int result = !there ? -ESRCH : c->process != NULL ? -EBUSY : 0;
    answer(shim, c, frame->id, result, "attach");
    if (result == 0)
        stream_join(c, process, (flags & 1) != 0, (flags & 2) != 0);
    return true;
}

static bool reopen_log(struct shim *shim, struct connection *c, const struct frame *frame)
{
    struct reader reader = reader_of(frame);
    struct process *process = process_find(shim, read_str(&reader));
    if (!reader_done(&reader))
        return false;
    int result = process == NULL || process->log.fd < 0 ? -ESRCH : log_reopen(&process->log);
    answer(shim, c, frame->id, result, "reopen log");
    return true;
}

static bool resize(struct shim *shim, struct connection *c, const struct frame *frame)
{
    struct reader reader = reader_of(frame);
    struct text id = read_str(&reader);
    uint16_t rows = read_u16(&reader);
    uint16_t columns = read_u16(&reader);
    if (!reader_done(&reader))
        return false;
    struct process *process = id.length == 0 ? c->process : process_find(shim, id);
    int result = process == NULL ? -ESRCH : process_resize(process, rows, columns);
    answer(shim, c, frame->id, result, "resize");
    return true;
}

static bool forget(struct shim *shim, struct connection *c, const struct frame *frame)
{
    struct reader reader = reader_of(frame);
    struct process *process = process_find(shim, read_str(&reader));
    if (!reader_done(&reader))
        return false;
    int result = process == NULL                   ? -ESRCH
                 : process->state != STATE_EXITED ? -EBUSY
                                                   : 0;
    if (result == 0)
        process_drop(shim, process);
    answer(shim, c, frame->id, result, "forget");
    return true;
}

static bool shut_down(struct shim *shim, struct connection *c, const struct frame *frame)
{
    bool running = false;
    if (frame->size != 0)
        return false;
    for (struct process *p = shim->processes; p != NULL; p = p->next)
        running |= p->state != STATE_EXITED;
    answer(shim, c, frame->id, running ? -EBUSY : 0, "processes run");
    shim->ended = !running;
    return true;
}

/* Bytes for a process without standard input, or one that is gone, vanish. */
static bool feed(struct shim *shim, struct connection *c, const struct frame *frame, bool *done)
{
    if (c->process == NULL || !c->feeds_stdin)
        return true;
    if (frame->type == FRAME_STDIN_EOF) {
        stdin_end(shim, c->process);
        return frame->size == 0;
    }
    c->stdin_done += stdin_write(shim, c->process, frame->payload + c->stdin_done,
                                 frame->size - c->stdin_done);
    *done = c->stdin_done == frame->size;
    if (*done)
        c->stdin_done = 0;
    return true;
}

bool control_handle(struct shim *shim, struct connection *c, const struct frame *frame, bool *done)
{
    if (!c->greeted)
        return frame->type == FRAME_HELLO && greet(shim, c, frame);
    switch (frame->type) {
    case FRAME_START:
        return start(shim, c, frame);
    case FRAME_SIGNAL:
        return signal_process(shim, c, frame);
    case FRAME_LIST:
        return list(shim, c, frame);
    case FRAME_ATTACH:
        return attach(shim, c, frame);
    case FRAME_REOPEN_LOG:
        return reopen_log(shim, c, frame);
    case FRAME_RESIZE:
        return resize(shim, c, frame);
    case FRAME_FORGET:
        return forget(shim, c, frame);
    case FRAME_SUBSCRIBE:
        c->subscriber = true;
        answer(shim, c, frame->id, 0, "");
        return frame->size == 0;
    case FRAME_SHUTDOWN:
        return shut_down(shim, c, frame);
    case FRAME_STDIN:
    case FRAME_STDIN_EOF:
        return feed(shim, c, frame, done);
    default:
        return false;
    }
}
