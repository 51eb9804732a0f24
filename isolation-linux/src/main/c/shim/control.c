/* What each frame of a client asks for, and the answers. */
#include "shim.h"

enum { ENTRY_MAX = 2 * (4 + ID_MAX) + 64, MESSAGE_MAX = 512 };

/* A request and whom it is about: the process of its id, or NULL. */
struct call {
    struct connection *connection;
    const struct frame *frame;
    const struct request *request;
    struct process *process;
};

static void send_message(struct connection *c, unsigned type, uint32_t id,
                         const struct writer *writer)
{
    connection_send(c, type, id, writer, NULL, 0);
}

static void answer(struct connection *c, uint32_t id, int result, const char *message)
{
    uint8_t payload[MESSAGE_MAX];
    struct writer writer = {.to = payload, .room = sizeof payload};
    if (result < 0) {
        write_u32(&writer, (uint32_t)-result);
        write_str(&writer, message);
    }
    send_message(c, result < 0 ? FRAME_ERROR : FRAME_OK, id, &writer);
}

void control_started(struct process *process)
{
    uint8_t payload[4];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_u32(&writer, (uint32_t)process->pid);
    if (process->starter != NULL)
        send_message(process->starter, FRAME_STARTED, process->start_frame, &writer);
    process->starter = NULL;
}

void control_failed(struct connection *c, uint32_t id, unsigned stage, uint32_t op,
                    const struct error *err)
{
    uint8_t payload[MESSAGE_MAX];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_u32(&writer, stage);
    write_u32(&writer, op);
    write_u32(&writer, (uint32_t)err->code);
    write_str(&writer, err->text);
    send_message(c, FRAME_FAILED, id, &writer);
}

void control_announce(const struct process *process)
{
    uint8_t payload[ENTRY_MAX];
    struct writer writer = {.to = payload, .room = sizeof payload};
    write_entry(&writer, process);
    for (struct connection *c = shim.connections; c != NULL; c = c->next) {
        if (c->subscriber)
            send_message(c, FRAME_EXITED, 0, &writer);
    }
}

static int greet(const struct call *call)
{
    uint8_t payload[64];
    struct writer writer = {.to = payload, .room = sizeof payload};
    if (call->request->magic != HELLO_MAGIC || call->request->version < PROTOCOL_VERSION)
        return DROP;
    write_u32(&writer, HELLO_MAGIC);
    write_u32(&writer, PROTOCOL_VERSION);
    write_u32(&writer, (uint32_t)getpid());
    write_str(&writer, SHIM_VERSION);
    send_message(call->connection, FRAME_HELLO, call->frame->id, &writer);
    call->connection->greeted = true;
    return DONE;
}

static int start(const struct call *call)
{
    struct connection *c = call->connection;
    uint32_t io = call->request->flags;
    struct error err;
    int result = (io & IO_STREAM) != 0 && c->process != NULL
                     ? fail(&err, EBUSY, "the connection is a stream already", "")
                     : process_start(call->request, c, call->frame->id, &err);
    if (result < 0) {
        control_failed(c, call->frame->id, 1, 0, &err);
    } else if ((io & IO_STREAM) != 0) {
        c->process = process_find(call->request->id);
        c->stream = STREAM_OUTPUT | ((io & IO_STREAM_STDIN) != 0 ? STREAM_STDIN : 0);
    }
    return DONE;
}

static int signal_process(const struct call *call)
{
    uint32_t number = call->request->signal;
    return number > (uint32_t)SIGRTMAX
               ? -EINVAL
               : process_signal(call->process, (int)number, call->request->flags);
}

static int list(const struct call *call)
{
    uint32_t count = 0;
    for (struct process *p = shim.processes; p != NULL; p = p->next)
        count++;
    size_t room = 4 + (size_t)count * ENTRY_MAX;
    struct writer writer = {.to = malloc(room), .room = room};
    if (writer.to == NULL)
        return -ENOMEM;
    write_u32(&writer, count);
    for (struct process *p = shim.processes; p != NULL; p = p->next)
        write_entry(&writer, p);
    send_message(call->connection, FRAME_LISTING, call->frame->id, &writer);
    free(writer.to);
    return DONE;
}

static int attach(const struct call *call)
{
    struct process *process = call->process;
    if (process->state == STATE_STARTING ||
        (process->state == STATE_EXITED && !sources_open(process)))
        return -ESRCH;
    if (call->connection->process != NULL)
        return -EBUSY;
    call->connection->process = process;
    call->connection->stream = call->request->flags;
    return 0;
}

static int reopen_log(const struct call *call)
{
    return call->process->log.fd < 0 ? -ESRCH : log_open(&call->process->log);
}

static int resize(const struct call *call)
{
    return process_resize(call->process, call->request->rows, call->request->columns);
}

static int forget(const struct call *call)
{
    if (call->process->state != STATE_EXITED)
        return -EBUSY;
    process_drop(call->process);
    return 0;
}

static int subscribe(const struct call *call)
{
    call->connection->subscriber = true;
    return 0;
}

static int shut_down(const struct call *call)
{
    (void)call;
    for (struct process *p = shim.processes; p != NULL; p = p->next) {
        if (p->state != STATE_EXITED)
            return -EBUSY;
    }
    shim.ended = true;
    return 0;
}

/* Bytes for a process without standard input, or one that is gone, vanish. */
static int feed(const struct call *call)
{
    struct connection *c = call->connection;
    const struct request *input = call->request;
    if (c->process == NULL || (c->stream & STREAM_STDIN) == 0)
        return DONE;
    c->stdin_done +=
        stdin_write(c->process, input->bytes + c->stdin_done, input->size - c->stdin_done);
    if (c->stdin_done < input->size)
        return AGAIN;
    c->stdin_done = 0;
    return DONE;
}

static int feed_end(const struct call *call)
{
    struct connection *c = call->connection;
    if (c->process != NULL && (c->stream & STREAM_STDIN) != 0)
        stdin_end(c->process);
    return DONE;
}

/* 0 and -errno are answered with OK, and ERROR with the name; otherwise the result is a verdict. */
static const struct verb {
    int (*handle)(const struct call *call);
    const char *name;
} verbs[REQUEST_TYPES] = {
    [FRAME_HELLO] = {greet, "hello"},
    [FRAME_START] = {start, "start"},
    [FRAME_SIGNAL] = {signal_process, "signal"},
    [FRAME_LIST] = {list, "list"},
    [FRAME_ATTACH] = {attach, "attach"},
    [FRAME_REOPEN_LOG] = {reopen_log, "reopen log"},
    [FRAME_RESIZE] = {resize, "resize"},
    [FRAME_FORGET] = {forget, "forget"},
    [FRAME_SUBSCRIBE] = {subscribe, "subscribe"},
    [FRAME_SHUTDOWN] = {shut_down, "processes run"},
    [FRAME_STDIN] = {feed, "stdin"},
    [FRAME_STDIN_EOF] = {feed_end, "stdin"},
};

enum verdict control_handle(struct connection *c, const struct frame *frame)
{
    struct request request;
    if (request_decode(frame, &request) < 0 || c->greeted == (frame->type == FRAME_HELLO))
        return DROP;

    struct call call = {.connection = c, .frame = frame, .request = &request};
    if (request.id != NULL)
        call.process = process_find(request.id);
    if (frame->type == FRAME_RESIZE && request.id[0] == 0)
        call.process = c->process;

    const struct verb *verb = &verbs[frame->type];
    bool unknown = request.id != NULL && call.process == NULL && frame->type != FRAME_START;
    int result = unknown ? -ESRCH : verb->handle(&call);
    if (result > 0)
        return (enum verdict)result;
    answer(c, frame->id, result, verb->name);
    return DONE;
}
