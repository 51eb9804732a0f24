#include "program.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEADER = 32,
    MAX_OPS = 4096,
    MAX_BLOB = 1 << 20,
    MAX_REGISTERS = 256,
    NO_REGISTER = 0xffff,
    ARGUMENTS = 6,
    TOLERATED = 4,
    /* Zeros after the blob end every string and every pointer array in it. */
    TAIL = 16
};
enum code { SYSCALL = 1, EXEC = 2, LOAD = 3, SEND_FD = 4, SKIP = 5 };
enum kind { IMMEDIATE = 0, POINTER = 1, REGISTER = 2 };

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

_Static_assert(sizeof(struct header) == HEADER, "header layout");
_Static_assert(sizeof(struct op) == 72, "op layout");

struct machine {
    int64_t registers[MAX_REGISTERS];
    uint8_t *blob;
    struct program_context *context;
};

static struct header header_of(const uint8_t *bytes)
{
    struct header header;
    memcpy(&header, bytes, sizeof header);
    return header;
}

static struct op op_at(const uint8_t *bytes, uint32_t index)
{
    struct op op;
    memcpy(&op, bytes + HEADER + index * sizeof op, sizeof op);
    return op;
}

static int check_arguments(const struct op *op, const struct header *header)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        uint64_t bound = op->kind[i] == POINTER ? header->blob : header->registers;
        if (op->kind[i] > REGISTER || (op->kind[i] != IMMEDIATE && op->arg[i] >= bound))
            return -EINVAL;
    }
    return 0;
}

static int check_op(const struct op *op, const struct header *header, enum program_use use)
{
    if (op->zero != 0 || op->tolerated_count > TOLERATED ||
        (op->dest != NO_REGISTER && op->dest >= header->registers) ||
        check_arguments(op, header) < 0)
        return -EINVAL;
    switch (op->code) {
    case SYSCALL:
        return 0;
    case EXEC:
        return use == PROGRAM_LAUNCHES && op->kind[0] == POINTER && op->kind[1] == POINTER &&
                       op->kind[2] == POINTER
                   ? 0
                   : -EINVAL;
    case LOAD:
        return op->dest != NO_REGISTER && op->kind[0] == POINTER && op->kind[1] == IMMEDIATE &&
                       (op->arg[1] == 4 || op->arg[1] == 8) &&
                       op->arg[0] + op->arg[1] <= header->blob
                   ? 0
                   : -EINVAL;
    case SEND_FD:
        return use == PROGRAM_LAUNCHES && op->kind[0] != POINTER ? 0 : -EINVAL;
    case SKIP:
        return op->kind[0] == REGISTER && op->kind[1] == IMMEDIATE && op->arg[1] <= MAX_OPS
                   ? 0
                   : -EINVAL;
    default:
        return -EINVAL;
    }
}

static int check_relocations(const uint8_t *relocations, const uint8_t *blob,
                             const struct header *header)
{
    for (uint32_t i = 0; i < header->relocations; i++) {
        uint32_t at;
        uint64_t value;
        memcpy(&at, relocations + i * sizeof at, sizeof at);
        if (at % 8 != 0 || (uint64_t)at + sizeof value > header->blob)
            return -EINVAL;
        memcpy(&value, blob + at, sizeof value);
        if (value >= header->blob && value != UINT64_MAX)
            return -EINVAL;
    }
    return 0;
}

int program_check(const uint8_t *bytes, size_t size, enum program_use use)
{
    if (size < HEADER)
        return -EINVAL;
    struct header header = header_of(bytes);
    unsigned known = use == PROGRAM_SETS_UP ? PROGRAM_REAPER : 0;
    if (header.magic != 0x31504c47 || header.version != 1 || (header.flags & ~known) != 0 ||
        header.zero != 0 || header.ops > MAX_OPS || header.blob > MAX_BLOB ||
        header.relocations > MAX_BLOB / 8 || header.registers > MAX_REGISTERS)
        return -EINVAL;

    size_t relocations = HEADER + header.ops * sizeof(struct op);
    size_t blob = relocations + header.relocations * sizeof(uint32_t);
    if (size != blob + header.blob)
        return -EINVAL;
    for (uint32_t i = 0; i < header.ops; i++) {
        struct op op = op_at(bytes, i);
        int result = check_op(&op, &header, use);
        if (result < 0)
            return result;
    }
    return check_relocations(bytes + relocations, bytes + blob, &header);
}

unsigned program_flags(const uint8_t *bytes)
{
    return header_of(bytes).flags;
}

/* Maps a copy of the blob and turns its offsets into pointers. */
static int load(struct machine *machine, const uint8_t *bytes, const struct header *header)
{
    const uint8_t *relocations = bytes + HEADER + header->ops * sizeof(struct op);
    const uint8_t *blob = relocations + header->relocations * sizeof(uint32_t);
    machine->blob = mmap(NULL, (size_t)header->blob + TAIL, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (machine->blob == MAP_FAILED)
        return -errno;
    memcpy(machine->blob, blob, header->blob);
    for (uint32_t i = 0; i < header->relocations; i++) {
        uint32_t at;
        uint64_t value;
        memcpy(&at, relocations + i * sizeof at, sizeof at);
        /* From the original: an offset that is listed twice is relocated once. */
        memcpy(&value, blob + at, sizeof value);
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

static int64_t system_call(const struct machine *machine, const struct op *op)
{
    long arg[ARGUMENTS];
    for (int i = 0; i < ARGUMENTS; i++) {
        arg[i] = (long)value_of(machine, op, i);
        if (op->kind[i] == REGISTER && arg[i] < 0)
            return -EBADF;
    }
    long result = syscall((long)op->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
    return result == -1 ? -errno : result;
}

/* The pointer at base[index], which need not be aligned. */
static char *pointer_at(const uint8_t *base, size_t index)
{
    char *pointer;
    memcpy(&pointer, base + index * sizeof pointer, sizeof pointer);
    return pointer;
}

static int execute(struct machine *machine, const struct op *op)
{
    const uint8_t *candidates = machine->blob + op->arg[0];
    char **argv = (char **)(uintptr_t)(machine->blob + op->arg[1]);
    char **envp = (char **)(uintptr_t)(machine->blob + op->arg[2]);
    volatile struct progress *progress = machine->context->progress;
    int result = -ENOENT;
    int denied = 0;

    for (size_t i = 0; pointer_at(candidates, i) != NULL; i++) {
        progress->state = PROGRESS_EXECUTING;
        execve(pointer_at(candidates, i), argv, envp);
        result = -errno;
        progress->state = PROGRESS_RUNNING;
        denied |= result == -EACCES;
        if (result != -ENOENT && result != -ENOTDIR && result != -EACCES)
            return result;
    }
    return denied ? -EACCES : result;
}

static int send_fd(const struct program_context *context, int fd)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    char byte = 0;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};

    if (context->rows != 0 && context->columns != 0) {
        struct winsize size = {.ws_row = context->rows, .ws_col = context->columns};
        /* Before the program can ask for it; a master that takes none is the receiver's trouble. */
        ioctl(fd, TIOCSWINSZ, &size);
    }
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    return sendmsg(context->socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int64_t load_register(const struct machine *machine, const struct op *op)
{
    int32_t narrow;
    int64_t wide;
    if (op->arg[1] == sizeof wide) {
        memcpy(&wide, machine->blob + op->arg[0], sizeof wide);
        return wide;
    }
    memcpy(&narrow, machine->blob + op->arg[0], sizeof narrow);
    return narrow;
}

static int tolerated(const struct op *op, int64_t result)
{
    for (int i = 0; i < op->tolerated_count; i++) {
        if (result == -(int64_t)op->tolerated[i])
            return 1;
    }
    return 0;
}

/* Executes one op; skip is how many to pass over after it. 0 or -errno. */
static int step(struct machine *machine, const struct op *op, uint32_t *skip)
{
    int64_t result = 0;
    switch (op->code) {
    case SYSCALL:
        result = system_call(machine, op);
        break;
    case EXEC:
        result = execute(machine, op);
        break;
    case LOAD:
        machine->registers[op->dest] = load_register(machine, op);
        return 0;
    case SEND_FD:
        result = send_fd(machine->context, (int)value_of(machine, op, 0));
        break;
    case SKIP:
        *skip = value_of(machine, op, 0) < 0 ? (uint32_t)op->arg[1] : 0;
        return 0;
    default:
        return -EINVAL;
    }
    if (op->dest != NO_REGISTER)
        machine->registers[op->dest] = result;
    /* Results beyond the errno range are values: addresses, for one. */
    return result < 0 && result >= -4095 && !tolerated(op, result) ? (int)result : 0;
}

int program_run(const uint8_t *bytes, struct program_context *context)
{
    struct header header = header_of(bytes);
    struct machine machine = {.context = context};
    struct progress *progress = context->progress;

    memset(machine.registers, 0xff, sizeof machine.registers);
    machine.registers[0] = context->target;
    int result = load(&machine, bytes, &header);
    for (uint32_t i = 0; result == 0 && i < header.ops; i++) {
        struct op op = op_at(bytes, i);
        uint32_t skip = 0;
        progress->op = i;
        result = step(&machine, &op, &skip);
        i += skip;
    }
    if (machine.blob != MAP_FAILED)
        munmap(machine.blob, (size_t)header.blob + TAIL);
    if (result < 0) {
        progress->error = -result;
        progress->state = PROGRESS_FAILED;
    }
    return result;
}
