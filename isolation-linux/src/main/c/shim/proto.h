/* The codec of frames and their payloads. docs/shim-protocol.md §3. */
#ifndef SHIM_PROTO_H
#define SHIM_PROTO_H

#include <stdbool.h>
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
    FRAME_SUBSCRIBE = 9,
    FRAME_SHUTDOWN = 10,
    FRAME_STDIN = 11,
    FRAME_STDIN_EOF = 12,
    REQUEST_TYPES,
    FRAME_OK = 20,
    FRAME_ERROR = 21,
    FRAME_STARTED = 22,
    FRAME_FAILED = 23,
    FRAME_LISTING = 24,
    FRAME_EXITED = 25,
    FRAME_OUTPUT = 26
};

enum {
    FRAME_MIN = 8, /* bounds of the length field */
    FRAME_MAX = 4 << 20,
    HELLO_MAGIC = 0x4d485347,
    PROTOCOL_VERSION = 1,
    ID_MAX = 128,
    PATH_BOUND = 4096
};

enum process_kind { KIND_CONTAINER = 1, KIND_EXEC = 2 };
enum pid_namespace { PIDNS_FLAGS = 0, PIDNS_POD = 1, PIDNS_TARGET = 2 };
enum io_flags {
    IO_STDIN = 1,
    IO_TERMINAL = 2,
    IO_CLOSE_STDIN = 4,
    IO_STREAM = 8,
    IO_STREAM_STDIN = 16
};
enum stream_flags { STREAM_STDIN = 1, STREAM_OUTPUT = 2 };
enum signal_flags { SIGNAL_GROUP = 1, SIGNAL_SESSION = 2 };

struct frame_header {
    uint32_t length; /* of what follows it */
    uint16_t type, zero;
    uint32_t id;
};

struct frame {
    unsigned type;
    uint32_t id;
    uint8_t *payload;
    size_t size;
};

/* The values of any request, 0 where it has none. Strings and bytes lie in the frame. */
struct request {
    const char *id, *target, *cgroup, *log, *exit_record;
    const uint8_t *bytes; /* a program, or input */
    uint32_t size;        /* of the bytes */
    uint32_t magic, version, signal, flags;
    uint64_t clone_flags;
    uint16_t rows, columns;
    uint8_t kind, pid_namespace;
};

/*
 * Finds the first frame of size bytes. Returns its whole length, 0 when more bytes are needed, or
 * -EPROTO.
 */
long frame_next(uint8_t *bytes, size_t size, struct frame *frame);

/*
 * Takes a request apart; 0 or -EPROTO. Strings are moved onto the lengths before them, so that they
 * end with a NUL: a frame that has some can be decoded once only.
 */
int request_decode(const struct frame *frame, struct request *request);

bool id_valid(const char *id);

/* Put a value into memory that has room for it; return where the next one goes. */
uint8_t *put_number(uint8_t *to, uint64_t value, size_t size);
uint8_t *put_str(uint8_t *to, const char *string);

#endif
