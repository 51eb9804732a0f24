/* Connections: bytes to frames and back, queues, and their bounds. */
#include "shim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Closing waits for the event loop: callers may be walking the list. */
void connection_fail(struct connection *connection)
{
    connection->ending = true;
    connection->out_size = connection->out_done = 0;
    shutdown(connection->watch.fd, SHUT_RDWR);
}

void connection_end(struct shim *shim, struct connection *connection)
{
    connection->ending = true;
    if (connection->out_size == 0)
        shutdown(connection->watch.fd, SHUT_RDWR);
    else
        watch_set(shim, &connection->watch, EPOLLOUT);
}

static void close_connection(struct shim *shim, struct connection *connection)
{
    struct connection **link = &shim->connections;
    while (*link != connection)
        link = &(*link)->next;
    *link = connection->next;
    shim->connection_count--;

    watch_close(shim, &connection->watch);
    stream_leave(shim, connection);
    for (struct process *p = shim->processes; p != NULL; p = p->next) {
        if (p->starter == connection)
            p->starter = NULL;
    }
    free(connection->in);
    free(connection->out);
    free(connection);
    watch_set(shim, &shim->listener, EPOLLIN);
}

static uint32_t interest_of(const struct connection *connection)
{
    uint32_t reading = connection->ending || connection->stdin_blocked ? 0 : EPOLLIN;
    return reading | (connection->out_size > 0 ? EPOLLOUT : 0);
}

/* EPOLLHUP comes unasked as long as the watch stays in, which needs some interest. */
static void update_interest(struct shim *shim, struct connection *connection)
{
    uint32_t interest = interest_of(connection);
    watch_set(shim, &connection->watch, interest == 0 ? EPOLLHUP : interest);
}

/* Makes room for more bytes behind size; false without memory. */
static bool reserve(uint8_t **bytes, size_t size, size_t *room, size_t more)
{
    if (size + more <= *room)
        return true;
    uint8_t *grown = realloc(*bytes, size + more);
    if (grown == NULL)
        return false;
    *bytes = grown;
    *room = size + more;
    return true;
}

static void enqueue(struct shim *shim, struct connection *c, const struct iovec *parts, int count,
                    size_t sent)
{
    size_t before = c->out_size;
    for (int i = 0; i < count; i++) {
        size_t skipped = sent < parts[i].iov_len ? sent : parts[i].iov_len;
        size_t size = parts[i].iov_len - skipped;
        sent -= skipped;
        if (size == 0)
            continue;
        if (c->out_done + c->out_size + size > QUEUE_MAX ||
            !reserve(&c->out, c->out_done + c->out_size, &c->out_room, size)) {
            connection_fail(c);
            return;
        }
        memcpy(c->out + c->out_done + c->out_size, (uint8_t *)parts[i].iov_base + skipped, size);
        c->out_size += size;
    }
    if (before == 0 && c->out_size > 0)
        c->stalled = monotonic_ms();
    update_interest(shim, c);
}

static struct iovec part(const void *data, size_t size)
{
    return (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = size};
}

void connection_send(struct shim *shim, struct connection *c, unsigned type, uint32_t id,
                     const void *first, size_t first_size, const void *rest, size_t rest_size)
{
    uint8_t header[FRAME_HEADER];
    frame_header(header, type, id, first_size + rest_size);
    struct iovec parts[3] = {part(header, sizeof header), part(first, first_size),
                             part(rest, rest_size)};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
    ssize_t sent = 0;

    if (c->ending)
        return;
    if (c->out_size == 0) {
        do
            sent = sendmsg(c->watch.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        while (sent < 0 && errno == EINTR);
        if (sent < 0 && errno != EAGAIN) {
            connection_fail(c);
            return;
        }
    }
    enqueue(shim, c, parts, 3, sent < 0 ? 0 : (size_t)sent);
}

/* Sends what is queued; false when the connection is of no more use. */
static bool flush(struct shim *shim, struct connection *c)
{
    ssize_t sent = send(c->watch.fd, c->out + c->out_done, c->out_size, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN || errno == EINTR;
    c->out_done += (size_t)sent;
    c->out_size -= (size_t)sent;
    c->stalled = monotonic_ms();
    if (c->out_size > 0)
        return true;
    free(c->out);
    c->out = NULL;
    c->out_done = c->out_room = 0;
    if (c->ending)
        return false;
    if (c->process != NULL)
        sources_resume(shim, c->process);
    return true;
}

/* Handles whole frames; the number of bytes used up, or -1 when the connection must go. */
static long consume(struct shim *shim, struct connection *c, const uint8_t *bytes, size_t size)
{
    size_t used = 0;
    c->stdin_blocked = false;
    while (!c->ending) {
        struct frame frame;
        bool done = true;
        long length = frame_next(bytes + used, size - used, &frame);
        if (length < 0 || (length > 0 && !control_handle(shim, c, &frame, &done)))
            return -1;
        if (length == 0)
            break;
        if (!done) {
            c->stdin_blocked = true;
            break;
        }
        used += (size_t)length;
    }
    return (long)used;
}

/* Uses up what is in the connection's own buffer, which goes when it is empty. */
static bool consume_kept(struct shim *shim, struct connection *c)
{
    long used = consume(shim, c, c->in, c->in_size);
    if (used < 0)
        return false;
    c->in_size -= (size_t)used;
    if (c->in_size == 0) {
        free(c->in);
        c->in = NULL;
        c->in_room = 0;
    } else {
        memmove(c->in, c->in + used, c->in_size);
    }
    return true;
}

static bool keep(struct connection *c, const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return true;
    if (!reserve(&c->in, c->in_size, &c->in_room, size))
        return false;
    memcpy(c->in + c->in_size, bytes, size);
    c->in_size += size;
    return true;
}

static bool receive(struct shim *shim, struct connection *c)
{
    ssize_t count = read(c->watch.fd, chunk, sizeof chunk);
    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    if (count == 0)
        return false;
    shim->warm = true;
    if (c->in_size > 0)
        return keep(c, chunk, (size_t)count) && consume_kept(shim, c);
    long used = consume(shim, c, chunk, (size_t)count);
    return used >= 0 && keep(c, chunk + used, (size_t)count - (size_t)used);
}

void connection_resume(struct shim *shim, struct connection *c)
{
    if (!consume_kept(shim, c))
        connection_fail(c);
    update_interest(shim, c);
}

static void connection_ready(struct shim *shim, struct watch *watch, uint32_t events)
{
    struct connection *c = OWNER(watch, struct connection, watch);
    bool good = (events & EPOLLERR) == 0;

    if (good && (events & EPOLLOUT) != 0 && c->out_size > 0)
        good = flush(shim, c);
    if (good && (events & EPOLLIN) != 0 && !c->ending)
        good = receive(shim, c);
    else if ((events & EPOLLHUP) != 0)
        good = false;
    if (good)
        update_interest(shim, c);
    else
        close_connection(shim, c);
}

static bool trusted(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

void connection_accept(struct shim *shim, struct watch *watch, uint32_t events)
{
    (void)events;
    int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        /* Out of descriptors: until a connection goes, waiting would spin. */
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            watch_set(shim, watch, 0);
        return;
    }
    struct connection *c = trusted(fd) ? calloc(1, sizeof *c) : NULL;
    if (c == NULL) {
        close(fd);
        return;
    }
    c->watch = (struct watch){.fd = fd, .ready = connection_ready};
    c->next = shim->connections;
    shim->connections = c;
    if (++shim->connection_count >= CONNECTIONS_MAX)
        watch_set(shim, watch, 0);
    update_interest(shim, c);
}
