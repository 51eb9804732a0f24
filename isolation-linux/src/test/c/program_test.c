#include "program.h"
#include "tap.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HEADER = 20, OP = 72, NONE = 0xffff };

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

static uint8_t *add(struct draft *draft, long nr, unsigned dest)
{
    uint8_t *op = draft->bytes + HEADER + draft->ops++ * OP;
    memset(op, 0, OP);
    put(op, (uint64_t)nr, 4);
    put(op + 4, dest, 2);
    return op;
}

static void argument(uint8_t *op, int index, uint8_t kind, uint64_t value)
{
    op[6 + index] = kind;
    put(op + 24 + 8 * index, value, 8);
}

static void tolerate(uint8_t *op, unsigned errno_value)
{
    op[12] = 1;
    put(op + 14, errno_value, 2);
}

static void make_last(uint8_t *op)
{
    op[13] = 1;
}

/* The blob is a string, and ends with the zeros that it must end with. */
static size_t finish(struct draft *draft, const char *blob)
{
    uint8_t *header = draft->bytes;
    size_t size = strlen(blob);
    memset(header, 0, HEADER);
    memcpy(header, "GLP2", 4);
    put(header + 4, draft->ops, 4);
    put(header + 12, size + 8, 4);
    put(header + 16, 8, 4);
    size_t at = HEADER + draft->ops * OP;
    memcpy(draft->bytes + at, blob, size);
    memset(draft->bytes + at + size, 0, 8);
    return at + size + 8;
}

static int run(struct draft *draft, const char *blob, struct progress *progress)
{
    size_t size = finish(draft, blob);
    uint8_t *exact = malloc(size);
    memcpy(exact, draft->bytes, size);
    memset(progress, 0, sizeof *progress);
    int result = program_check(exact, size);
    if (result == 0)
        result = program_run(exact, -1, progress);
    free(exact);
    return result;
}

static void vectors_are_checked(void)
{
    static const char *const bad[] = {
        "magic", "truncated", "pointer",    "register",         "dest",            "skip",
        "kind",  "end",       "relocation", "relocation-value", "relocation-order", "count"};
    static const char *const good[] = {"echo", "compiled"};
    char name[64];
    size_t size;
    for (size_t i = 0; i < sizeof bad / sizeof *bad + 2; i++) {
        bool is_good = i < 2;
        snprintf(name, sizeof name, "program-%s%s", is_good ? "" : "bad-",
                 is_good ? good[i] : bad[i - 2]);
        uint8_t *bytes = vector(directory, name, &size);
        ok((program_check(bytes, size) == 0) == is_good, name);
        free(bytes);
    }
}

static void the_failing_op_is_named(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    add(&draft, SYS_getpid, 1);
    uint8_t *op = add(&draft, SYS_chdir, NONE);
    argument(op, 0, 1, 0);
    ok(run(&draft, "/nonexistent", &progress) == -ENOENT, "a failing call ends the program");
    ok(progress.state == PROGRESS_FAILED && progress.op == 1 && progress.error == ENOENT,
       "the op and its errno are told");
}

static void a_tolerated_errno_is_stored(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    uint8_t *op = add(&draft, SYS_chdir, 1);
    argument(op, 0, 1, 0);
    tolerate(op, ENOENT);
    op = add(&draft, -1, NONE);
    argument(op, 0, 2, 1);
    argument(op, 1, 0, 1);
    add(&draft, 0xfffff, NONE); /* no such system call; skipped */
    ok(run(&draft, "/nonexistent", &progress) == 0, "a tolerated errno lets a skip decide");
}

static void a_last_op_shows(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    make_last(add(&draft, SYS_getpid, NONE));
    ok(run(&draft, "", &progress) == 0 && progress.state == PROGRESS_FINAL,
       "of a last op it is known that it was begun");
    add(&draft, SYS_getpid, NONE);
    ok(run(&draft, "", &progress) == 0 && progress.state == PROGRESS_RUNNING,
       "unless it returned");
}

static void a_negative_register_is_no_descriptor(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    uint8_t *op = add(&draft, SYS_close, NONE);
    argument(op, 0, 2, 3);
    ok(run(&draft, "", &progress) == -EBADF, "registers start as -1, which is EBADF");
}

static void a_register_carries_a_result(void)
{
    struct progress progress;
    struct draft draft = {.ops = 0};
    uint8_t *op = add(&draft, SYS_openat, 1);
    argument(op, 0, 0, (uint64_t)-100);
    argument(op, 1, 1, 0);
    op = add(&draft, SYS_close, NONE);
    argument(op, 0, 2, 1);
    ok(run(&draft, "/", &progress) == 0, "a descriptor goes from open to close");
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
        /* Its first op is system call 39, harmless on every machine; what it says is for nobody. */
        if (freopen("/dev/null", "w", stdout) == NULL)
            _exit(126);
        program_run(bytes, -1, progress);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "execve becomes /bin/echo");
    ok(progress->state == PROGRESS_FINAL, "and that shows in the shared progress");
    munmap(progress, sizeof *progress);
    free(bytes);
}

int main(int argc, char **argv)
{
    directory = argc > 1 ? argv[1] : ".";
    vectors_are_checked();
    the_failing_op_is_named();
    a_tolerated_errno_is_stored();
    a_last_op_shows();
    a_negative_register_is_no_descriptor();
    a_register_carries_a_result();
    exec_runs_the_program();
    return tap_end();
}
