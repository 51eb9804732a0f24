/* Starting a process: files, clone3, the child's side, and how the parent learns the outcome. */
#include "shim.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Where the child has what it needs besides its standard streams; nothing else is open in it. */
enum { SOCKET = 3, TARGET = 4, DESCRIPTORS, CGROUP = DESCRIPTORS, OPENED };

static const uint64_t NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                   CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

/* What a child needs; the descriptors are the launch's own, closed after the clone. */
struct launch {
    int fds[OPENED]; /* -1 none; of the standard streams: /dev/null */
    struct process *target;
    const struct request *request;
};

static struct process *create(const struct request *request)
{
    size_t strings = (size_t)((const char *)request->bytes - request->id);
    struct process *process = calloc(1, sizeof *process + strings);
    if (process == NULL)
        return NULL;
    const char *id = memcpy(process + 1, request->id, strings);
    process->id = id;
    process->target = id + (request->target - request->id);
    process->exit_record = id + (request->exit_record - request->id);
    process->log = (struct log){.fd = -1, .path = id + (request->log - request->id)};
    process->kind = request->kind;
    process->io = request->flags;
    process->pidfd = process->starting.fd = -1;
    stdin_open(process, -1);
    source_open(process, 0, -1);
    source_open(process, 1, -1);
    process->started = nanos_of(CLOCK_REALTIME);
    process->next = shim.processes;
    shim.processes = process;
    return process;
}

static int check(const struct request *request, const struct process *target, struct error *err)
{
    if (process_find(request->id) != NULL)
        return fail(err, EEXIST, "id is in use", "");
    if (request->id[0] == 0 || strlen(request->id) > ID_MAX ||
        (request->clone_flags & ~NAMESPACES) != 0)
        return fail(err, EINVAL, "malformed request", "");
    if (target == NULL && (request->kind == KIND_EXEC || request->target[0] != 0))
        return fail(err, ESRCH, "target is not running", request->target);
    if (program_check(request->bytes, request->size) < 0)
        return fail(err, ENOEXEC, "malformed launch program", "");
    return 0;
}

/* Pipes, whose ends of the shim's do not block. */
static int open_pipes(struct process *process, struct launch *launch, struct error *err)
{
    int *const ours[] = {&process->stdin.fd, &process->output[0].watch.fd,
                         &process->output[1].watch.fd};
    for (int i = (process->io & IO_STDIN) != 0 ? 0 : 1; i < SOCKET; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0)
            return fail(err, errno, "pipe", "");
        *ours[i] = ends[i == 0 ? 1 : 0];
        launch->fds[i] = ends[i == 0 ? 0 : 1];
        fcntl(*ours[i], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

static int open_files(struct process *process, struct launch *launch, struct error *err)
{
    const char *cgroup = launch->request->cgroup;
    int ends[2];
    void *shared = mmap(NULL, sizeof *process->progress, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return fail(err, errno, "mmap", "");
    process->progress = shared;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail(err, errno, "socketpair", "");
    process->starting.fd = ends[0];
    launch->fds[SOCKET] = ends[1];
    if (launch->target != NULL)
        launch->fds[TARGET] = fcntl(launch->target->pidfd, F_DUPFD_CLOEXEC, 0);

    int result = process->log.path[0] == 0 ? 0 : log_open(&process->log);
    if (result < 0)
        return fail(err, -result, "open log", process->log.path);
    if (cgroup[0] != 0)
        launch->fds[CGROUP] = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (cgroup[0] != 0 && launch->fds[CGROUP] < 0)
        return fail(err, errno, "open cgroup", cgroup);
    return (process->io & IO_TERMINAL) != 0 ? 0 : open_pipes(process, launch, err);
}

/* What the shim has open since its own start fills the numbers that others are moved to here. */
static void arrange_descriptors(const struct launch *launch)
{
    for (int i = 0; i < DESCRIPTORS; i++) {
        int fd = launch->fds[i] < 0 && i < SOCKET ? shim.null : launch->fds[i];
        if (fd < 0 || dup3(fd, i, i < SOCKET ? 0 : O_CLOEXEC) < 0)
            close(i);
    }
    syscall(SYS_close_range, DESCRIPTORS, ~0U, 0);
}

/* Only what is safe after clone in a copy of any process: system calls. */
static _Noreturn void child(const struct process *process, const struct launch *launch)
{
    uint8_t *program = (uint8_t *)(uintptr_t)launch->request->bytes;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    arrange_descriptors(launch);
    if (program_run(program, launch->target == NULL ? -1 : TARGET, process->progress) == 0) {
        process->progress->error = ENOEXEC;
        process->progress->state = PROGRESS_FAILED;
    }
    _exit(127);
}

static int clone_child(struct process *process, const struct launch *launch, struct error *err)
{
    struct clone_args args = {
        .flags = launch->request->clone_flags | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&process->pidfd,
        .exit_signal = SIGCHLD,
    };
    const struct process *target = launch->target;
    if (launch->fds[CGROUP] >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (unsigned)launch->fds[CGROUP];
    }
    /* The pid namespace of children is a property of the parent: set for one clone and set back. */
    if (target != NULL && setns(target->pidfd, CLONE_NEWPID) < 0)
        return fail(err, errno, "join pid namespace", "");
    long pid = syscall(SYS_clone3, &args, sizeof args);
    int code = errno;
    if (pid == 0)
        child(process, launch);
    if (target != NULL && setns(shim.own_pidns, CLONE_NEWPID) < 0)
        diagnose(errno, "return to own pid namespace", "");
    if (pid < 0)
        return fail(err, code, "clone3", "");
    process->pid = (pid_t)pid;
    return 0;
}

/* Takes the terminal's master, which a program sends once at most. */
static void take_terminal(struct process *process, int fd)
{
    if ((process->io & IO_TERMINAL) == 0 || process->output[0].watch.fd >= 0) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
    source_open(process, 0, fd);
    if ((process->io & IO_STDIN) != 0)
        stdin_open(process, fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

/* A child says its terminal, the pid of an heir, and by its silence that it is there itself. */
static void starting_ready(struct watch *watch)
{
    struct process *process = OWNER(watch, struct process, starting);
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    char text[16] = {0};
    struct iovec data = {text, sizeof text - 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};

    ssize_t count = recvmsg(watch->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count > 0 && message.msg_controllen > 0 && control.header.cmsg_type == SCM_RIGHTS) {
        int fd;
        memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
        take_terminal(process, fd);
    }
    if (count == 1)
        return;
    watch_close(watch); /* upon which a child with an heir ends */
    process->heir = count > 1 ? atoi(text) : 0;
    start_settle(process);
}

static void start_failed(struct process *process)
{
    const struct progress *progress = process->progress;
    struct connection *starter = process->starter;
    struct error err = {.stage = STAGE_PROGRAM, .op = progress->op};
    if (progress->state == PROGRESS_FAILED)
        fail(&err, progress->error, "launch program", "");
    else
        fail(&err, ECHILD, "the process died before it executed its binary", "");
    if (starter != NULL && starter->process == process)
        stream_leave(starter);
    if (starter != NULL)
        control_error(starter, process->start_frame, &err);
    process_drop(process);
}

/* Called at the end of the child's socket and when it is reaped; a failure then leaves nothing. */
void start_settle(struct process *process)
{
    if (process->starting.fd >= 0 || process->heir != 0)
        return;
    if (process->state == STATE_STARTING && process->progress->state != PROGRESS_FINAL) {
        if (process->reaped)
            start_failed(process);
        return;
    }
    if (process->state == STATE_STARTING) {
        munmap(process->progress, sizeof *process->progress);
        process->progress = NULL;
        process->state = STATE_RUNNING;
        if (process->starter != NULL)
            connection_send(process->starter, FRAME_STARTED, process->start_frame, &process->pid,
                            sizeof process->pid);
        process->starter = NULL;
    }
    if (process->reaped)
        process_exited(process);
}

struct process *process_start(const struct request *request, struct error *err)
{
    struct process *target = process_find(request->target);
    if (target != NULL && (target->state != STATE_RUNNING || target->reaped))
        target = NULL;
    if (check(request, target, err) < 0)
        return NULL;
    struct launch launch = {.fds = {-1, -1, -1, -1, -1, -1}, .request = request};
    launch.target = (request->flags & IO_OUTSIDE) != 0 ? NULL : target;
    struct process *process = create(request);
    if (process == NULL) {
        fail(err, ENOMEM, "memory for a process", "");
        return NULL;
    }
    int result = open_files(process, &launch, err);
    if (result == 0)
        result = clone_child(process, &launch, err);
    for (int i = 0; i < OPENED; i++) {
        if (launch.fds[i] >= 0)
            close(launch.fds[i]);
    }
    if (result < 0) {
        process_drop(process);
        return NULL;
    }
    process->starting.ready = starting_ready;
    watch_set(&process->starting, EPOLLIN);
    return process;
}
