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
    struct hello hello = {.pid = 0};
    uint8_t *bytes = request_of("hello", FRAME_HELLO, &request);
    ok(request.size == 8 && request.id == NULL, "hello has bytes only");
    memcpy(&hello, request.bytes, 8);
    ok(hello.magic == HELLO_MAGIC && hello.version == PROTOCOL_VERSION, "its magic and version");
    free(bytes);
}

static void start_is_decoded(void)
{
    struct request start;
    uint8_t *bytes = request_of("start", FRAME_START, &start);
    ok(strcmp(start.id, "c1") == 0 && strcmp(start.target, "c0") == 0, "start has id and target");
    ok(start.kind == KIND_EXEC && start.clone_flags == 0x20000, "start has kind and clone flags");
    ok(start.flags == (IO_STDIN | IO_TERMINAL | IO_CLOSE_STDIN | IO_STREAM), "its io flags");
    ok(strcmp(start.cgroup, "/sys/fs/cgroup/p/c1") == 0 && strcmp(start.log, "/log/c1/0.log") == 0 &&
           strcmp(start.exit_record, "/run/c1/exit") == 0,
       "start has its paths");
    ok(start.size == 3 && memcmp(start.bytes, "\1\2\3", 3) == 0, "start has its program");
    free(bytes);
}

static void other_requests_are_decoded(void)
{
    struct request request;
    struct frame frame;
    uint8_t *bytes = request_of("signal", FRAME_SIGNAL, &request);
    ok(strcmp(request.id, "c1") == 0 && request.signal == 15, "signal has id and number");
    ok(request.target[0] == 0 && request.exit_record[0] == 0, "strings that it needs not are empty");
    free(bytes);
    bytes = request_of("stdin", FRAME_STDIN, &request);
    ok(request.size == 3 && memcmp(request.bytes, "hi\n", 3) == 0, "stdin has bytes only");
    free(bytes);
    bytes = frame_of("started", &frame);
    ok(request_decode(&frame, &request) < 0, "an answer is no request");
    free(bytes);
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
    struct error err = {.stage = STAGE_PROGRAM, .op = 5};
    fail(&err, ENOENT, "launch", "program");
    encodes("failed", FRAME_ERROR, 7, &err, offsetof(struct error, text) + strlen(err.text));

    struct {
        struct entry entry;
        char strings[6];
    } exited = {{.started = 1475713029669794202,
                 .finished = 1475713030000000001,
                 .pid = 4712,
                 .code = 137,
                 .signal = 9,
                 .kind = KIND_EXEC,
                 .state = 2},
                "c1\0c0"};
    encodes("exited", FRAME_EXITED, 0, &exited, offsetof(__typeof__(exited), strings) + 6);
}

static void malformed_frames_are_refused(void)
{
    static const char *const frames[] = {"malformed-short", "malformed-long", "malformed-zero"};
    static const char *const requests[] = {"malformed-numbers", "malformed-strings",
                                           "malformed-long-string"};
    struct frame frame;
    struct request request;
    size_t size;
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes = vector(directory, frames[i], &size);
        ok(frame_next(bytes, size, &frame) < 0, frames[i]);
        free(bytes);
    }
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes = frame_of(requests[i], &frame);
        ok(request_decode(&frame, &request) < 0, requests[i]);
        free(bytes);
    }
}

static void a_text_that_is_too_long_is_cut(void)
{
    struct error err = {.op = 0};
    char subject[1000];
    memset(subject, 'x', sizeof subject - 1);
    subject[sizeof subject - 1] = 0;
    ok(fail(&err, EIO, "open", subject) == -EIO && err.code == EIO, "a failure has its errno");
    ok(strlen(err.text) == sizeof err.text - 1 && strncmp(err.text, "open x", 6) == 0,
       "and as much of its text as fits");
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

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    hello_is_decoded();
    start_is_decoded();
    other_requests_are_decoded();
    answers_are_encoded();
    malformed_frames_are_refused();
    a_text_that_is_too_long_is_cut();
    no_prefix_is_a_frame();
    return tap_end();
}
