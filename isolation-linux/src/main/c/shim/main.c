/* gantry-shim SOCKET: executes launch programs, keeps stdio, records ends. docs/shim-protocol.md */
#include "shim.h"

#include <malloc.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { COOL_DOWN_MS = 1000 };

struct shim shim;

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
    int op = interest == 0 ? EPOLL_CTL_DEL : watch->interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
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

/* After a burst its memory goes back: an idle pod costs next to nothing. */
static void cool_down(void)
{
    log_release();
    stdio_release();
#ifdef __GLIBC__
    malloc_trim(0); /* another C library gives back by itself */
#endif
    shim.warm = false;
}

/* One event at a time: a handler may close whatever it likes, no later event can mean it. */
static void loop(void)
{
    for (;;) {
        struct epoll_event event;
        int timeout = streams_tend();
        if (shim.ended)
            return;
        if (shim.warm && (timeout < 0 || timeout > COOL_DOWN_MS))
            timeout = COOL_DOWN_MS;
        int count = epoll_wait(shim.epoll, &event, 1, timeout);
        if (count > 0) {
            struct watch *watch = event.data.ptr;
            watch->events = event.events;
            watch->ready(watch);
        } else if (count == 0 && shim.warm) {
            cool_down();
        }
    }
}

static int open_basics(void)
{
    shim.epoll = epoll_create1(EPOLL_CLOEXEC);
    shim.null = open("/dev/null", O_RDWR | O_CLOEXEC);
    shim.own_pidns = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (shim.epoll < 0 || shim.null < 0 || shim.own_pidns < 0 || chdir("/") < 0)
        return -errno;
    dup2(shim.null, STDIN_FILENO);
    dup2(shim.null, STDOUT_FILENO);
    return 0;
}

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t before = umask(0177);
    int result = fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    umask(before);
    if (result < 0)
        return result;
    shim.listener = (struct watch){.fd = fd, .ready = connection_accept};
    return listen(fd, SOMAXCONN) < 0 ? -errno : 0;
}

/* The shim itself, in a session of its own. */
static int serve(const char *path)
{
    setsid();
    int result = reap_start();
    if (result < 0) {
        diagnose(-result, "wait for children", "");
    } else {
        watch_set(&shim.listener, EPOLLIN);
        loop();
    }
    unlink(path);
    return result < 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        diagnose(EINVAL, "usage: gantry-shim SOCKET", "");
        return 2;
    }
    syscall(SYS_close_range, 3, ~0U, 0);
    /* Neither it nor what it forks may be looked into by a container that it enters. */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    prctl(PR_SET_NAME, "gantry-shim", 0, 0, 0);
    int result = open_basics();
    if (result == 0)
        result = open_socket(argv[1]);
    if (result < 0) {
        diagnose(-result, "open socket", argv[1]);
        return 1;
    }
    /* Whoever waits for this process finds the socket open; the child goes on without a parent. */
    pid_t pid = fork();
    if (pid == 0)
        return serve(argv[1]);
    if (pid < 0)
        diagnose(errno, "fork", "");
    return pid < 0;
}
