#include "proto.h"

#include <errno.h>
#include <string.h>

enum { NUMBERS = offsetof(struct request, id) };

_Static_assert(sizeof(struct frame_header) == FRAME_MIN + 4, "header layout");
_Static_assert(NUMBERS == 24, "request layout");
_Static_assert(sizeof(struct entry) == 32, "entry layout");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they are");

long frame_next(const uint8_t *bytes, size_t size, struct frame *frame)
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

int request_decode(const struct frame *frame, struct request *request)
{
    const char **const strings[] = {&request->id, &request->target, &request->cgroup, &request->log,
                                    &request->exit_record};
    const uint8_t *at = frame->payload, *end = at + frame->size;

    *request = (struct request){.bytes = at, .size = frame->size};
    if (frame->type == 0 || frame->type >= REQUEST_TYPES)
        return -EPROTO;
    if (frame->type == FRAME_HELLO || frame->type == FRAME_STDIN)
        return 0;
    if (frame->size < NUMBERS)
        return -EPROTO;
    memcpy(request, at, NUMBERS);
    at += NUMBERS;
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        const uint8_t *nul = memchr(at, 0, (size_t)(end - at));
        if (nul == NULL || nul - at >= PATH_BOUND)
            return -EPROTO;
        *strings[i] = (const char *)at;
        at = nul + 1;
    }
    request->bytes = at;
    request->size = (size_t)(end - at);
    return 0;
}
