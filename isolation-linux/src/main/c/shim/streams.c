/* Connections: bytes to frames and back, queues and their bounds; who gets a process's output. */
#include "shim.h"

#include <sys/socket.h>
#include <sys/uio.h>

/* Where more bytes may be put behind those that wait; NULL without memory. */
static uint8_t *buffer_room(struct buffer *buffer, size_t more)
{
    if (buffer->at + buffer->size + more > buffer->room && buffer->at > 0) {
        memmove(buffer->bytes, buffer->bytes + buffer->at, buffer->size);
        buffer->at = 0;
    }
    if (buffer->at + buffer->size + more > buffer->room) {
        uint8_t *grown = realloc(buffer->bytes, buffer->size + more);
        if (grown == NULL)
            return NULL;
        buffer->bytes = grown;
        buffer->room = buffer->size + more;
    }
    return buffer->bytes + buffer->at + buffer->size;
}

static void buffer_drop(struct buffer *buffer, size_t size)
{
    buffer->at += size;
    buffer->size -= size;
    if (buffer->size == 0) {
        free(buffer->bytes);
        *buffer = (struct buffer){.size = 0};
    }
}

/* Closing waits for the event loop: callers may be walking the list. */
static void connection_fail(struct connection *c)
{
    c->ending = true;
    buffer_drop(&c->out, c->out.size);
    shutdown(c->watch.fd, SHUT_RDWR);
}

/* Leaves the process of which it was a stream. */
void stream_leave(struct connection *c)
{
    struct process *process = c->process;
    c->process = NULL;
    c->held_back = false;
    if (process != NULL && (c->stream & STREAM_STDIN) != 0 &&
        (process->io & (IO_CLOSE_STDIN | IO_TERMINAL)) == IO_CLOSE_STDIN)
        stdin_end(process);
}

static void close_connection(struct connection *c)
{
    struct connection **link = &shim.connections;
    while (*link != c)
        link = &(*link)->next;
    *link = c->next;

    watch_close(&c->watch);
    stream_leave(c);
    for (struct process *p = shim.processes; p != NULL; p = p->next) {
        if (p->starter == c)
            p->starter = NULL;
    }
    free(c->in.bytes);
    free(c->out.bytes);
    free(c);
    watch_set(&shim.listener, EPOLLIN);
}

/* Queues what was not sent of a frame. */
static void queue(struct connection *c, const struct iovec frame[2], size_t sent)
{
    size_t size = frame[0].iov_len + frame[1].iov_len;
    uint8_t *to = c->out.size + size > QUEUE_MAX ? NULL : buffer_room(&c->out, size);
    if (to == NULL) {
        connection_fail(c);
        return;
    }
    memcpy(to, frame[0].iov_base, frame[0].iov_len);
    memcpy(to + frame[0].iov_len, frame[1].iov_base, frame[1].iov_len);
    c->out.size += size;
    buffer_drop(&c->out, sent);
}

void connection_send(struct connection *c, uint16_t type, uint32_t id, const void *payload,
                     size_t size)
{
    struct frame_header header = {.length = (uint32_t)(FRAME_MIN + size), .type = type, .id = id};
    struct iovec frame[2] = {{&header, sizeof header}, {(void *)(uintptr_t)payload, size}};
    struct msghdr message = {.msg_iov = frame, .msg_iovlen = 2};
    ssize_t sent = 0;

    if (c->ending)
        return;
    if (c->out.size == 0)
        sent = sendmsg(c->watch.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR)
        connection_fail(c);
    else if (sent < (ssize_t)(sizeof header + size))
        queue(c, frame, sent < 0 ? 0 : (size_t)sent);
}

/* Sends what is queued; false when the connection is of no more use. */
static bool flush(struct connection *c)
{
    ssize_t sent = send(c->watch.fd, c->out.bytes + c->out.at, c->out.size, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    buffer_drop(&c->out, (size_t)sent);
    return c->out.size > 0 || !c->ending;
}

/* Handles the whole frames among what was received; false when the connection must go. */
static bool consume(struct connection *c)
{
    while (!c->ending && !c->held_back) {
        struct frame frame;
        long length = frame_next(c->in.bytes + c->in.at, c->in.size, &frame);
        if (length <= 0)
            return length == 0;
        enum verdict verdict = control_handle(c, &frame);
        if (verdict == MALFORMED)
            return false;
        c->held_back = verdict == HELD_BACK;
        if (!c->held_back)
            buffer_drop(&c->in, (size_t)length);
    }
    return true;
}

static bool receive(struct connection *c)
{
    uint8_t *to = buffer_room(&c->in, CHUNK);
    ssize_t count = to == NULL ? 0 : read(c->watch.fd, to, CHUNK);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        count = 0;
    shim.warm = true;
    if (count > 0)
        c->in.size += (size_t)count;
    buffer_drop(&c->in, 0);
    return count != 0;
}

static void connection_ready(struct watch *watch)
{
    struct connection *c = OWNER(watch, struct connection, watch);
    bool good = (watch->events & EPOLLERR) == 0;

    if (good && (watch->events & EPOLLOUT) != 0 && c->out.size > 0)
        good = flush(c);
    if (good && (watch->events & EPOLLIN) != 0 && !c->ending)
        good = receive(c);
    else if ((watch->events & EPOLLHUP) != 0)
        good = false;
    if (!good)
        close_connection(c);
}

static bool trusted(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

void connection_accept(struct watch *watch)
{
    int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        /* Out of descriptors: until a connection goes, waiting would spin. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            watch_set(watch, 0);
        return;
    }
    struct connection *c = trusted(fd) ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        close(fd);
        return;
    }
    c->watch = (struct watch){.fd = fd, .ready = connection_ready};
    c->next = shim.connections;
    shim.connections = c;
}

void streams_output(const struct process *process, const uint8_t *payload, size_t size)
{
    for (struct connection *c = shim.connections; c != NULL; c = c->next) {
        if (c->process == process && (c->stream & STREAM_OUTPUT) != 0)
            connection_send(c, FRAME_OUTPUT, 0, payload, size);
    }
}

bool streams_blocked(const struct process *process)
{
    for (const struct connection *c = shim.connections; c != NULL; c = c->next) {
        if (c->process == process && (c->stream & STREAM_PACING) != 0 && c->out.size > 0)
            return true;
    }
    return false;
}

/* The process takes input again, or none any more. */
void streams_fed(const struct process *process)
{
    for (struct connection *c = shim.connections; c != NULL; c = c->next) {
        if (c->process == process)
            c->held_back = false;
    }
    shim.fed = true;
}

void streams_end(struct process *process)
{
    uint8_t payload[ENTRY_MAX];
    size_t size = put_entry(payload, process);
    for (struct connection *c = shim.connections; c != NULL; c = c->next) {
        if (c->process != process)
            continue;
        c->process = NULL;
        if (process->state == STATE_EXITED)
            connection_send(c, FRAME_EXITED, 0, payload, size);
        c->ending = true;
        if (c->out.size == 0)
            connection_fail(c);
    }
}

/* Whether it is time; if not, next is when it will be at the latest. */
static bool due(int64_t when, int64_t now, int64_t *next)
{
    if (now < when && when < *next)
        *next = when;
    return now >= when;
}

/* Does what is due before the loop waits for what can go on; for how many milliseconds, or -1. */
int streams_tend(void)
{
    int64_t now = nanos_of(CLOCK_MONOTONIC);
    int64_t next = INT64_MAX;
    do {
        shim.fed = false;
        for (struct connection *c = shim.connections; c != NULL; c = c->next) {
            if (c->in.size > 0 && !consume(c))
                connection_fail(c);
        }
    } while (shim.fed);
    for (struct process *p = shim.processes; p != NULL; p = p->next) {
        /* A client that holds back output also stops the clock of a dead exec's terminal. */
        if (p->grace != 0 && !streams_blocked(p) && due(p->grace, now, &next))
            sources_close(p);
        sources_tend(p);
    }
    for (struct connection *c = shim.connections; c != NULL; c = c->next) {
        /* EPOLLHUP comes unasked while the watch stays in, which needs some interest. */
        watch_set(&c->watch, EPOLLHUP | (c->ending || c->held_back ? 0U : EPOLLIN) |
                                 (c->out.size > 0 ? (uint32_t)EPOLLOUT : 0));
    }
    return next == INT64_MAX ? -1 : (int)((next - now) / 1000000 + 1);
}
