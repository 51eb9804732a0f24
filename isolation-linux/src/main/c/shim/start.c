/* Starting a process: files, clone3, the child's side, and how the parent learns the outcome. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

enum { NOTHING = -1, PROGRAM_FD = 3, TARGET_FD = 4, FIRST_CLOSED = 5, SPARE = 16 };

static const uint64_t NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                   CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

/* What a child needs, all of it closed in the parent after the clone. */
struct launch {
    int stdio[3]; /* the child's ends; the shim's /dev/null where there is no pipe */
    int socket;
    int cgroup;
    struct process *target;
    const struct start_request *request;
};

static char *put_text(char **to, struct text text)
{
    char *start = *to;
    if (text.length > 0)
        memcpy(start, text.at, text.length);
    start[text.length] = 0;
    *to += text.length + 1;
    return start;
}

static struct process *create(const struct start_request *request)
{
    size_t strings = (size_t)request->id.length + request->target.length + request->log.length +
                     request->exit_record.length + 4;
    struct process *process = calloc(1, sizeof *process + strings);
    if (process == NULL)
        return NULL;
    char *to = (char *)(process + 1);
    process->id = put_text(&to, request->id);
    process->target = put_text(&to, request->target);
    process->exit_record = put_text(&to, request->exit_record);
    process->log = (struct log){.fd = NOTHING, .path = put_text(&to, request->log)};
    process->kind = request->kind;
    process->io = request->io;
    process->rows = request->rows;
    process->columns = request->columns;
    process->pidfd = process->starting.fd = NOTHING;
    process->stdin = (struct watch){.fd = NOTHING, .ready = stdin_ready};
    source_open(process, 0, NOTHING);
    source_open(process, 1, NOTHING);
    return process;
}

static int check(const struct shim *shim, const struct start_request *request,
                 const struct launch *launch, struct error *err)
{
    if (!id_valid(request->id))
        return fail(err, EINVAL, "malformed id", NULL);
    if (process_find(shim, request->id) != NULL)
        return fail(err, EEXIST, "id is in use", NULL);
    if ((request->kind != KIND_CONTAINER && request->kind != KIND_EXEC) ||
        request->pid_namespace > PIDNS_TARGET || request->target.length > ID_MAX ||
        (request->clone_flags & ~NAMESPACES) != 0)
        return fail(err, EINVAL, "malformed request", NULL);
    if (request->target.length > 0 && launch->target == NULL)
        return fail(err, ESRCH, "target is not running", NULL);
    if (launch->target == NULL &&
        (request->kind == KIND_EXEC || request->pid_namespace == PIDNS_TARGET))
        return fail(err, EINVAL, "no target", NULL);
    if (request->pid_namespace == PIDNS_POD && shim->reaper_fd < 0)
        return fail(err, ESRCH, "the pod has no pid namespace", NULL);
    if (program_check((const uint8_t *)request->program.at, request->program.length,
                      PROGRAM_LAUNCHES) < 0)
        return fail(err, ENOEXEC, "malformed launch program", NULL);
    return 0;
}

/* A pipe whose end of the shim's does not block. */
static int open_pipe(int *ours, int *theirs, bool ours_reads, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(err, errno, "pipe", NULL);
    *ours = ends[ours_reads ? 0 : 1];
    *theirs = ends[ours_reads ? 1 : 0];
    fcntl(*ours, F_SETFL, O_NONBLOCK);
    return 0;
}

static int open_stdio(struct process *process, struct launch *launch, struct error *err)
{
    int result = 0;
    if ((process->io & IO_TERMINAL) != 0)
        return 0;
    if ((process->io & IO_STDIN) != 0)
        result = open_pipe(&process->stdin.fd, &launch->stdio[0], false, err);
    for (int i = 0; i < 2 && result == 0; i++)
        result = open_pipe(&process->output[i].watch.fd, &launch->stdio[i + 1], true, err);
    return result;
}

static int open_files(struct process *process, struct launch *launch, struct error *err)
{
    char path[PATH_BOUND];
    char *to = path;
    int result;

    if (process->log.path[0] != 0) {
        result = log_open(&process->log, process->log.path);
        if (result < 0)
            return fail(err, -result, "open log", process->log.path);
    }
    if (launch->request->cgroup.length > 0) {
        put_text(&to, launch->request->cgroup);
        launch->cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (launch->cgroup < 0)
            return fail(err, errno, "open cgroup", path);
    }
    return open_stdio(process, launch, err);
}

static int open_progress(struct process *process, struct launch *launch, struct error *err)
{
    int ends[2];
    process->progress = mmap(NULL, sizeof *process->progress, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (process->progress == MAP_FAILED) {
        process->progress = NULL;
        return fail(err, errno, "mmap", NULL);
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fail(err, errno, "socketpair", NULL);
    process->starting.fd = ends[0];
    launch->socket = ends[1];
    return 0;
}

static void close_launch(const struct shim *shim, const struct launch *launch)
{
    for (int i = 0; i < 3; i++) {
        if (launch->stdio[i] != shim->null)
            close(launch->stdio[i]);
    }
    if (launch->socket >= 0)
        close(launch->socket);
    if (launch->cgroup >= 0)
        close(launch->cgroup);
}

/* From here on only what is safe after clone in a copy of any process: system calls. */
static void reset_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Leaves stdio, the socket and the target's pidfd open, in places of their own, and nothing else. */
static void arrange_descriptors(const struct launch *launch)
{
    int kept[FIRST_CLOSED] = {launch->stdio[0], launch->stdio[1], launch->stdio[2], launch->socket,
                              launch->target == NULL ? NOTHING : launch->target->pidfd};
    for (int i = 0; i < FIRST_CLOSED; i++)
        kept[i] = kept[i] < 0 ? NOTHING : fcntl(kept[i], F_DUPFD_CLOEXEC, SPARE);
    for (int i = 0; i < FIRST_CLOSED; i++) {
        if (kept[i] >= 0)
            dup3(kept[i], i, i < PROGRAM_FD ? 0 : O_CLOEXEC);
        else
            close(i);
    }
    syscall(SYS_close_range, FIRST_CLOSED, ~0U, 0);
}

static _Noreturn void child(const struct process *process, const struct launch *launch)
{
    struct program_context context = {
        .target = launch->request->kind == KIND_EXEC ? TARGET_FD : NOTHING,
        .socket = PROGRAM_FD,
        .rows = process->rows,
        .columns = process->columns,
        .progress = process->progress,
    };
    reset_signals();
    arrange_descriptors(launch);
    if (program_run((const uint8_t *)launch->request->program.at, &context) == 0) {
        context.progress->error = ENOEXEC;
        context.progress->state = PROGRESS_FAILED;
    }
    _exit(127);
}

/* The pid namespace of children is a property of the parent: set for one clone and set back. */
static int join_pidns(const struct shim *shim, const struct launch *launch, struct error *err)
{
    int fd = launch->request->pid_namespace == PIDNS_POD ? shim->reaper_fd : launch->target->pidfd;
    return setns(fd, CLONE_NEWPID) < 0 ? fail(err, errno, "join pid namespace", NULL) : 0;
}

static int clone_child(const struct shim *shim, struct process *process,
                       const struct launch *launch, struct error *err)
{
    struct clone_args args = {
        .flags = launch->request->clone_flags | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&process->pidfd,
        .exit_signal = SIGCHLD,
    };
    bool joins = launch->request->pid_namespace != PIDNS_FLAGS;
    if (launch->cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (unsigned)launch->cgroup;
    }
    if (joins && join_pidns(shim, launch, err) < 0)
        return -err->code;
    long pid = syscall(SYS_clone3, &args, sizeof args);
    int code = errno;
    if (pid == 0)
        child(process, launch);
    if (joins && setns(shim->own_pidns, CLONE_NEWPID) < 0)
        diagnose(errno, "return to own pid namespace", NULL);
    if (pid < 0)
        return fail(err, code, "clone3", NULL);
    process->pid = (pid_t)pid;
    return 0;
}

static void close_progress(struct process *process)
{
    if (process->progress != NULL)
        munmap(process->progress, sizeof *process->progress);
    process->progress = NULL;
}

/* Takes the terminal's master off the socket. */
static void take_terminal(struct process *process, int fd)
{
    if ((process->io & IO_TERMINAL) == 0 || process->output[0].watch.fd >= 0) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
    source_open(process, 0, fd);
    if ((process->io & IO_STDIN) != 0)
        process->stdin.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void starting_ready(struct shim *shim, struct watch *watch, uint32_t events)
{
    struct process *process = OWNER(watch, struct process, starting);
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    char byte;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    (void)events;

    ssize_t count = recvmsg(watch->fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    struct cmsghdr *sent = count > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (sent != NULL && sent->cmsg_type == SCM_RIGHTS) {
        int fd;
        memcpy(&fd, CMSG_DATA(sent), sizeof fd);
        take_terminal(process, fd);
    }
    if (count > 0)
        return;
    watch_close(shim, watch);
    start_settle(shim, process);
}

static void start_failed(struct shim *shim, struct process *process)
{
    struct progress progress = *process->progress;
    struct connection *starter = process->starter;
    struct error err;
    if (progress.state == PROGRESS_FAILED)
        fail(&err, progress.error, "launch program", NULL);
    else
        fail(&err, ECHILD, "the process died before it executed its binary", NULL);
    if (starter != NULL && starter->process == process)
        stream_join(starter, NULL, false, false);
    close_progress(process);
    if (starter != NULL)
        control_failed(shim, starter, process->start_request, 2, progress.op, &err);
    process_drop(shim, process);
}

/*
 * Called when the child's end of the socket is closed, and when it is reaped. A failure is told only
 * after the latter: then nothing of the process is left.
 */
void start_settle(struct shim *shim, struct process *process)
{
    if (process->starting.fd >= 0)
        return;
    if (process->progress->state != PROGRESS_EXECUTING) {
        if (process->reaped)
            start_failed(shim, process);
        return;
    }
    close_progress(process);
    process->state = STATE_RUNNING;
    if (process->starter != NULL)
        control_started(shim, process->starter, process->start_request, process->pid);
    process->starter = NULL;
    sources_resume(shim, process);
    if (process->reaped)
        process_exited(shim, process);
}

int process_start(struct shim *shim, const struct start_request *request,
                  struct connection *starter, uint32_t request_id, struct error *err)
{
    struct launch launch = {.stdio = {shim->null, shim->null, shim->null},
                            .socket = NOTHING,
                            .cgroup = NOTHING,
                            .target = process_find(shim, request->target),
                            .request = request};
    if (launch.target != NULL && (launch.target->state != STATE_RUNNING || launch.target->reaped))
        launch.target = NULL;
    if (check(shim, request, &launch, err) < 0)
        return -err->code;
    struct process *process = create(request);
    if (process == NULL)
        return fail(err, ENOMEM, "memory for a process", NULL);
    process->next = shim->processes;
    shim->processes = process;
    process->started = unix_nanos();

    int result = open_progress(process, &launch, err);
    if (result == 0)
        result = open_files(process, &launch, err);
    if (result == 0)
        result = clone_child(shim, process, &launch, err);
    close_launch(shim, &launch);
    if (result < 0) {
        close_progress(process);
        process_drop(shim, process);
        return result;
    }
    process->starter = starter;
    process->start_request = request_id;
    process->starting.ready = starting_ready;
    watch_set(shim, &process->starting, EPOLLIN);
    return 0;
}
