/* What the parts of the shim share. There is one struct shim and no other state of the process. */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include "err.h"
#include "log.h"
#include "program.h"
#include "proto.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

enum {
    CHUNK = 64 << 10,    /* what is read at once */
    QUEUE_MAX = 8 << 20, /* what a client may leave unread before it is dropped */
    ENTRY_MAX = sizeof(struct entry) + 2 * (ID_MAX + 1)
};

/* A descriptor in the event loop; interest 0 keeps it out, where a hang-up would spin. */
struct watch {
    int fd; /* -1 closed */
    uint32_t interest;
    uint32_t events; /* what the loop saw */
    void (*ready)(struct watch *watch);
};

/* Bytes that wait; no memory while there are none. */
struct buffer {
    uint8_t *bytes;
    size_t at, size, room;
};

/* Output of a process: one end of a pipe, or the terminal. */
struct source {
    struct watch watch;
    struct process *process;
    struct log_carry carry;
    uint8_t stream; /* 1 or 2 */
    const char *name;
    int64_t left; /* of what a dead exec's pipe held at its end; -1 until the end of file */
};

enum process_state { STATE_STARTING, STATE_RUNNING, STATE_EXITED };

struct process {
    struct process *next;
    const char *id, *target, *exit_record;
    uint8_t kind;
    enum process_state state;
    uint32_t io;
    pid_t pid, heir; /* heir: who is this process once the one that was started is reaped, or 0 */
    int pidfd;
    bool reaped;

    struct watch starting; /* end of file: the child executes its binary, or is gone */
    struct progress *progress;
    struct connection *starter; /* who waits for the start, or NULL */
    uint32_t start_frame;

    struct watch stdin; /* pipe or terminal, watched while input waits */
    struct source output[2];
    struct log log;

    int64_t started, finished; /* Unix nanoseconds */
    int64_t grace; /* monotonic time at which a dead exec's terminal is given up, or 0 */
    int code, signal;
};

struct connection {
    struct connection *next;
    struct watch watch;
    bool greeted, ending;
    bool held_back;          /* its next frame waits for the process to take input */
    size_t fed;              /* of that frame */
    struct process *process; /* of which it is a stream, or NULL */
    unsigned stream;         /* stream_flags */
    struct buffer in, out;   /* incomplete frames; what the socket did not take */
};

extern struct shim {
    int epoll, null, own_pidns;
    struct watch listener, signals;
    bool ended, warm;
    bool fed; /* connections that were held back may go on */
    struct connection *connections;
    struct process *processes;
} shim;

/* main.c: the loop */
void watch_set(struct watch *watch, uint32_t interest);
void watch_close(struct watch *watch);
int64_t nanos_of(clockid_t clock);

/* start.c */
struct process *process_start(const struct request *request, struct error *err);
void start_settle(struct process *process);

/* process.c */
struct process *process_find(const char *id);
void process_drop(struct process *process);
void process_exited(struct process *process);
size_t put_entry(uint8_t *to, const struct process *process);
int reap_start(void);

/* stdio.c */
void source_open(struct process *process, int index, int fd);
void sources_tend(struct process *process);
void sources_catch_up(struct process *process);
void sources_close(struct process *process);
bool sources_open(const struct process *process);
void stdin_open(struct process *process, int fd);
size_t stdin_write(struct process *process, const uint8_t *data, size_t size);
bool stdin_end(struct process *process);
void stdio_release(void);

/* streams.c: connections, and those that are streams of a process */
void connection_accept(struct watch *watch);
void connection_send(struct connection *connection, uint16_t type, uint32_t id, const void *payload,
                     size_t size);
void stream_leave(struct connection *connection);
void streams_fed(const struct process *process);
void streams_output(const struct process *process, const uint8_t *payload, size_t size);
bool streams_blocked(const struct process *process);
void streams_end(struct process *process);
int streams_tend(void);

/* control.c */
enum verdict { HANDLED, HELD_BACK, MALFORMED };
enum verdict control_handle(struct connection *connection, const struct frame *frame);
void control_error(struct connection *connection, uint32_t id, const struct error *err);
void control_announce(const struct process *process);

#endif
