/* The codec of frames and their payloads. docs/shim-protocol.md §3. */
#ifndef SHIM_PROTO_H
#define SHIM_PROTO_H

#include <stddef.h>
#include <stdint.h>

enum frame_type {
    FRAME_HELLO = 1,
    FRAME_START = 2,
    FRAME_SIGNAL = 3,
    FRAME_LIST = 4,
    FRAME_ATTACH = 5,
    FRAME_REOPEN_LOG = 6,
    FRAME_RESIZE = 7,
    FRAME_FORGET = 8,
    FRAME_SET_UP = 9,
    FRAME_SHUTDOWN = 10,
    FRAME_STDIN = 11,
    FRAME_STDIN_EOF = 12,
    REQUEST_TYPES,
    FRAME_OK = 20,
    FRAME_ERROR = 21,
    FRAME_STARTED = 22,
    FRAME_LISTING = 23,
    FRAME_EXITED = 24,
    FRAME_OUTPUT = 25
};

enum {
    FRAME_MIN = 8, /* bounds of the length field */
    FRAME_MAX = 4 << 20,
    HELLO_MAGIC = 0x4d485347,
    PROTOCOL_VERSION = 2,
    ID_MAX = 128,
    PATH_BOUND = 4096
};

enum process_kind { KIND_CONTAINER = 1, KIND_EXEC = 2 }; /* others matter to clients only */
enum io_flags { IO_STDIN = 1, IO_TERMINAL = 2, IO_CLOSE_STDIN = 4, IO_STREAM = 8, IO_OUTSIDE = 16 };
enum stream_flags { STREAM_STDIN = 1, STREAM_OUTPUT = 2, STREAM_PACING = 4 };

struct frame_header {
    uint32_t length; /* of what follows it */
    uint16_t type, zero;
    uint32_t id;
};

struct frame {
    unsigned type;
    uint32_t id;
    const uint8_t *payload;
    size_t size;
};

/* HELLO, with the highest version that its side knows. */
struct hello {
    uint32_t magic, version;
    uint32_t pid; /* in the answer only */
};

/* A request in the order of the wire. Strings and bytes lie in the frame, one after the other. */
struct request {
    uint64_t clone_flags;
    uint32_t flags, signal;
    uint16_t rows, columns;
    uint8_t kind, zero[3];
    const char *id, *target, *cgroup, *log, *exit_record;
    const uint8_t *bytes; /* a program, or input */
    size_t size;          /* of the bytes */
};

/* What is known of a process, followed on the wire by its id and its target. */
struct entry {
    int64_t started, finished; /* Unix nanoseconds */
    uint32_t pid;
    int32_t code;
    uint32_t signal;
    uint8_t kind, state, zero[2];
};

/* Finds the first frame of size bytes: its whole length, 0 when more are needed, or -EPROTO. */
long frame_next(const uint8_t *bytes, size_t size, struct frame *frame);

/* Takes a request apart; 0 or -EPROTO. */
int request_decode(const struct frame *frame, struct request *request);

#endif
