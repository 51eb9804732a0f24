#include "program.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    MAX_OPS = 4096,
    MAX_BLOB = 1 << 20,
    MAX_REGISTERS = 256,
    NO_REGISTER = 0xffff,
    ARGUMENTS = 6,
    TOLERATED = 4,
    /* Zeros after the blob end every string and every pointer array in it. */
    TAIL = 16
};
enum code { SYSCALL = 1, EXEC = 2, SEND_FD = 4, SKIP = 5, CODES };
enum kind { IMMEDIATE, POINTER, REGISTER, KINDS };

struct header {
    uint32_t magic;
    uint16_t version, flags;
    uint32_t ops, relocations, blob, registers;
    uint64_t zero;
};

struct op {
    uint16_t code, dest;
    uint32_t nr;
    uint8_t kind[ARGUMENTS];
    uint8_t tolerated_count, zero;
    uint16_t tolerated[TOLERATED];
    uint64_t arg[ARGUMENTS];
};

_Static_assert(sizeof(struct header) == 32, "header layout");
_Static_assert(sizeof(struct op) == 72, "op layout");

/* Where an op may stand, and which kinds (bits) its arguments may have; none is any. */
static const struct rule {
    bool launches, sets_up;
    uint8_t kinds[ARGUMENTS];
} rules[CODES] = {
    [SYSCALL] = {true, true, {0}},
    [EXEC] = {true, false, {1 << POINTER, 1 << POINTER, 1 << POINTER}},
    [SEND_FD] = {true, false, {1 << IMMEDIATE | 1 << REGISTER}},
    [SKIP] = {true, true, {1 << REGISTER, 1 << IMMEDIATE}},
};

/* Where the parts of a program lie, which need not be aligned. */
struct parts {
    struct header header;
    const uint8_t *ops, *relocations, *blob;
};

struct machine {
    int64_t registers[MAX_REGISTERS];
    uint8_t *blob;
    struct program_context *context;
};

static struct parts parts_of(const uint8_t *bytes)
{
    struct parts parts = {.ops = bytes + sizeof parts.header};
    memcpy(&parts.header, bytes, sizeof parts.header);
    parts.relocations = parts.ops + parts.header.ops * sizeof(struct op);
    parts.blob = parts.relocations + parts.header.relocations * sizeof(uint32_t);
    return parts;
}

static struct op op_at(const struct parts *parts, uint32_t index)
{
    struct op op;
    memcpy(&op, parts->ops + index * sizeof op, sizeof op);
    return op;
}

/* The offset of a relocation in the blob, and what the blob has there. */
static uint32_t relocation_at(const struct parts *parts, uint32_t index, uint64_t *value)
{
    uint32_t at;
    memcpy(&at, parts->relocations + index * sizeof at, sizeof at);
    if (at % 8 == 0 && at + sizeof *value <= parts->header.blob)
        memcpy(value, parts->blob + at, sizeof *value);
    else
        *value = UINT64_MAX - 1; /* no offset */
    return at;
}

static bool arguments_good(const struct op *op, const struct header *header)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        unsigned kind = op->kind[i], allowed = rules[op->code].kinds[i];
        uint64_t bound = kind == POINTER ? header->blob : header->registers;
        if (kind >= KINDS || (kind != IMMEDIATE && op->arg[i] >= bound) ||
            (allowed != 0 && (allowed & 1U << kind) == 0))
            return false;
    }
    return true;
}

static bool op_good(const struct op *op, const struct header *header, enum program_use use)
{
    const struct rule *rule = &rules[op->code < CODES ? op->code : 0];
    if (!(use == PROGRAM_LAUNCHES ? rule->launches : rule->sets_up) || op->zero != 0 ||
        op->tolerated_count > TOLERATED ||
        (op->dest != NO_REGISTER && op->dest >= header->registers) || !arguments_good(op, header))
        return false;
    if (op->code == EXEC) /* of arrays of pointers */
        return ((op->arg[0] | op->arg[1] | op->arg[2]) & 7) == 0;
    return op->code != SKIP || op->arg[1] <= MAX_OPS;
}

int program_check(const uint8_t *bytes, size_t size, enum program_use use)
{
    struct header header;
    if (size < sizeof header)
        return -EINVAL;
    memcpy(&header, bytes, sizeof header);
    unsigned known = use == PROGRAM_SETS_UP ? PROGRAM_REAPER : 0;
    if (header.magic != 0x31504c47 || header.version != 1 || (header.flags & ~known) != 0 ||
        header.zero != 0 || header.ops > MAX_OPS || header.blob > MAX_BLOB ||
        header.relocations > MAX_BLOB / 8 || header.registers > MAX_REGISTERS ||
        size != sizeof header + header.ops * sizeof(struct op) +
                    header.relocations * sizeof(uint32_t) + header.blob)
        return -EINVAL;

    struct parts parts = parts_of(bytes);
    for (uint32_t i = 0; i < header.ops; i++) {
        struct op op = op_at(&parts, i);
        if (!op_good(&op, &header, use))
            return -EINVAL;
    }
    for (uint32_t i = 0; i < header.relocations; i++) {
        uint64_t value;
        relocation_at(&parts, i, &value);
        if (value >= header.blob && value != UINT64_MAX)
            return -EINVAL;
    }
    return header.flags;
}

/* Maps a copy of the blob and turns its offsets into pointers. */
static int load(struct machine *machine, const struct parts *parts)
{
    machine->blob = mmap(NULL, (size_t)parts->header.blob + TAIL, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (machine->blob == MAP_FAILED)
        return -errno;
    memcpy(machine->blob, parts->blob, parts->header.blob);
    for (uint32_t i = 0; i < parts->header.relocations; i++) {
        uint64_t value; /* from the original: an offset that is listed twice is relocated once */
        uint32_t at = relocation_at(parts, i, &value);
        uintptr_t pointer = value == UINT64_MAX ? 0 : (uintptr_t)(machine->blob + value);
        memcpy(machine->blob + at, &pointer, sizeof pointer);
    }
    return 0;
}

static int64_t value_of(const struct machine *machine, const struct op *op, int i)
{
    switch (op->kind[i]) {
    case POINTER:
        return (int64_t)(uintptr_t)(machine->blob + op->arg[i]);
    case REGISTER:
        return machine->registers[op->arg[i]];
    default:
        return (int64_t)op->arg[i];
    }
}

/* Tries each candidate as execvp(3) does. */
static int execute(volatile struct progress *progress, const int64_t arg[ARGUMENTS])
{
    char *const *candidates = (char *const *)arg[0];
    int result = -ENOENT;
    bool denied = false;
    for (; *candidates != NULL; candidates++) {
        progress->state = PROGRESS_EXECUTING;
        execve(*candidates, (char *const *)arg[1], (char *const *)arg[2]);
        result = -errno;
        progress->state = PROGRESS_RUNNING;
        denied |= result == -EACCES;
        if (result != -ENOENT && result != -ENOTDIR && result != -EACCES)
            return result;
    }
    return denied ? -EACCES : result;
}

void carrier_init(struct carrier *carrier)
{
    memset(carrier, 0, sizeof *carrier);
    carrier->data = (struct iovec){.iov_base = &carrier->byte, .iov_len = 1};
    carrier->message = (struct msghdr){.msg_iov = &carrier->data,
                                       .msg_iovlen = 1,
                                       .msg_control = &carrier->control,
                                       .msg_controllen = sizeof carrier->control};
}

static int send_fd(const struct program_context *context, int fd)
{
    struct winsize size = {.ws_row = context->rows, .ws_col = context->columns};
    struct carrier carrier;
    /* Before the program can ask for it; a master that takes none is the receiver's trouble. */
    if (size.ws_row != 0 && size.ws_col != 0)
        ioctl(fd, TIOCSWINSZ, &size);
    carrier_init(&carrier);
    carrier.control.header = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
    memcpy(CMSG_DATA(&carrier.control.header), &fd, sizeof fd);
    return sendmsg(context->socket, &carrier.message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static bool tolerated(const struct op *op, int64_t result)
{
    for (int i = 0; i < op->tolerated_count; i++) {
        if (result == -(int64_t)op->tolerated[i])
            return true;
    }
    return false;
}

/* Executes one op; skip is how many to pass over after it. 0 or -errno. */
static int step(struct machine *machine, const struct op *op, uint32_t *skip)
{
    int64_t arg[ARGUMENTS];
    bool missing = false; /* a descriptor that is read from a register */
    for (int i = 0; i < ARGUMENTS; i++) {
        arg[i] = value_of(machine, op, i);
        missing |= op->kind[i] == REGISTER && arg[i] < 0;
    }
    int64_t result;
    if (op->code == SKIP) {
        *skip = arg[0] < 0 ? (uint32_t)arg[1] : 0;
        return 0;
    }
    if (missing) {
        result = -EBADF;
    } else if (op->code == EXEC) {
        result = execute(machine->context->progress, arg);
    } else if (op->code == SEND_FD) {
        result = send_fd(machine->context, (int)arg[0]);
    } else {
        result = syscall((long)op->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
        result = result == -1 ? -errno : result;
    }
    if (op->dest != NO_REGISTER)
        machine->registers[op->dest] = result;
    /* Results beyond the errno range are values: addresses, for one. */
    return result < 0 && result >= -4095 && !tolerated(op, result) ? (int)result : 0;
}

int program_run(const uint8_t *bytes, struct program_context *context)
{
    struct parts parts = parts_of(bytes);
    struct machine machine = {.context = context};
    struct progress *progress = context->progress;

    memset(machine.registers, 0xff, sizeof machine.registers);
    machine.registers[0] = context->target;
    int result = load(&machine, &parts);
    for (uint32_t i = 0; result == 0 && i < parts.header.ops; i++) {
        struct op op = op_at(&parts, i);
        uint32_t skip = 0;
        progress->op = i;
        result = step(&machine, &op, &skip);
        i += skip;
    }
    if (machine.blob != MAP_FAILED)
        munmap(machine.blob, (size_t)parts.header.blob + TAIL);
    if (result < 0) {
        progress->error = -result;
        progress->state = PROGRESS_FAILED;
    }
    return result;
}
