#include "proto.h"

#include <errno.h>
#include <string.h>

_Static_assert(sizeof(struct frame_header) == FRAME_MIN + 4, "header layout");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they are");

enum shape { END, NUMBER, STRING, BYTES, REST };

/* One value of a payload and the member of struct request that takes it. */
struct field {
    uint8_t shape, size, member;
};

#define NUM(name) {NUMBER, sizeof(((struct request *)0)->name), offsetof(struct request, name)}
#define STR(name) {STRING, 0, offsetof(struct request, name)}

enum { FIELDS_MAX = 13 };
static const struct field payloads[REQUEST_TYPES][FIELDS_MAX] = {
    [FRAME_HELLO] = {NUM(magic), NUM(version)},
    [FRAME_START] = {STR(id), NUM(kind), STR(target), NUM(pid_namespace), NUM(clone_flags),
                     STR(cgroup), NUM(flags), NUM(rows), NUM(columns), STR(log), STR(exit_record),
                     {.shape = BYTES}},
    [FRAME_SIGNAL] = {STR(id), NUM(signal), NUM(flags)},
    [FRAME_ATTACH] = {STR(id), NUM(flags)},
    [FRAME_REOPEN_LOG] = {STR(id)},
    [FRAME_RESIZE] = {STR(id), NUM(rows), NUM(columns)},
    [FRAME_FORGET] = {STR(id)},
    [FRAME_STDIN] = {{.shape = REST}},
};

long frame_next(uint8_t *bytes, size_t size, struct frame *frame)
{
    struct frame_header header;
    if (size < sizeof header.length)
        return 0;
    memcpy(&header.length, bytes, sizeof header.length);
    if (header.length < FRAME_MIN || header.length > FRAME_MAX)
        return -EPROTO;
    if (size - sizeof header.length < header.length)
        return 0;
    memcpy(&header, bytes, sizeof header);
    *frame = (struct frame){.type = header.type,
                            .id = header.id,
                            .payload = bytes + sizeof header,
                            .size = header.length - FRAME_MIN};
    return header.zero == 0 ? (long)(sizeof header.length + header.length) : -EPROTO;
}

/* The next size bytes of what is left of a payload, or NULL. */
static uint8_t *take(struct frame *left, size_t size)
{
    uint8_t *taken = left->payload;
    if (size > left->size)
        return NULL;
    left->payload += size;
    left->size -= size;
    return taken;
}

/* The bytes that follow their length, or NULL. */
static uint8_t *take_bytes(struct frame *left, uint32_t *size)
{
    const uint8_t *length = take(left, sizeof *size);
    if (length == NULL)
        return NULL;
    memcpy(size, length, sizeof *size);
    return take(left, *size);
}

static int take_string(struct frame *left, void *member)
{
    uint32_t size;
    const uint8_t *bytes = take_bytes(left, &size);
    if (bytes == NULL || size >= PATH_BOUND || memchr(bytes, 0, size) != NULL)
        return -EPROTO;
    char *string = (char *)(uintptr_t)(bytes - sizeof size);
    memmove(string, bytes, size);
    string[size] = 0;
    memcpy(member, &string, sizeof string);
    return 0;
}

static int take_field(struct frame *left, const struct field *field, struct request *request)
{
    void *member = (uint8_t *)request + field->member;
    const uint8_t *number;
    switch (field->shape) {
    case NUMBER:
        number = take(left, field->size);
        if (number != NULL)
            memcpy(member, number, field->size);
        return number == NULL ? -EPROTO : 0;
    case STRING:
        return take_string(left, member);
    case BYTES:
        request->bytes = take_bytes(left, &request->size);
        return request->bytes == NULL ? -EPROTO : 0;
    default:
        request->size = (uint32_t)left->size;
        request->bytes = take(left, left->size);
        return 0;
    }
}

int request_decode(const struct frame *frame, struct request *request)
{
    struct frame left = *frame;
    *request = (struct request){.size = 0};
    if (frame->type == 0 || frame->type >= REQUEST_TYPES)
        return -EPROTO;
    for (const struct field *field = payloads[frame->type]; field->shape != END; field++) {
        if (take_field(&left, field, request) < 0)
            return -EPROTO;
    }
    return left.size == 0 ? 0 : -EPROTO;
}

bool id_valid(const char *id)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t length = strlen(id);
    return length >= 1 && length <= ID_MAX && strspn(id, allowed) == length;
}

uint8_t *put_number(uint8_t *to, uint64_t value, size_t size)
{
    memcpy(to, &value, size);
    return to + size;
}

uint8_t *put_str(uint8_t *to, const char *string)
{
    size_t length = strlen(string);
    to = put_number(to, length, 4);
    memcpy(to, string, length);
    return to + length;
}
