#include "log.h"

#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PREFIX = 40 }; /* 2016-10-06T00:17:09.669794202Z stdout F_ */

/*
 * One batch for all logs: the loop fills and writes it within one call, so nothing of it is state.
 * Page aligned, that it can be released.
 */
_Alignas(4096) static uint8_t memory[LOG_BATCH];

struct batch {
    struct log *log;
    size_t size;
    char prefix[PREFIX];
};

int log_open(struct log *log)
{
    int fd = open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd < 0)
        return -errno;
    log_close(log);
    log->fd = fd;
    return 0;
}

void log_close(struct log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
}

/* Takes back the beginning of an entry whose rest could not be written. */
static void untear(const struct batch *batch, size_t written)
{
    size_t torn = 0;
    while (torn < written && memory[written - torn - 1] != '\n')
        torn++;
    struct stat status;
    if (torn > 0 && fstat(batch->log->fd, &status) == 0 && status.st_size >= (off_t)torn &&
        ftruncate(batch->log->fd, status.st_size - (off_t)torn) < 0)
        diagnose(errno, "truncate log", batch->log->path);
}

static void flush(struct batch *batch)
{
    size_t written = 0;
    while (written < batch->size) {
        ssize_t count = write(batch->log->fd, memory + written, batch->size - written);
        if (count >= 0) {
            written += (size_t)count;
        } else if (errno != EINTR) {
            if (!batch->log->failing)
                diagnose(errno, "output is lost: write log", batch->log->path);
            untear(batch, written);
            break;
        }
    }
    batch->log->failing = written < batch->size;
    batch->size = 0;
}

static void digits(char *to, int width, int64_t value)
{
    for (; width > 0; value /= 10)
        to[--width] = (char)('0' + value % 10);
}

/* The date of days since 1970, by the civil calendar, which counts from 0000-03-01. */
static void format_date(char *to, int64_t days)
{
    days += 719468;
    int64_t era = days / 146097;
    int64_t of_era = days % 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;

    digits(to, 4, era * 400 + year + (month <= 2));
    digits(to + 5, 2, month);
    digits(to + 8, 2, of_year - (153 * from_march + 2) / 5 + 1);
}

/* The entries of one batch share its time. */
static struct batch batch_of(struct log *log, const char *stream)
{
    struct batch batch = {.log = log};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    memcpy(batch.prefix, "0000-00-00T00:00:00.000000000Z stdout F ", PREFIX);
    format_date(batch.prefix, now.tv_sec / 86400);
    digits(batch.prefix + 11, 2, now.tv_sec / 3600 % 24);
    digits(batch.prefix + 14, 2, now.tv_sec / 60 % 60);
    digits(batch.prefix + 17, 2, now.tv_sec % 60);
    digits(batch.prefix + 20, 9, now.tv_nsec);
    memcpy(batch.prefix + 31, stream, 6);
    return batch;
}

static void entry(struct batch *batch, char tag, const struct log_carry *carry,
                  const uint8_t *data, size_t size)
{
    if (batch->size + PREFIX + carry->size + size + 1 > LOG_BATCH)
        flush(batch);
    uint8_t *to = memory + batch->size;
    memcpy(to, batch->prefix, PREFIX);
    to[38] = (uint8_t)tag;
    to += PREFIX;
    if (carry->size > 0)
        memcpy(to, carry->bytes, carry->size);
    memcpy(to + carry->size, data, size);
    to[carry->size + size] = '\n';
    batch->size += PREFIX + carry->size + size + 1;
}

/* Keeps the beginning of a line; without memory it becomes an entry of its own. */
static void keep(struct batch *batch, struct log_carry *carry, const uint8_t *data, size_t size)
{
    if (size == 0)
        return;
    if (carry->bytes == NULL)
        carry->bytes = malloc(LOG_LINE_MAX);
    if (carry->bytes == NULL) {
        entry(batch, 'P', carry, data, size);
        return;
    }
    memcpy(carry->bytes + carry->size, data, size);
    carry->size += (uint32_t)size;
}

void log_write(struct log *log, struct log_carry *carry, const char *stream, const uint8_t *data,
               size_t size)
{
    if (log->fd < 0)
        return;
    struct batch batch = batch_of(log, stream);
    while (size > 0) {
        const uint8_t *newline = memchr(data, '\n', size);
        size_t length = newline == NULL ? size : (size_t)(newline - data);
        size_t used = length;
        if (carry->size + length > LOG_LINE_MAX) {
            used = LOG_LINE_MAX - carry->size;
            entry(&batch, 'P', carry, data, used);
            carry->size = 0;
        } else if (newline != NULL) {
            entry(&batch, 'F', carry, data, length);
            carry->size = 0;
            used++;
        } else {
            keep(&batch, carry, data, length);
        }
        data += used;
        size -= used;
    }
    flush(&batch);
}

void log_end(struct log *log, struct log_carry *carry, const char *stream)
{
    if (carry->size > 0 && log->fd >= 0) {
        struct batch batch = batch_of(log, stream);
        entry(&batch, 'P', carry, (const uint8_t *)"", 0);
        flush(&batch);
    }
    free(carry->bytes);
    *carry = (struct log_carry){0};
}

void log_release(void)
{
    madvise(memory, sizeof memory, MADV_DONTNEED);
}
