/* What the parts of the shim share. There is one struct shim and no other state of the process. */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include "err.h"
#include "log.h"
#include "program.h"
#include "proto.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SHIM_VERSION "0.1.0"
#define OWNER(pointer, type, member) ((type *)(void *)((char *)(pointer) - offsetof(type, member)))

enum {
    CHUNK = 64 << 10,            /* what is read at once */
    CONNECTIONS_MAX = 256,
    QUEUE_MAX = 8 << 20,         /* what a client may leave unread before it is dropped */
    STALL_NANOS_PER_MS = 1000000,
    ATTACHED_STALL_MS = 5000,    /* how long an attached client may take nothing */
    TERMINAL_GRACE_MS = 200      /* for what a dead exec's terminal still holds */
};

struct shim;

/* A descriptor in the event loop; interest 0 keeps it out, where a hang-up would spin. */
struct watch {
    int fd; /* -1 closed */
    uint32_t interest;
    void (*ready)(struct shim *shim, struct watch *watch, uint32_t events);
};

/* Output of a process: one end of a pipe, or the terminal. */
struct source {
    struct watch watch;
    struct process *process;
    struct log_carry carry;
    int stream;   /* 1 or 2 */
    int64_t left; /* of a dead exec: what the pipe held at its end; -1 until the end of file */
};

enum process_state { STATE_STARTING, STATE_RUNNING, STATE_EXITED };

struct process {
    struct process *next;
    char *id, *target, *exit_record;
    unsigned kind;
    enum process_state state;
    uint32_t io;
    uint16_t rows, columns;
    pid_t pid;
    int pidfd;

    struct watch starting; /* end of file: the child executes its binary, or is gone */
    struct progress *progress;
    struct connection *starter; /* who waits for the start, or NULL */
    uint32_t start_request;
    bool reaped;

    struct watch stdin; /* pipe or terminal, watched while somebody waits to write */
    struct source output[2];
    struct log log;

    int64_t started, finished; /* Unix nanoseconds */
    int64_t grace;             /* monotonic ms at which a dead exec's terminal is given up; 0 none */
    int code, signal;
};

struct connection {
    struct connection *next;
    struct watch watch;
    bool greeted, subscriber, ending, stdin_blocked;

    struct process *process; /* of which it is a stream, or NULL */
    bool feeds_stdin, takes_output;

    uint8_t *in; /* an incomplete frame, or NULL */
    size_t in_size, in_room;
    size_t stdin_done; /* of the STDIN frame that waits */

    uint8_t *out; /* what the socket did not take, or NULL */
    size_t out_size, out_done, out_room;
    int64_t stalled; /* monotonic ms since which nothing was taken */
};

struct shim {
    int epoll, null, own_pidns;
    struct watch listener, signals;
    const char *socket_path;
    pid_t reaper;
    int reaper_fd; /* pidfd, or -1 */
    bool ended, warm;
    unsigned connection_count;
    struct connection *connections;
    struct process *processes;
};

/* main.c: the loop */
void watch_set(struct shim *shim, struct watch *watch, uint32_t interest);
void watch_close(struct shim *shim, struct watch *watch);
int64_t monotonic_ms(void);
int64_t unix_nanos(void);
extern uint8_t chunk[CHUNK]; /* scratch of one event's handler */

/* start.c */
int process_start(struct shim *shim, const struct start_request *request,
                  struct connection *starter, uint32_t request_id, struct error *err);
void start_settle(struct shim *shim, struct process *process);

/* process.c */
struct process *process_find(const struct shim *shim, struct text id);
void process_drop(struct shim *shim, struct process *process);
void process_exited(struct shim *shim, struct process *process);
int process_signal(const struct process *process, int number, uint32_t flags);
int process_resize(const struct process *process, uint16_t rows, uint16_t columns);
void write_entry(struct writer *writer, const struct process *process);

/* stdio.c */
void source_open(struct process *process, int index, int fd);
void source_ready(struct shim *shim, struct watch *watch, uint32_t events);
void stdin_ready(struct shim *shim, struct watch *watch, uint32_t events);
void sources_resume(struct shim *shim, struct process *process);
void sources_catch_up(struct shim *shim, struct process *process);
void sources_drain(struct shim *shim, struct process *process);
void sources_close(struct shim *shim, struct process *process);
bool sources_open(const struct process *process);
size_t stdin_write(struct shim *shim, struct process *process, const uint8_t *data, size_t size);
void stdin_end(struct shim *shim, struct process *process);

/* streams.c */
void stream_join(struct connection *connection, struct process *process, bool feeds, bool takes);
void stream_leave(struct shim *shim, struct connection *connection);
void streams_output(struct shim *shim, const struct source *source, const uint8_t *data,
                    size_t size);
bool streams_blocked(const struct shim *shim, const struct process *process);
void streams_end(struct shim *shim, struct process *process);
int streams_timeout(struct shim *shim);

/* connection.c */
void connection_accept(struct shim *shim, struct watch *watch, uint32_t events);
void connection_send(struct shim *shim, struct connection *connection, unsigned type, uint32_t id,
                     const void *first, size_t first_size, const void *rest, size_t rest_size);
void connection_fail(struct connection *connection);
void connection_end(struct shim *shim, struct connection *connection);
void connection_resume(struct shim *shim, struct connection *connection);

/* control.c: false when the connection must go; done false when the frame is to come again */
bool control_handle(struct shim *shim, struct connection *connection, const struct frame *frame,
                    bool *done);
void control_started(struct shim *shim, struct connection *connection, uint32_t id, pid_t pid);
void control_failed(struct shim *shim, struct connection *connection, uint32_t id, unsigned stage,
                    uint32_t op, const struct error *err);
void control_announce(struct shim *shim, const struct process *process);

/* reap.c */
int reap_start(struct shim *shim);
int reaper_start(struct shim *shim);

#endif
