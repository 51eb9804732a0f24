/* Container logs in the CRI's format. */
#ifndef SHIM_LOG_H
#define SHIM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_LINE_MAX = 16 << 10, /* content of one entry */
    LOG_BATCH = 64 << 10     /* what is written at once; its memory is shared by all logs */
};

struct log {
    int fd; /* -1 none */
    const char *path;
    bool failing; /* the last write failed, and that was diagnosed */
};

/* The beginning of a line whose end has not come yet. */
struct log_carry {
    uint8_t *bytes; /* LOG_LINE_MAX of them, or NULL while never needed */
    uint32_t size;
};

/* Opens the path, also anew after a rotation: an older file goes only then. 0 or -errno. */
int log_open(struct log *log);
void log_close(struct log *log);

/* Appends output of stream ("stdout" or "stderr"), by whole entries. */
void log_write(struct log *log, struct log_carry *carry, const char *stream, const uint8_t *data,
               size_t size);

/* Writes what has no newline, as a partial entry. */
void log_end(struct log *log, struct log_carry *carry, const char *stream);

/* Gives the batch's memory back to the kernel. */
void log_release(void);

#endif
