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
    FRAME_OK = 20,
    FRAME_ERROR = 21,
    FRAME_STARTED = 22,
    FRAME_FAILED = 23,
    FRAME_LISTING = 24,
    FRAME_EXITED = 25,
    FRAME_OUTPUT = 26
};

enum {
    FRAME_HEADER = 12,
    FRAME_MIN = 8,       /* bounds of the length field */
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

/* Bytes of a frame, not terminated. */
struct text {
    const char *at;
    uint32_t length;
};

struct frame {
    unsigned type;
    uint32_t id;
    const uint8_t *payload;
    size_t size;
};

/* Takes values off a payload; once one does not fit, bad stays set and all values are zero. */
struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
};

/* Puts values into memory of the caller's; what does not fit sets bad. */
struct writer {
    uint8_t *to;
    size_t size, room;
    bool bad;
};

struct start_request {
    struct text id, target, cgroup, log, exit_record, program;
    unsigned kind, pid_namespace;
    uint64_t clone_flags;
    uint32_t io;
    uint16_t rows, columns;
};

/*
 * Finds the first frame of size bytes. Returns its whole length, 0 when more bytes are needed, or
 * -EPROTO.
 */
long frame_next(const uint8_t *bytes, size_t size, struct frame *frame);

void frame_header(uint8_t *header, unsigned type, uint32_t id, size_t payload);

struct reader reader_of(const struct frame *frame);
uint8_t read_u8(struct reader *reader);
uint16_t read_u16(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
struct text read_bytes(struct reader *reader);
struct text read_str(struct reader *reader); /* bad when it holds a NUL or is longer than a path */

/* Whether the payload was exactly what was read. */
bool reader_done(const struct reader *reader);

/* 0 or -EPROTO. */
int read_start(const struct frame *frame, struct start_request *request);

bool text_equal(struct text text, const char *string);
bool id_valid(struct text id);

void write_u8(struct writer *writer, unsigned value);
void write_u32(struct writer *writer, uint32_t value);
void write_u64(struct writer *writer, uint64_t value);
void write_str(struct writer *writer, const char *string);

#endif
