/*
 * gantry-shim SOCKET DIAGNOSTICS: executes launch programs, keeps the stdio of what they become and
 * records how it ended. docs/shim-protocol.md
 */
#include "shim.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { COOL_DOWN_MS = 1000, PROGRAM_MAX = 4 << 20 };
enum failure { READY = 0, AT_READ, AT_PROGRAM, AT_SOCKET, AT_FORK, AT_REAPER, IN_PROGRAM };

struct shim shim = {.reaper_fd = -1};

int64_t nanos_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * (int64_t)1000000000 + now.tv_nsec;
}

void watch_set(struct watch *watch, uint32_t interest)
{
    struct epoll_event event = {.events = interest, .data = {.ptr = watch}};
    if (watch->fd < 0 || watch->interest == interest)
        return;
    int op = interest == 0          ? EPOLL_CTL_DEL
             : watch->interest == 0 ? EPOLL_CTL_ADD
                                    : EPOLL_CTL_MOD;
    if (epoll_ctl(shim.epoll, op, watch->fd, &event) < 0)
        diagnose(errno, "epoll_ctl", "");
    else
        watch->interest = interest;
}

void watch_close(struct watch *watch)
{
    if (watch->fd < 0)
        return;
    watch_set(watch, 0);
    close(watch->fd);
    watch->fd = -1;
}

/* One event at a time: a handler may close whatever it likes, no later event can mean it. */
static void loop(void)
{
    while (!shim.ended) {
        struct epoll_event event;
        int timeout = streams_timeout();
        if (shim.warm && (timeout < 0 || timeout > COOL_DOWN_MS))
            timeout = COOL_DOWN_MS;
        int count = epoll_wait(shim.epoll, &event, 1, timeout);
        if (count > 0) {
            struct watch *watch = event.data.ptr;
            watch->events = event.events;
            watch->ready(watch);
        } else if (count == 0 && shim.warm) {
            /* After a burst its memory goes back: an idle pod costs next to nothing. */
            log_release();
            stdio_release();
            malloc_trim(0);
            shim.warm = false;
        }
    }
}

static int read_program(uint8_t **program, size_t *size)
{
    /* Untouched pages of the bound cost nothing, and it is given back. */
    void *room =
        mmap(NULL, PROGRAM_MAX, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return -errno;
    *program = room;
    for (;;) {
        ssize_t count = read(STDIN_FILENO, *program + *size, PROGRAM_MAX - *size);
        if (count == 0)
            return *size == PROGRAM_MAX ? -E2BIG : 0;
        if (count < 0 && errno != EINTR)
            return -errno;
        *size += count > 0 ? (size_t)count : 0;
    }
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    shim.listener = (struct watch){.fd = fd, .ready = connection_accept};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    mode_t before = umask(0177);
    int result = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    umask(before);
    if (result < 0)
        return result;
    shim.socket_path = path;
    if (listen(fd, SOMAXCONN) < 0)
        return -errno;
    watch_set(&shim.listener, EPOLLIN);
    return 0;
}

static int open_basics(const char *diagnostics)
{
    int log = open(diagnostics, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    shim.epoll = epoll_create1(EPOLL_CLOEXEC);
    shim.null = open("/dev/null", O_RDWR | O_CLOEXEC);
    shim.own_pidns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (log < 0 || shim.epoll < 0 || shim.null < 0 || shim.own_pidns < 0 || chdir("/") < 0)
        return -errno;
    dup2(log, STDERR_FILENO);
    close(log);
    dup2(shim.null, STDIN_FILENO);
    dup2(shim.null, STDOUT_FILENO);
    return 0;
}

/* Everything between the fork and the answer; says at which step it failed. */
static enum failure set_up(uint8_t *program, size_t size, char **argv, struct progress *progress)
{
    struct program_context context = {.target = -1, .socket = -1, .progress = progress};

    progress->error = -open_basics(argv[2]);
    if (progress->error != 0)
        return AT_SOCKET;
    int flags = program_check(program, size, PROGRAM_SETS_UP);
    progress->error = flags < 0 ? -flags : 0;
    if (flags < 0)
        return AT_PROGRAM;
    if (program_run(program, &context) < 0)
        return IN_PROGRAM;
    munmap(program, PROGRAM_MAX);
    progress->error = -reap_start();
    if (progress->error == 0 && (flags & PROGRAM_REAPER) != 0)
        progress->error = -reaper_start();
    if (progress->error != 0)
        return AT_REAPER;
    progress->error = -open_socket(argv[1]);
    return progress->error != 0 ? AT_SOCKET : READY;
}

/* What becomes of the start, written to fd. */
static void answer(int fd, enum failure failure, const struct progress *progress)
{
    uint32_t record[] = {failure == READY ? 0 : failure == IN_PROGRAM ? 1 : 2,
                         failure == IN_PROGRAM ? progress->op : failure,
                         (uint32_t)progress->error, failure == READY ? (uint32_t)getpid() : 0};
    if (write(fd, record, sizeof record) < 0)
        diagnose(errno, "answer", "");
}

/* The shim itself, in a session of its own; says on the descriptor what became of its start. */
static int serve(uint8_t *program, size_t size, int told, char **argv)
{
    struct progress progress = {.op = 0};
    setsid();
    enum failure failure = set_up(program, size, argv, &progress);
    answer(told, failure, &progress);
    close(told);
    if (failure == READY)
        loop();
    if (shim.socket_path != NULL)
        unlink(shim.socket_path);
    if (shim.reaper > 0) {
        kill(shim.reaper, SIGKILL);
        waitpid(shim.reaper, NULL, 0);
    }
    return failure != READY;
}

/* Passes the answer on and ends only then: whoever waits for this process finds it in the pipe. */
static int pass_on(int told)
{
    uint8_t record[16];
    ssize_t size = read(told, record, sizeof record);
    return size <= 0 || write(STDOUT_FILENO, record, (size_t)size) != size;
}

int main(int argc, char **argv)
{
    uint8_t *program = NULL;
    size_t size = 0;
    struct progress progress = {.op = 0};
    int told[2];

    if (argc != 3) {
        diagnose(EINVAL, "usage: gantry-shim SOCKET DIAGNOSTICS", "");
        return 2;
    }
    syscall(SYS_close_range, 3, ~0U, 0);
    /* Neither it nor what it forks may be looked into by a container that it enters. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "gantry-shim", 0, 0, 0);
    progress.error = -read_program(&program, &size);
    if (progress.error != 0) {
        answer(STDOUT_FILENO, AT_READ, &progress);
        return 1;
    }
    pid_t pid = pipe2(told, O_CLOEXEC) < 0 ? -1 : fork();
    progress.error = errno;
    if (pid == 0)
        return serve(program, size, told[1], argv);
    if (pid < 0) {
        answer(STDOUT_FILENO, AT_FORK, &progress);
        return 1;
    }
    close(told[1]);
    return pass_on(told[0]);
}
