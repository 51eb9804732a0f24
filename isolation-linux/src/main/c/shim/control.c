/* What each frame of a client asks for, and the answers. */
#include "shim.h"

#include <sys/ioctl.h>

/* What a handler may give instead of 0 or -errno. */
enum {
    DONE = 1, /* no answer is due */
    DROP,     /* the connection must go */
    WAIT      /* the frame is not used up: its rest stays until the process takes it */
};

/* A request and whom it is about: the process of its id, or NULL. */
struct call {
    struct connection *connection;
    const struct frame *frame;
    const struct request *request;
    struct process *process;
    struct error *err; /* with the verb in it, unless the handler says more */
};

void control_error(struct connection *c, uint32_t id, const struct error *err)
{
    connection_send(c, FRAME_ERROR, id, err, offsetof(struct error, text) + strlen(err->text));
}

void control_announce(const struct process *process)
{
    uint8_t payload[ENTRY_MAX];
    size_t size = put_entry(payload, process);
    for (struct connection *c = shim.connections; c != NULL; c = c->next) {
        if (c->greeted && c->process == NULL)
            connection_send(c, FRAME_EXITED, 0, payload, size);
    }
}

static int greet(const struct call *call)
{
    struct hello answer = {HELLO_MAGIC, PROTOCOL_VERSION, (uint32_t)getpid()}, hello;
    enum { ASKED = offsetof(struct hello, pid) };
    if (call->request->size < ASKED)
        return DROP;
    memcpy(&hello, call->request->bytes, ASKED);
    if (hello.magic != HELLO_MAGIC || hello.version < PROTOCOL_VERSION)
        return DROP;
    connection_send(call->connection, FRAME_HELLO, call->frame->id, &answer, sizeof answer);
    call->connection->greeted = true;
    return DONE;
}

/* The shim becomes its sandbox. */
static int set_up(const struct call *call)
{
    struct progress progress = {.op = 0};
    int result = program_check(call->request->bytes, call->request->size);
    if (result == 0) {
        call->err->stage = STAGE_PROGRAM;
        result = program_run((uint8_t *)(uintptr_t)call->request->bytes, -1, &progress);
        call->err->op = progress.op;
    }
    return result;
}

static int start(const struct call *call)
{
    struct connection *c = call->connection;
    bool stream = (call->request->flags & IO_STREAM) != 0;
    call->err->stage = STAGE_PREPARATION;
    if (stream && c->process != NULL)
        return -EBUSY;
    struct process *process = process_start(call->request, call->err);
    if (process == NULL)
        return -(int)call->err->code;
    process->starter = c;
    process->start_frame = call->frame->id;
    if (stream) {
        c->process = process;
        c->stream = STREAM_OUTPUT | STREAM_STDIN | STREAM_PACING;
    }
    return DONE;
}

static int signal_process(const struct call *call)
{
    if (call->process->reaped)
        return -ESRCH;
    return syscall(SYS_pidfd_send_signal, call->process->pidfd, call->request->signal, NULL, 0) < 0
               ? -errno
               : 0;
}

static int list(const struct call *call)
{
    size_t count = 0;
    for (struct process *p = shim.processes; p != NULL; p = p->next)
        count++;
    uint8_t *listing = malloc(1 + count * ENTRY_MAX), *at = listing;
    if (listing == NULL)
        return -ENOMEM;
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

static int feed(const struct call *call)
{
    struct connection *c = call->connection;
    if (c->process == NULL || (c->stream & STREAM_STDIN) == 0)
        c->fed = call->request->size; /* vanishes */
    else
        c->fed +=
            stdin_write(c->process, call->request->bytes + c->fed, call->request->size - c->fed);
    if (c->fed < call->request->size)
        return WAIT;
    c->fed = 0;
    return DONE;
}

static int end_input(const struct call *call)
{
    const struct connection *c = call->connection;
    bool feeds = c->process != NULL && (c->stream & STREAM_STDIN) != 0;
    return feeds && !stdin_end(c->process) ? WAIT : DONE;
}

/* The name of a verb is the message of its errors. */
static const struct verb {
    int (*handle)(const struct call *call);
    const char *name;
    bool of_process; /* that must be known */
} verbs[REQUEST_TYPES] = {
    [FRAME_HELLO] = {greet, "hello", false},
    [FRAME_START] = {start, "start", false},
    [FRAME_SIGNAL] = {signal_process, "signal", true},
    [FRAME_LIST] = {list, "list", false},
    [FRAME_ATTACH] = {attach, "attach", true},
    [FRAME_REOPEN_LOG] = {reopen_log, "reopen log", true},
    [FRAME_RESIZE] = {resize, "resize", true},
    [FRAME_FORGET] = {forget, "forget", true},
    [FRAME_SET_UP] = {set_up, "set up", false},
    [FRAME_SHUTDOWN] = {shut_down, "processes run", false},
    [FRAME_STDIN] = {feed, "stdin", false},
    [FRAME_STDIN_EOF] = {end_input, "stdin", false},
};

enum verdict control_handle(struct connection *c, const struct frame *frame)
{
    struct request request;
    struct error err = {.stage = STAGE_REQUEST};
    if (request_decode(frame, &request) < 0 || c->greeted == (frame->type == FRAME_HELLO))
        return MALFORMED;

    const struct verb *verb = &verbs[frame->type];
    struct call call = {.connection = c, .frame = frame, .request = &request, .err = &err};
    if (verb->of_process)
        call.process = process_find(request.id);
    int result = verb->of_process && call.process == NULL ? -ESRCH : verb->handle(&call);
    if (result == 0)
        connection_send(c, FRAME_OK, frame->id, NULL, 0);
    if (result < 0 && err.code == 0)
        fail(&err, -result, verb->name, "");
    if (result < 0)
        control_error(c, frame->id, &err);
    return result == WAIT ? HELD_BACK : result == DROP ? MALFORMED : HANDLED;
}
