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

static void hello_is_decoded(void)
{
    struct frame frame;
    uint8_t *bytes = frame_of("hello", &frame);
    struct reader reader = reader_of(&frame);
    ok(frame.type == FRAME_HELLO && frame.id == 1, "hello has its type and id");
    ok(read_u32(&reader) == HELLO_MAGIC && read_u32(&reader) == 1 && reader_done(&reader),
       "hello has magic and version and nothing else");
    free(bytes);
}

static void start_is_decoded(void)
{
    struct frame frame;
    struct start_request start;
    uint8_t *bytes = frame_of("start", &frame);
    ok(read_start(&frame, &start) == 0, "start is well-formed");
    ok(text_equal(start.id, "c1") && text_equal(start.target, "c0"), "start has id and target");
    ok(start.kind == KIND_EXEC && start.pid_namespace == PIDNS_TARGET, "start has kind and pid ns");
    ok(start.clone_flags == 0x20000 && start.io == 31, "start has its flags");
    ok(start.rows == 24 && start.columns == 80, "start has the terminal's size");
    ok(text_equal(start.cgroup, "/sys/fs/cgroup/p/c1") && text_equal(start.log, "/log/c1/0.log") &&
           text_equal(start.exit_record, "/run/c1/exit"),
       "start has its paths");
    ok(start.program.length == 3 && memcmp(start.program.at, "\1\2\3", 3) == 0,
       "start has its program");
    free(bytes);
}

static void signal_is_decoded(void)
{
    struct frame frame;
    uint8_t *bytes = frame_of("signal", &frame);
    struct reader reader = reader_of(&frame);
    ok(text_equal(read_str(&reader), "c1") && read_u32(&reader) == 15 && read_u32(&reader) == 3 &&
           reader_done(&reader),
       "signal has id, number and flags");
    free(bytes);
}

static void encodes(const char *name, unsigned type, uint32_t id, const struct writer *payload)
{
    size_t size;
    uint8_t header[FRAME_HEADER];
    uint8_t *bytes = vector(directory, name, &size);
    frame_header(header, type, id, payload->size);
    ok(size == sizeof header + payload->size && memcmp(bytes, header, sizeof header) == 0 &&
           memcmp(bytes + sizeof header, payload->to, payload->size) == 0,
       name);
    free(bytes);
}

static void answers_are_encoded(void)
{
    uint8_t memory[256];
    struct writer hello = {.to = memory, .room = sizeof memory};
    write_u32(&hello, HELLO_MAGIC);
    write_u32(&hello, PROTOCOL_VERSION);
    write_u32(&hello, 4711);
    write_str(&hello, "0.1.0");
    encodes("hello-answer", FRAME_HELLO, 1, &hello);

    struct writer failed = {.to = memory, .room = sizeof memory};
    write_u32(&failed, 2);
    write_u32(&failed, 5);
    write_u32(&failed, ENOENT);
    write_str(&failed, "launch program");
    encodes("failed", FRAME_FAILED, 7, &failed);

    struct writer exited = {.to = memory, .room = sizeof memory};
    write_str(&exited, "c1");
    write_u8(&exited, KIND_EXEC);
    write_str(&exited, "c0");
    write_u32(&exited, 4712);
    write_u8(&exited, 2);
    write_u32(&exited, 137);
    write_u32(&exited, 9);
    write_u64(&exited, 1475713029669794202);
    write_u64(&exited, 1475713030000000001);
    encodes("exited", FRAME_EXITED, 0, &exited);
}

static void malformed_frames_are_refused(void)
{
    static const char *const frames[] = {"malformed-short", "malformed-long", "malformed-zero"};
    static const char *const starts[] = {"malformed-start-string", "malformed-start-nul",
                                         "malformed-start-rest"};
    struct frame frame;
    struct start_request start;
    size_t size;
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes = vector(directory, frames[i], &size);
        ok(frame_next(bytes, size, &frame) < 0, frames[i]);
        free(bytes);
    }
    for (size_t i = 0; i < 3; i++) {
        uint8_t *bytes = frame_of(starts[i], &frame);
        ok(read_start(&frame, &start) < 0, starts[i]);
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
    memset(longest, 'a', sizeof longest);
    ok(id_valid((struct text){"a_B.9-", 6}), "an id of every allowed kind of character");
    ok(id_valid((struct text){longest, ID_MAX}), "an id of 128 characters");
    ok(!id_valid((struct text){longest, ID_MAX + 1}), "not one of 129");
    ok(!id_valid((struct text){"", 0}), "not an empty one");
    ok(!id_valid((struct text){"a/b", 3}), "not one with a slash");
}

static void a_full_writer_says_so(void)
{
    uint8_t memory[6];
    struct writer writer = {.to = memory, .room = sizeof memory};
    write_str(&writer, "abc");
    ok(writer.bad, "what does not fit sets bad");
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    hello_is_decoded();
    start_is_decoded();
    signal_is_decoded();
    answers_are_encoded();
    malformed_frames_are_refused();
    no_prefix_is_a_frame();
    ids_are_checked();
    a_full_writer_says_so();
    return tap_end();
}
