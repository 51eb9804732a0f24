/* Launch programs: checked by the parent, executed in a fresh child. docs/shim-protocol.md §1 */
#ifndef SHIM_PROGRAM_H
#define SHIM_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

/*
 * How far a program got. In a launch it lies in memory shared with the parent, since after a
 * seccomp filter is loaded the child may have no system call left to report by.
 */
struct progress {
    uint32_t state;
    uint32_t op;
    int32_t error;
};
enum { PROGRESS_RUNNING, PROGRESS_FINAL, PROGRESS_FAILED };

/* 0, or -ENOEXEC when it is no program; nothing needs to be checked afterwards. */
int program_check(const uint8_t *bytes, size_t size);

/*
 * Runs a checked program, once: its data is relocated in place. Register 0 begins as the target, a
 * pidfd or -1. Returns 0 at the program's end, or -errno with progress saying where.
 */
int program_run(uint8_t *bytes, int64_t target, struct progress *progress);

#endif
