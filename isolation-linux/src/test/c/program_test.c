#include "program.h"
#include "tap.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEADER = 32, OP = 72 };

static const char *directory;

/* Programs made here rather than by vector, since system call numbers differ by machine. */
struct draft {
    uint8_t bytes[4096];
    uint32_t ops;
};


static void put(uint8_t *to, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++, value >>= 8)
        to[i] = (uint8_t)value;
}

static uint8_t *add(struct draft *draft, unsigned code, unsigned dest, long nr)
{
    uint8_t *op = draft->bytes + HEADER + draft->ops++ * OP;
    memset(op, 0, OP);
    put(op, code, 2);
    put(op + 2, dest, 2);
    put(op + 4, (uint64_t)nr, 4);
    return op;
}

static void argument(uint8_t *op, int index, uint8_t kind, uint64_t value)
{
    op[8 + index] = kind;
    put(op + 24 + 8 * index, value, 8);
}

static void tolerate(uint8_t *op, unsigned errno_value)
{
    op[14] = 1;
    put(op + 16, errno_value, 2);
}

static size_t finish(struct draft *draft, const void *blob, uint32_t size)
{
    uint8_t *header = draft->bytes;
    memset(header, 0, HEADER);
    memcpy(header, "GLP1", 4);
    put(header + 4, 1, 2);
    put(header + 8, draft->ops, 4);
    put(header + 16, size, 4);
    put(header + 20, 8, 4);
    size_t at = HEADER + draft->ops * OP;
    if (size > 0)
        memcpy(draft->bytes + at, blob, size);
    return at + size;
}

static int run(struct draft *draft, const void *blob, uint32_t blob_size,
               struct progress *progress)
{
    size_t size = finish(draft, blob, blob_size);
    uint8_t *exact = malloc(size);
    memcpy(exact, draft->bytes, size);
    memset(progress, 0, sizeof *progress);
    struct program_context context = {.target = -1, .socket = -1, .progress = progress};
    int result = program_check(exact, size, PROGRAM_LAUNCHES);
    if (result == 0)
        result = program_run(exact, &context);
    free(exact);
    return result;
}

static void vectors_are_checked(void)
{
    static const char *const bad[] = {
        "magic", "version", "truncated", "pointer",          "register", "dest",
        "code",  "kind",    "relocation", "relocation-value", "array",    "count"};
    size_t size;
    uint8_t *bytes = vector(directory, "program-echo", &size);
    ok(program_check(bytes, size, PROGRAM_LAUNCHES) == 0, "a program with every op is one");
    ok(program_check(bytes, size, PROGRAM_SETS_UP) < 0, "one that executes sets nothing up");
    bytes[6] = PROGRAM_REAPER;
    ok(program_check(bytes, size, PROGRAM_LAUNCHES) < 0, "only a set-up asks for a reaper");
    free(bytes);
    bytes = vector(directory, "program-compiled", &size);
    ok(program_check(bytes, size, PROGRAM_LAUNCHES) == 0, "what the compiler makes is one");
    free(bytes);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char name[64];
        snprintf(name, sizeof name, "program-bad-%s", bad[i]);
        bytes = vector(directory, name, &size);
        ok(program_check(bytes, size, PROGRAM_LAUNCHES) < 0, name);
        free(bytes);
    }
}

static void the_failing_op_is_named(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    add(&draft, 1, 1, SYS_getpid);
    uint8_t *op = add(&draft, 1, 0xffff, SYS_chdir);
    argument(op, 0, 1, 0);
    ok(run(&draft, "/nonexistent", 13, &progress) == -ENOENT, "a failing call ends the program");
    ok(progress.state == PROGRESS_FAILED && progress.op == 1 && progress.error == ENOENT,
       "the op and its errno are told");
}

static void a_tolerated_errno_is_stored(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    uint8_t *op = add(&draft, 1, 1, SYS_chdir);
    argument(op, 0, 1, 0);
    tolerate(op, ENOENT);
    op = add(&draft, 5, 0xffff, 0);
    argument(op, 0, 2, 1);
    argument(op, 1, 0, 1);
    add(&draft, 1, 0xffff, 0xfffff); /* no such system call; skipped */
    ok(run(&draft, "/nonexistent", 13, &progress) == 0, "a tolerated errno lets SKIP decide");
}

static void a_negative_register_is_no_descriptor(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    uint8_t *op = add(&draft, 1, 0xffff, SYS_close);
    argument(op, 0, 2, 3);
    ok(run(&draft, "", 0, &progress) == -EBADF, "registers start as -1, which is EBADF");
}

static void a_register_carries_a_result(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    uint8_t *op = add(&draft, 1, 1, SYS_openat);
    argument(op, 0, 0, (uint64_t)-100);
    argument(op, 1, 1, 0);
    op = add(&draft, 1, 0xffff, SYS_close);
    argument(op, 0, 2, 1);
    ok(run(&draft, "/", 2, &progress) == 0, "a descriptor goes from open to close");
}

static void exec_runs_the_program(void)
{
    size_t size;
    int status = -1;
    uint8_t *bytes = vector(directory, "program-echo", &size);
    struct progress *progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct program_context context = {.target = -1, .socket = -1, .progress = progress};
        /* Its first op is system call 39, harmless on every machine; what it says is for nobody. */
        if (freopen("/dev/null", "w", stdout) == NULL)
            _exit(126);
        program_run(bytes, &context);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "EXEC becomes /bin/echo");
    ok(progress->state == PROGRESS_EXECUTING, "and that shows in the shared progress");
    munmap(progress, sizeof *progress);
    free(bytes);
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    vectors_are_checked();
    the_failing_op_is_named();
    a_tolerated_errno_is_stored();
    a_negative_register_is_no_descriptor();
    a_register_carries_a_result();
    exec_runs_the_program();
    return tap_end();
}
