/* Starting a process: files, clone3, the child's side, and how the parent learns the outcome. */
#include "shim.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/mman.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

/* Where the child has what it needs besides its standard streams; nothing else is open in it. */
enum { SOCKET = 3, TARGET = 4, DESCRIPTORS = 5, SPARE = 16 };

static const uint64_t NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                   CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;

/* What a child needs; the descriptors are the launch's own, closed after the clone. */
struct launch {
    int fds[DESCRIPTORS], cgroup; /* -1 none; of the standard streams: /dev/null */
    struct process *target;
    const struct request *request;
};

static const char *put_string(char **to, const char *string)
{
    const char *start = *to;
    *to = stpcpy(*to, string) + 1;
    return start;
}

static struct process *create(const struct request *request)
{
    size_t strings = strlen(request->id) + strlen(request->target) + strlen(request->log) +
                     strlen(request->exit_record) + 4;
    struct process *process = calloc(1, sizeof *process + strings);
    if (process == NULL)
        return NULL;
    char *to = (char *)(process + 1);
    process->id = put_string(&to, request->id);
    process->target = put_string(&to, request->target);
    process->exit_record = put_string(&to, request->exit_record);
    process->log = (struct log){.fd = -1, .path = put_string(&to, request->log)};
    process->kind = request->kind;
    process->io = request->flags;
    process->pidfd = process->starting.fd = -1;
    process->stdin = (struct watch){.fd = -1, .ready = stdin_ready};
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
    if (!id_valid(request->id) || (request->kind != KIND_CONTAINER && request->kind != KIND_EXEC) ||
        request->pid_namespace > PIDNS_TARGET || (request->clone_flags & ~NAMESPACES) != 0)
        return fail(err, EINVAL, "malformed request", "");
    if (request->target[0] != 0 && target == NULL)
        return fail(err, ESRCH, "target is not running", "");
    if (target == NULL && (request->kind == KIND_EXEC || request->pid_namespace == PIDNS_TARGET))
        return fail(err, EINVAL, "no target", "");
    if (request->pid_namespace == PIDNS_POD && shim.reaper_fd < 0)
        return fail(err, ESRCH, "the pod has no pid namespace", "");
    if (program_check(request->bytes, request->size, PROGRAM_LAUNCHES) < 0)
        return fail(err, ENOEXEC, "malformed launch program", "");
    return 0;
}

/* A pipe whose end of the shim's does not block. */
static int open_pipe(int *ours, int *theirs, bool ours_reads, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(err, errno, "pipe", "");
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
        result = open_pipe(&process->stdin.fd, &launch->fds[0], false, err);
    for (int i = 0; i < 2 && result == 0; i++)
        result = open_pipe(&process->output[i].watch.fd, &launch->fds[i + 1], true, err);
    return result;
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
    if (launch->request->kind == KIND_EXEC)
        launch->fds[TARGET] = fcntl(launch->target->pidfd, F_DUPFD_CLOEXEC, 0);

    int result = process->log.path[0] == 0 ? 0 : log_open(&process->log);
    if (result < 0)
        return fail(err, -result, "open log", process->log.path);
    if (cgroup[0] != 0)
        launch->cgroup = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (cgroup[0] != 0 && launch->cgroup < 0)
        return fail(err, errno, "open cgroup", cgroup);
    return open_stdio(process, launch, err);
}

/* By way of numbers that are out of the way: a descriptor may lie where another is to go. */
static void arrange_descriptors(const struct launch *launch)
{
    int kept[DESCRIPTORS];
    for (int i = 0; i < DESCRIPTORS; i++)
        kept[i] = fcntl(launch->fds[i] < 0 && i < SOCKET ? shim.null : launch->fds[i],
                        F_DUPFD_CLOEXEC, SPARE);
    for (int i = 0; i < DESCRIPTORS; i++) {
        if (kept[i] >= 0)
            dup3(kept[i], i, i < SOCKET ? 0 : O_CLOEXEC);
        else
            close(i);
    }
    syscall(SYS_close_range, DESCRIPTORS, ~0U, 0);
}

/* Only what is safe after clone in a copy of any process: system calls. */
static _Noreturn void child(const struct process *process, const struct launch *launch)
{
    struct program_context context = {
        .target = launch->fds[TARGET] < 0 ? -1 : TARGET,
        .socket = SOCKET,
        .rows = launch->request->rows,
        .columns = launch->request->columns,
        .progress = process->progress,
    };
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    arrange_descriptors(launch);
    if (program_run(launch->request->bytes, &context) == 0) {
        context.progress->error = ENOEXEC;
        context.progress->state = PROGRESS_FAILED;
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
    unsigned joined = launch->request->pid_namespace;
    if (launch->cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (unsigned)launch->cgroup;
    }
    /* The pid namespace of children is a property of the parent: set for one clone and set back. */
    if (joined != PIDNS_FLAGS &&
        setns(joined == PIDNS_POD ? shim.reaper_fd : launch->target->pidfd, CLONE_NEWPID) < 0)
        return fail(err, errno, "join pid namespace", "");
    long pid = syscall(SYS_clone3, &args, sizeof args);
    int code = errno;
    if (pid == 0)
        child(process, launch);
    if (joined != PIDNS_FLAGS && setns(shim.own_pidns, CLONE_NEWPID) < 0)
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
        process->stdin.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static void starting_ready(struct watch *watch)
{
    struct process *process = OWNER(watch, struct process, starting);
    struct carrier carrier;

    carrier_init(&carrier);
    ssize_t count = recvmsg(watch->fd, &carrier.message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    struct cmsghdr *sent = count > 0 ? CMSG_FIRSTHDR(&carrier.message) : NULL;
    if (sent != NULL && sent->cmsg_type == SCM_RIGHTS) {
        int fd;
        memcpy(&fd, CMSG_DATA(sent), sizeof fd);
        take_terminal(process, fd);
    }
    if (count > 0)
        return;
    watch_close(watch);
    start_settle(process);
}

static void start_failed(struct process *process)
{
    const struct progress *progress = process->progress;
    struct connection *starter = process->starter;
    struct error err;
    if (progress->state == PROGRESS_FAILED)
        fail(&err, progress->error, "launch program", "");
    else
        fail(&err, ECHILD, "the process died before it executed its binary", "");
    if (starter != NULL && starter->process == process)
        stream_leave(starter);
    if (starter != NULL)
        control_failed(starter, process->start_frame, 2, progress->op, &err);
    process_drop(process);
}

/*
 * Called when the child's end of the socket is closed, and when it is reaped. A failure is told
 * only after the latter: then nothing of the process is left.
 */
void start_settle(struct process *process)
{
    if (process->starting.fd >= 0)
        return;
    if (process->state == STATE_STARTING && process->progress->state != PROGRESS_EXECUTING) {
        if (process->reaped)
            start_failed(process);
        return;
    }
    if (process->state == STATE_STARTING) {
        munmap(process->progress, sizeof *process->progress);
        process->progress = NULL;
        process->state = STATE_RUNNING;
        control_started(process);
        sources_resume(process);
    }
    if (process->reaped)
        process_exited(process);
}

int process_start(const struct request *request, struct connection *starter, uint32_t frame,
                  struct error *err)
{
    struct process *target = process_find(request->target);
    if (target != NULL && (target->state != STATE_RUNNING || target->reaped))
        target = NULL;
    if (check(request, target, err) < 0)
        return -(int)err->code;
    struct launch launch = {
        .fds = {-1, -1, -1, -1, -1}, .cgroup = -1, .target = target, .request = request};
    struct process *process = create(request);
    if (process == NULL)
        return fail(err, ENOMEM, "memory for a process", "");

    int result = open_files(process, &launch, err);
    if (result == 0)
        result = clone_child(process, &launch, err);
    for (int i = 0; i < DESCRIPTORS; i++) {
        if (launch.fds[i] >= 0)
            close(launch.fds[i]);
    }
    if (launch.cgroup >= 0)
        close(launch.cgroup);
    if (result < 0) {
        process_drop(process);
        return result;
    }
    process->starter = starter;
    process->start_frame = frame;
    process->starting.ready = starting_ready;
    watch_set(&process->starting, EPOLLIN);
    return 0;
}
