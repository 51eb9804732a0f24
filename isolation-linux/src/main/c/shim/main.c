/*
 * gantry-shim SOCKET DIAGNOSTICS: executes launch programs, keeps the stdio of what they become and
 * records how it ended. docs/shim-protocol.md
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COOL_DOWN_MS = 1000, PROGRAM_MAX = 4 << 20 };
enum failure { READY = 0, AT_READ, AT_PROGRAM, AT_SOCKET, AT_FORK, AT_REAPER, IN_PROGRAM };

_Alignas(4096) uint8_t chunk[CHUNK];

struct setup {
    uint8_t *program;
    size_t size;
    struct progress progress;
};

int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / STALL_NANOS_PER_MS;
}

int64_t unix_nanos(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void watch_set(struct shim *shim, struct watch *watch, uint32_t interest)
{
    struct epoll_event event = {.events = interest, .data = {.ptr = watch}};
    if (watch->fd < 0 || watch->interest == interest)
        return;
    int op = interest == 0          ? EPOLL_CTL_DEL
             : watch->interest == 0 ? EPOLL_CTL_ADD
                                    : EPOLL_CTL_MOD;
    if (epoll_ctl(shim->epoll, op, watch->fd, &event) < 0)
        diagnose(errno, "epoll_ctl", NULL);
    else
        watch->interest = interest;
}

void watch_close(struct shim *shim, struct watch *watch)
{
    if (watch->fd < 0)
        return;
    watch_set(shim, watch, 0);
    close(watch->fd);
    watch->fd = -1;
}

/* After a burst its buffers go back to the kernel: an idle pod costs next to nothing. */
static void cool_down(struct shim *shim)
{
    log_release();
    madvise(chunk, sizeof chunk, MADV_DONTNEED);
    shim->warm = false;
}

/* One event at a time: a handler may close whatever it likes, no later event can mean it. */
static void loop(struct shim *shim)
{
    while (!shim->ended) {
        struct epoll_event event;
        int timeout = streams_timeout(shim);
        if (shim->warm && (timeout < 0 || timeout > COOL_DOWN_MS))
            timeout = COOL_DOWN_MS;
        int count = epoll_wait(shim->epoll, &event, 1, timeout);
        if (count > 0) {
            struct watch *watch = event.data.ptr;
            watch->ready(shim, watch, event.events);
        } else if (count == 0 && shim->warm) {
            cool_down(shim);
        }
    }
}

static int read_program(struct setup *setup)
{
    /* Untouched pages of the bound cost nothing, and it is given back. */
    setup->program = mmap(NULL, PROGRAM_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                          -1, 0);
    if (setup->program == MAP_FAILED)
        return -errno;
    for (;;) {
        ssize_t count = read(STDIN_FILENO, setup->program + setup->size, PROGRAM_MAX - setup->size);
        if (count == 0)
            return setup->size == PROGRAM_MAX ? -E2BIG : 0;
        if (count < 0 && errno != EINTR)
            return -errno;
        setup->size += count > 0 ? (size_t)count : 0;
    }
}

static int open_socket(struct shim *shim)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(shim->socket_path);
    if (length >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, shim->socket_path, length);

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    mode_t before = umask(0177);
    int result = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    umask(before);
    if (result == 0 && listen(fd, CONNECTIONS_MAX) < 0) {
        result = -errno;
        unlink(shim->socket_path);
    }
    if (result < 0) {
        close(fd);
        return result;
    }
    shim->listener = (struct watch){.fd = fd, .ready = connection_accept};
    watch_set(shim, &shim->listener, EPOLLIN);
    return 0;
}

static int open_basics(struct shim *shim, const char *diagnostics)
{
    int log = open(diagnostics, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    shim->epoll = epoll_create1(EPOLL_CLOEXEC);
    shim->null = open("/dev/null", O_RDWR | O_CLOEXEC);
    shim->own_pidns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (log < 0 || shim->epoll < 0 || shim->null < 0 || shim->own_pidns < 0 || chdir("/") < 0)
        return -errno;
    dup2(log, STDERR_FILENO);
    close(log);
    dup2(shim->null, STDIN_FILENO);
    dup2(shim->null, STDOUT_FILENO);
    return 0;
}

/* Everything between the fork and the answer; says at which step it failed. */
static enum failure set_up(struct shim *shim, struct setup *setup, const char *diagnostics,
                           int *result)
{
    struct program_context context = {.target = -1, .socket = -1, .progress = &setup->progress};

    *result = open_basics(shim, diagnostics);
    if (*result < 0)
        return AT_SOCKET;
    *result = program_check(setup->program, setup->size, PROGRAM_SETS_UP);
    if (*result < 0)
        return AT_PROGRAM;
    unsigned flags = program_flags(setup->program);
    *result = program_run(setup->program, &context);
    munmap(setup->program, PROGRAM_MAX);
    if (*result < 0)
        return IN_PROGRAM;
    *result = reap_start(shim);
    if (*result == 0 && (flags & PROGRAM_REAPER) != 0)
        *result = reaper_start(shim);
    if (*result < 0)
        return AT_REAPER;
    *result = open_socket(shim);
    return *result < 0 ? AT_SOCKET : READY;
}

/* What becomes of the start, written to fd. */
static void answer(int fd, enum failure failure, uint32_t op, int code)
{
    uint8_t record[16];
    struct writer writer = {.to = record, .room = sizeof record};
    write_u32(&writer, failure == READY ? 0 : failure == IN_PROGRAM ? 1 : 2);
    write_u32(&writer, failure == IN_PROGRAM ? op : (uint32_t)failure);
    write_u32(&writer, (uint32_t)code);
    write_u32(&writer, failure == READY ? (uint32_t)getpid() : 0);
    if (write(fd, record, sizeof record) < 0)
        diagnose(errno, "answer", NULL);
}

static void end(const struct shim *shim)
{
    unlink(shim->socket_path);
    if (shim->reaper > 0) {
        kill(shim->reaper, SIGKILL);
        waitpid(shim->reaper, NULL, 0);
    }
}

/* The shim itself, in a session of its own; says on the descriptor what became of its start. */
static int serve(struct setup *setup, int told, char **argv)
{
    struct shim shim = {.socket_path = argv[1], .reaper_fd = -1};
    int result;
    enum failure failure = set_up(&shim, setup, argv[2], &result);
    answer(told, failure, setup->progress.op, -result);
    close(told);
    if (failure != READY)
        return 1;
    loop(&shim);
    end(&shim);
    return 0;
}

/* Passes the answer on and ends only then: whoever waits for this process finds it in the pipe. */
static int pass_on(int told)
{
    uint8_t record[16];
    ssize_t size;
    do
        size = read(told, record, sizeof record);
    while (size < 0 && errno == EINTR);
    return size <= 0 || write(STDOUT_FILENO, record, (size_t)size) != size;
}

static int start(struct setup *setup, char **argv)
{
    int pipe_ends[2];
    if (pipe2(pipe_ends, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        pid = fork();
        if (pid == 0)
            return serve(setup, pipe_ends[1], argv);
        if (pid < 0)
            answer(pipe_ends[1], AT_FORK, 0, errno);
        return 0;
    }
    if (pid < 0)
        return -errno;
    close(pipe_ends[1]);
    return pass_on(pipe_ends[0]);
}

int main(int argc, char **argv)
{
    struct setup setup = {.size = 0};

    if (argc != 3) {
        diagnose(EINVAL, "usage: gantry-shim SOCKET DIAGNOSTICS", NULL);
        return 2;
    }
    syscall(SYS_close_range, 3, ~0U, 0);
    /* Neither it nor what it forks may be looked into by a container that it enters. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "gantry-shim", 0, 0, 0);
    int result = read_program(&setup);
    if (result < 0) {
        answer(STDOUT_FILENO, AT_READ, 0, -result);
        return 1;
    }
    result = start(&setup, argv);
    if (result < 0)
        answer(STDOUT_FILENO, AT_FORK, 0, -result);
    return result != 0;
}
