#include "proto.h"

#include <errno.h>
#include <string.h>

/* Byte by byte, so that neither alignment nor the machine's byte order matters. */
static uint64_t little_endian(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static void put_little_endian(uint8_t *to, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++, value >>= 8)
        to[i] = (uint8_t)value;
}

long frame_next(const uint8_t *bytes, size_t size, struct frame *frame)
{
    if (size < 4)
        return 0;
    uint64_t length = little_endian(bytes, 4);
    if (length < FRAME_MIN || length > FRAME_MAX)
        return -EPROTO;
    if (size < 4 + length)
        return 0;
    if (little_endian(bytes + 6, 2) != 0)
        return -EPROTO;
    frame->type = (unsigned)little_endian(bytes + 4, 2);
    frame->id = (uint32_t)little_endian(bytes + 8, 4);
    frame->payload = bytes + FRAME_HEADER;
    frame->size = length - FRAME_MIN;
    return (long)(4 + length);
}

void frame_header(uint8_t *header, unsigned type, uint32_t id, size_t payload)
{
    put_little_endian(header, payload + FRAME_MIN, 4);
    put_little_endian(header + 4, type, 2);
    put_little_endian(header + 6, 0, 2);
    put_little_endian(header + 8, id, 4);
}

struct reader reader_of(const struct frame *frame)
{
    return (struct reader){.at = frame->payload, .left = frame->size};
}

static const uint8_t *take(struct reader *reader, size_t size)
{
    if (reader->bad || size > reader->left) {
        reader->bad = true;
        return NULL;
    }
    const uint8_t *taken = reader->at;
    reader->at += size;
    reader->left -= size;
    return taken;
}

static uint64_t read_number(struct reader *reader, size_t size)
{
    const uint8_t *bytes = take(reader, size);
    return bytes == NULL ? 0 : little_endian(bytes, size);
}

uint8_t read_u8(struct reader *reader)
{
    return (uint8_t)read_number(reader, 1);
}

uint16_t read_u16(struct reader *reader)
{
    return (uint16_t)read_number(reader, 2);
}

uint32_t read_u32(struct reader *reader)
{
    return (uint32_t)read_number(reader, 4);
}

uint64_t read_u64(struct reader *reader)
{
    return read_number(reader, 8);
}

struct text read_bytes(struct reader *reader)
{
    uint32_t length = read_u32(reader);
    const uint8_t *bytes = take(reader, length);
    return (struct text){.at = (const char *)bytes, .length = bytes == NULL ? 0 : length};
}

struct text read_str(struct reader *reader)
{
    struct text text = read_bytes(reader);
    if (text.length >= PATH_BOUND || (text.length > 0 && memchr(text.at, 0, text.length) != NULL))
        reader->bad = true;
    return text;
}

bool reader_done(const struct reader *reader)
{
    return !reader->bad && reader->left == 0;
}

int read_start(const struct frame *frame, struct start_request *request)
{
    struct reader reader = reader_of(frame);
    request->id = read_str(&reader);
    request->kind = read_u8(&reader);
    request->target = read_str(&reader);
    request->pid_namespace = read_u8(&reader);
    request->clone_flags = read_u64(&reader);
    request->cgroup = read_str(&reader);
    request->io = read_u32(&reader);
    request->rows = read_u16(&reader);
    request->columns = read_u16(&reader);
    request->log = read_str(&reader);
    request->exit_record = read_str(&reader);
    request->program = read_bytes(&reader);
    return reader_done(&reader) ? 0 : -EPROTO;
}

bool text_equal(struct text text, const char *string)
{
    return text.length == strlen(string) && memcmp(text.at, string, text.length) == 0;
}

bool id_valid(struct text id)
{
    for (uint32_t i = 0; i < id.length; i++) {
        char c = id.at[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '.' || c == '-'))
            return false;
    }
    return id.length >= 1 && id.length <= ID_MAX;
}

static uint8_t *room_for(struct writer *writer, size_t size)
{
    if (writer->bad || size > writer->room - writer->size) {
        writer->bad = true;
        return NULL;
    }
    uint8_t *to = writer->to + writer->size;
    writer->size += size;
    return to;
}

static void write_number(struct writer *writer, uint64_t value, size_t size)
{
    uint8_t *to = room_for(writer, size);
    if (to != NULL)
        put_little_endian(to, value, size);
}

void write_u8(struct writer *writer, unsigned value)
{
    write_number(writer, value, 1);
}

void write_u32(struct writer *writer, uint32_t value)
{
    write_number(writer, value, 4);
}

void write_u64(struct writer *writer, uint64_t value)
{
    write_number(writer, value, 8);
}

void write_str(struct writer *writer, const char *string)
{
    size_t length = strlen(string);
    write_u32(writer, (uint32_t)length);
    uint8_t *to = room_for(writer, length);
    if (to != NULL)
        memcpy(to, string, length);
}
