#include "program.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    MAGIC = 0x32504c47, /* "GLP2" */
    MAX_OPS = 4096,
    MAX_BLOB = 1 << 20,
    MAX_REGISTERS = 256,
    NO_REGISTER = 0xffff,
    ARGUMENTS = 6,
    TOLERATED = 4,
    LOOKUPS = 100000, /* a fifth of a second at most */
    END = 8 /* zeros at the end of the blob: they end every string and array in it */
};
enum kind { IMMEDIATE, POINTER, REGISTER, KINDS };

static const uint32_t SKIP = UINT32_MAX;

/* A program is used where it was received, at any address. */
#define WIRE struct __attribute__((packed))

WIRE header
{
    uint32_t magic, ops, relocations, blob, registers;
};

WIRE op
{
    uint32_t nr;
    uint16_t dest;
    uint8_t kind[ARGUMENTS];
    uint8_t tolerated_count, final;
    uint16_t tolerated[TOLERATED], zero;
    uint64_t arg[ARGUMENTS];
};

WIRE relocation
{
    uint32_t at;
};

_Static_assert(sizeof(struct header) == 20, "header layout");
_Static_assert(sizeof(struct op) == 72, "op layout");

struct parts {
    const struct header *header;
    const struct op *ops;
    const struct relocation *relocations;
    const uint8_t *blob;
};

static struct parts parts_of(const uint8_t *bytes)
{
    struct parts parts = {.header = (const void *)bytes};
    parts.ops = (const void *)(parts.header + 1);
    parts.relocations = (const void *)(parts.ops + parts.header->ops);
    parts.blob = (const void *)(parts.relocations + parts.header->relocations);
    return parts;
}

static bool op_good(const struct op *op, const struct header *header)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        uint64_t bound = op->kind[i] == POINTER ? header->blob : header->registers;
        if (op->kind[i] >= KINDS || (op->kind[i] != IMMEDIATE && op->arg[i] >= bound))
            return false;
    }
    if (op->nr == SKIP && (op->kind[1] != IMMEDIATE || op->arg[1] > MAX_OPS))
        return false;
    return op->tolerated_count <= TOLERATED && op->final <= 1 && op->zero == 0 &&
           (op->dest == NO_REGISTER || op->dest < header->registers);
}

/* In order and apart, so that none relocates what another has relocated. */
static bool relocations_good(const struct parts *parts)
{
    uint64_t value, free = 0, end = parts->header->blob - END;
    for (uint32_t i = 0; i < parts->header->relocations; i++) {
        uint32_t at = parts->relocations[i].at;
        if (at < free || at + sizeof value > end)
            return false;
        memcpy(&value, parts->blob + at, sizeof value);
        if (value >= end && value != UINT64_MAX)
            return false;
        free = at + sizeof value;
    }
    return true;
}

int program_check(const uint8_t *bytes, size_t size)
{
    static const uint8_t end[END];
    const struct header *header = (const void *)bytes;
    if (size < sizeof *header || header->magic != MAGIC || header->ops > MAX_OPS ||
        header->relocations > MAX_BLOB / sizeof(uint64_t) || header->blob > MAX_BLOB ||
        header->blob < END || header->registers > MAX_REGISTERS ||
        size != sizeof *header + header->ops * sizeof(struct op) +
                    header->relocations * sizeof(struct relocation) + header->blob)
        return -ENOEXEC;

    struct parts parts = parts_of(bytes);
    for (uint32_t i = 0; i < header->ops; i++) {
        if (!op_good(&parts.ops[i], header))
            return -ENOEXEC;
    }
    bool ends = memcmp(parts.blob + header->blob - END, end, END) == 0;
    return ends && relocations_good(&parts) ? 0 : -ENOEXEC;
}

/* Turns the offsets in the blob into pointers. */
static void relocate(const struct parts *parts, uint8_t *blob)
{
    for (uint32_t i = 0; i < parts->header->relocations; i++) {
        uint8_t *at = blob + parts->relocations[i].at;
        uint64_t value;
        memcpy(&value, at, sizeof value);
        uintptr_t pointer = value == UINT64_MAX ? 0 : (uintptr_t)(blob + value);
        memcpy(at, &pointer, sizeof pointer);
    }
}

static int64_t value_of(const struct op *op, int i, const uint8_t *blob, const int64_t *registers)
{
    uint64_t arg = op->arg[i];
    if (op->kind[i] == POINTER)
        return (int64_t)(uintptr_t)(blob + arg);
    return op->kind[i] == REGISTER ? registers[arg] : (int64_t)arg;
}

static bool tolerated(const struct op *op, int64_t result)
{
    bool found = false;
    for (int i = 0; i < op->tolerated_count; i++)
        found |= result == -(int64_t)op->tolerated[i];
    return found;
}

/* A descriptor that an earlier call failed to get is none. Any rename or mount on the machine may
   make openat2(2) unsure of a "..", as in a link /var/run -> ../run: it wants to be asked again. */
static int64_t call(const struct op *op, const int64_t arg[ARGUMENTS])
{
    for (int i = 0; i < ARGUMENTS; i++) {
        if (op->kind[i] == REGISTER && arg[i] < 0)
            return -EBADF;
    }
    int64_t result;
    int left = LOOKUPS;
    do
        result = syscall((long)op->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
    while (result == -1 && errno == EAGAIN && op->nr == SYS_openat2 && --left > 0);
    return result == -1 ? -errno : result;
}

int program_run(uint8_t *bytes, int64_t target, struct progress *progress)
{
    struct parts parts = parts_of(bytes);
    int64_t registers[MAX_REGISTERS], arg[ARGUMENTS];

    memset(registers, 0xff, sizeof registers);
    registers[0] = target;
    relocate(&parts, bytes + (parts.blob - bytes));
    for (uint32_t i = 0; i < parts.header->ops; i++) {
        const struct op *op = &parts.ops[i];
        for (int j = 0; j < ARGUMENTS; j++)
            arg[j] = value_of(op, j, parts.blob, registers);
        if (op->nr == SKIP) {
            i += arg[0] < 0 ? (uint32_t)arg[1] : 0;
            continue;
        }
        progress->op = i;
        progress->state = op->final ? PROGRESS_FINAL : PROGRESS_RUNNING;
        int64_t result = call(op, arg);
        if (op->dest != NO_REGISTER)
            registers[op->dest] = result;
        /* Results beyond the errno range are values: addresses, for one. */
        if (result < 0 && result >= -4095 && !tolerated(op, result)) {
            progress->error = (int32_t)-result;
            progress->state = PROGRESS_FAILED;
            return (int)result;
        }
    }
    return 0;
}
