/* What each frame of a client asks for, and the answers. */
#include "shim.h"

#include <sys/ioctl.h>

/* What a handler may give instead of 0 or -errno: no answer is due, or the connection must go. */
enum { DONE = 1, DROP };

/* A request and whom it is about: the process of its id, or NULL. */
struct call {
    struct connection *connection;
    const struct frame *frame;
    const struct request *request;
    struct process *process;
};

static size_t size_of(const struct error *err)
{
    return offsetof(struct error, text) + err->length;
}

static void answer(struct connection *c, uint32_t id, int result, const char *name)
{
    struct error err;
    if (result < 0)
        fail(&err, -result, name, "");
    connection_send(c, result < 0 ? FRAME_ERROR : FRAME_OK, id, &err,
                    result < 0 ? size_of(&err) : 0);
}

void control_started(struct process *process)
{
    uint32_t pid = (uint32_t)process->pid;
    if (process->starter != NULL)
        connection_send(process->starter, FRAME_STARTED, process->start_frame, &pid, 4);
    process->starter = NULL;
}

void control_failed(struct connection *c, uint32_t id, uint32_t stage, uint32_t op,
                    const struct error *err)
{
    struct {
        uint32_t stage, op;
        struct error err;
    } failed = {stage, op, *err};
    connection_send(c, FRAME_FAILED, id, &failed, 8 + size_of(err));
}

void control_announce(const struct process *process)
{
    uint8_t payload[ENTRY_MAX];
    size_t size = put_entry(payload, process);
    for (struct connection *c = shim.connections; c != NULL; c = c->next) {
        if (c->subscriber)
            connection_send(c, FRAME_EXITED, 0, payload, size);
    }
}

static int greet(const struct call *call)
{
    uint8_t hello[64];
    uint8_t *at = put_number(hello, HELLO_MAGIC, 4);
    at = put_number(at, PROTOCOL_VERSION, 4);
    at = put_number(at, (uint32_t)getpid(), 4);
    at = put_str(at, SHIM_VERSION);
    if (call->request->magic != HELLO_MAGIC || call->request->version < PROTOCOL_VERSION)
        return DROP;
    connection_send(call->connection, FRAME_HELLO, call->frame->id, hello, (size_t)(at - hello));
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
    return process_signal(call->process, call->request->signal, call->request->flags);
}

static int list(const struct call *call)
{
    uint32_t count = 0;
    for (struct process *p = shim.processes; p != NULL; p = p->next)
        count++;
    uint8_t *listing = malloc(4 + (size_t)count * ENTRY_MAX);
    if (listing == NULL)
        return -ENOMEM;
    uint8_t *at = put_number(listing, count, 4);
    for (struct process *p = shim.processes; p != NULL; p = p->next)
        at += put_entry(at, p);
    connection_send(call->connection, FRAME_LISTING, call->frame->id, listing,
                    (size_t)(at - listing));
    free(listing);
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
    struct winsize size = {.ws_row = call->request->rows, .ws_col = call->request->columns};
    int terminal = (call->process->io & IO_TERMINAL) != 0 ? call->process->output[0].watch.fd : -1;
    if (terminal < 0)
        return -ENOTTY;
    return ioctl(terminal, TIOCSWINSZ, &size) < 0 ? -errno : 0;
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
    bool good = true;
    if (c->process == NULL || (c->stream & STREAM_STDIN) == 0)
        return DONE;
    if (call->frame->type == FRAME_STDIN_EOF)
        stdin_end(c->process);
    else
        good = stdin_feed(c->process, call->request->bytes, call->request->size);
    return good ? DONE : DROP;
}

/* The name of a verb is the message of its errors. */
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
    [FRAME_STDIN_EOF] = {feed, "stdin"},
};

bool control_handle(struct connection *c, const struct frame *frame)
{
    struct request request;
    if (request_decode(frame, &request) < 0 || c->greeted == (frame->type == FRAME_HELLO))
        return false;

    struct call call = {.connection = c, .frame = frame, .request = &request};
    if (request.id != NULL)
        call.process = process_find(request.id);
    if (frame->type == FRAME_RESIZE && request.id[0] == 0)
        call.process = c->process;

    const struct verb *verb = &verbs[frame->type];
    bool unknown = request.id != NULL && call.process == NULL && frame->type != FRAME_START;
    int result = unknown ? -ESRCH : verb->handle(&call);
    if (result <= 0)
        answer(c, frame->id, result, verb->name);
    return result != DROP;
}
