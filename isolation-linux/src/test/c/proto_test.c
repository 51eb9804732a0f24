#include "err.h"
#include "proto.h"
#include "tap.h"

static const char *directory;

static uint8_t *frame_of(const char *name, struct frame *frame)
{
    size_t size;
    uint8_t *bytes = vector(directory, name, &size);
    long length = frame_next(bytes, size, frame);
    ok(length == (long)size, name);
    return bytes;
}

/* The request of a vector; the caller frees the bytes that it lies in. */
static uint8_t *request_of(const char *name, unsigned type, struct request *request)
{
    struct frame frame;
    uint8_t *bytes = frame_of(name, &frame);
    ok(frame.type == type && request_decode(&frame, request) == 0, "it is a request of its type");
    return bytes;
}

static void hello_is_decoded(void)
{
    struct request request;
    uint8_t *bytes = request_of("hello", FRAME_HELLO, &request);
    ok(request.magic == HELLO_MAGIC && request.version == 1, "hello has magic and version");
    ok(request.id == NULL && request.bytes == NULL, "hello is about no process");
    free(bytes);
}

static void start_is_decoded(void)
{
    struct request start;
    uint8_t *bytes = request_of("start", FRAME_START, &start);
    ok(strcmp(start.id, "c1") == 0 && strcmp(start.target, "c0") == 0, "start has id and target");
    ok(start.kind == KIND_EXEC && start.pid_namespace == PIDNS_TARGET, "start has kind and pid ns");
    ok(start.clone_flags == 0x20000 && start.flags == 31, "start has its flags");
    ok(start.rows == 24 && start.columns == 80, "start has the terminal's size");
    ok(strcmp(start.cgroup, "/sys/fs/cgroup/p/c1") == 0 && strcmp(start.log, "/log/c1/0.log") == 0 &&
           strcmp(start.exit_record, "/run/c1/exit") == 0,
       "start has its paths");
    ok(start.size == 3 && memcmp(start.bytes, "\1\2\3", 3) == 0, "start has its program");
    free(bytes);
}

static void signal_is_decoded(void)
{
    struct request request;
    uint8_t *bytes = request_of("signal", FRAME_SIGNAL, &request);
    ok(strcmp(request.id, "c1") == 0 && request.signal == 15 &&
           request.flags == (SIGNAL_GROUP | SIGNAL_SESSION),
       "signal has id, number and flags");
    free(bytes);
}

/* What becomes of a frame of a type, with a payload that the test gives. */
static int decode(unsigned type, const void *payload, size_t size, struct request *request)
{
    static uint8_t bytes[64];
    struct frame frame = {.type = type, .id = 1, .payload = bytes, .size = size};
    memcpy(bytes, payload, size);
    return request_decode(&frame, request);
}

static void other_requests_are_decoded(void)
{
    struct request request;
    ok(decode(FRAME_RESIZE, "\1\0\0\0a\36\0\144\0", 9, &request) == 0 &&
           strcmp(request.id, "a") == 0 && request.rows == 30 && request.columns == 100,
       "resize has id, rows and columns");
    ok(decode(FRAME_ATTACH, "\1\0\0\0a\2\0\0\0", 9, &request) == 0 &&
           request.flags == STREAM_OUTPUT,
       "attach has id and flags");
    ok(decode(FRAME_FORGET, "\0\0\0\0", 4, &request) == 0 && request.id[0] == 0,
       "an empty string is one");
    ok(decode(FRAME_STDIN, "abc", 3, &request) == 0 && request.size == 3 &&
           memcmp(request.bytes, "abc", 3) == 0,
       "stdin is the rest of the frame");
    ok(decode(FRAME_STDIN, "", 0, &request) == 0 && request.size == 0, "which may be empty");
    ok(decode(FRAME_LIST, "", 0, &request) == 0, "list has nothing");
    ok(decode(FRAME_LIST, "a", 1, &request) < 0, "and nothing else");
    ok(decode(FRAME_FORGET, "\1\0\0\0ab", 6, &request) < 0, "what follows is malformed");
    ok(decode(FRAME_FORGET, "\1\0\0", 3, &request) < 0, "a length that is cut is malformed");
    ok(decode(FRAME_OK, "", 0, &request) < 0 && decode(0, "", 0, &request) < 0,
       "an answer is no request");
}

static void encodes(const char *name, unsigned type, uint32_t id, const void *payload,
                    size_t payload_size)
{
    struct frame frame;
    uint8_t *bytes = frame_of(name, &frame);
    ok(frame.type == type && frame.id == id && frame.size == payload_size &&
           memcmp(frame.payload, payload, payload_size) == 0,
       "and has what the shim makes");
    free(bytes);
}

static void answers_are_encoded(void)
{
    struct {
        uint32_t stage, op;
        struct error err;
    } failed = {.stage = 2, .op = 5};
    fail(&failed.err, ENOENT, "launch", "program");
    encodes("failed", FRAME_FAILED, 7, &failed, 16 + failed.err.length);

    uint8_t exited[256];
    uint8_t *at = put_str(exited, "c1");
    at = put_number(at, KIND_EXEC, 1);
    at = put_str(at, "c0");
    at = put_number(at, 4712, 4);
    at = put_number(at, 2, 1);
    at = put_number(at, 137, 4);
    at = put_number(at, 9, 4);
    at = put_number(at, 1475713029669794202, 8);
    at = put_number(at, 1475713030000000001, 8);
    encodes("exited", FRAME_EXITED, 0, exited, (size_t)(at - exited));
}

static void malformed_frames_are_refused(void)
{
    static const char *const frames[] = {"malformed-short", "malformed-long", "malformed-zero"};
    static const char *const starts[] = {"malformed-start-string", "malformed-start-nul",
                                         "malformed-start-rest"};
    struct frame frame;
    struct request start;
    size_t size;
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes = vector(directory, frames[i], &size);
        ok(frame_next(bytes, size, &frame) < 0, frames[i]);
        free(bytes);
    }
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes = frame_of(starts[i], &frame);
        ok(request_decode(&frame, &start) < 0, starts[i]);
        free(bytes);
    }
}

static void no_prefix_is_a_frame(void)
{
    struct frame frame;
    size_t size;
    bool none = true;
    uint8_t *bytes = vector(directory, "start", &size);
    for (size_t i = 0; i < size; i++) {
        uint8_t *prefix = malloc(i == 0 ? 1 : i);
        memcpy(prefix, bytes, i);
        none &= frame_next(prefix, i, &frame) == 0;
        free(prefix);
    }
    ok(none, "a prefix of a frame waits for more");
    free(bytes);
}

static void ids_are_checked(void)
{
    char longest[ID_MAX + 2];
    memset(longest, 'a', sizeof longest - 1);
    longest[ID_MAX + 1] = 0;
    ok(id_valid("a_B.9-"), "an id of every allowed kind of character");
    ok(id_valid(longest + 1), "an id of 128 characters");
    ok(!id_valid(longest), "not one of 129");
    ok(!id_valid(""), "not an empty one");
    ok(!id_valid("a/b"), "not one with a slash");
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    hello_is_decoded();
    start_is_decoded();
    signal_is_decoded();
    other_requests_are_decoded();
    answers_are_encoded();
    malformed_frames_are_refused();
    no_prefix_is_a_frame();
    ids_are_checked();
    return tap_end();
}
