/* Launch programs: checked by the parent, executed in a fresh child. docs/shim-protocol.md §1 */
#ifndef SHIM_PROGRAM_H
#define SHIM_PROGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { PROGRAM_REAPER = 1 }; /* header flag: fork a reaper for the pod */
enum program_use { PROGRAM_LAUNCHES, PROGRAM_SETS_UP };

/*
 * How far a program got. In a launch it lies in memory shared with the parent, since after a
 * seccomp filter is loaded the child may have no system call left to report by.
 */
struct progress {
    uint32_t state;
    uint32_t op;
    int32_t error;
};
enum { PROGRESS_RUNNING, PROGRESS_EXECUTING, PROGRESS_FAILED };

struct program_context {
    int64_t target;         /* register 0: pidfd of the container's init, or -1 */
    int socket;             /* where SEND_FD sends, or -1 */
    uint16_t rows, columns; /* of the terminal that is sent; 0 unknown */
    struct progress *progress;
};

/* A message of one byte with room for one descriptor; points into itself. */
struct carrier {
    struct msghdr message;
    struct iovec data;
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
};
void carrier_init(struct carrier *carrier);

/* The header's flags, or -errno when it is no program; nothing needs to be checked afterwards. */
int program_check(const uint8_t *bytes, size_t size, enum program_use use);

/* Runs a checked program. Returns 0 at its end, or -errno with progress saying where. */
int program_run(const uint8_t *bytes, struct program_context *context);

#endif
