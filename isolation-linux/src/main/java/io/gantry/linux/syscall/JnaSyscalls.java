package io.gantry.linux.syscall;

import com.sun.jna.Native;
import org.jspecify.annotations.Nullable;

/** The kernel through the C library. */
final class JnaSyscalls extends JnaFileCalls implements Syscalls {

    static final JnaSyscalls INSTANCE = new JnaSyscalls();

    private JnaSyscalls() {}

    @Override
    public int pidfd_open(int pid) throws ErrnoException {
        long nr = SyscallNumber.PIDFD_OPEN.on(Architecture.current());
        long fd = Libc.syscall(nr, pid, 0, 0, 0, 0, 0);
        if (fd < 0) {
            throw failure("pidfd_open", pid);
        }
        return (int) fd;
    }

    @Override
    public int pidfd_getfd(int pidfd, int fd) throws ErrnoException {
        long nr = SyscallNumber.PIDFD_GETFD.on(Architecture.current());
        long own = Libc.syscall(nr, pidfd, fd, 0, 0, 0, 0);
        if (own < 0) {
            throw failure("pidfd_getfd", pidfd, fd);
        }
        return (int) own;
    }

    @Override
    public void pidfd_send_signal(int pidfd, int signal) throws ErrnoException {
        long nr = SyscallNumber.PIDFD_SEND_SIGNAL.on(Architecture.current());
        if (Libc.syscall(nr, pidfd, signal, 0, 0, 0, 0) < 0) {
            throw failure("pidfd_send_signal", signal);
        }
    }

    @Override
    public void kill(int pid, int signal) throws ErrnoException {
        if (Libc.kill(pid, signal) < 0) {
            throw failure("kill", pid);
        }
    }

    @Override
    public ResourceLimit prlimit(int pid, int resource) throws ErrnoException {
        long[] old = new long[2];
        if (Libc.prlimit(pid, resource, null, old) < 0) {
            throw failure("prlimit", pid, resource);
        }
        return new ResourceLimit(old[0], old[1]);
    }

    @Override
    public KernelName uname() throws ErrnoException {
        byte[] buffer = new byte[6 * Structs.UTSNAME_FIELD];
        if (Libc.uname(buffer) < 0) {
            throw failure("uname", "");
        }
        return Structs.kernelName(buffer);
    }

    @Override
    public int geteuid() {
        return Libc.geteuid();
    }

    @Override
    public int getpid() {
        return Libc.getpid();
    }

    @Override
    public boolean implementsCall(SyscallNumber call) {
        if (!KernelFeatures.PROBED.contains(call)) {
            throw new IllegalArgumentException(call.cName() + " cannot be probed harmlessly");
        }
        long result = Libc.syscall(call.on(Architecture.current()), -1, 0, 0, 0, 0, 0);
        return result >= 0 || Native.getLastError() != Errno.ENOSYS.number();
    }

    @Override
    public void mount(
            CString source,
            CString target,
            @Nullable CString type,
            long flags,
            @Nullable CString data)
            throws ErrnoException {
        byte[] typeBytes = type == null ? null : type.terminated();
        byte[] dataBytes = data == null ? null : data.terminated();
        byte[] from = source.terminated();
        if (Libc.mount(from, target.terminated(), typeBytes, flags, dataBytes) < 0) {
            throw failure("mount", type == null ? source : type, "on", target);
        }
    }

    @Override
    public void umount2(CString target, int flags) throws ErrnoException {
        if (Libc.umount2(target.terminated(), flags) < 0) {
            throw failure("umount2", target);
        }
    }

    @Override
    public int open_tree(CString path, boolean recursive) throws ErrnoException {
        long nr = SyscallNumber.OPEN_TREE.on(Architecture.current());
        long flags =
                MountFlags.OPEN_TREE_CLONE
                        | MountFlags.OPEN_TREE_CLOEXEC
                        | (recursive ? OpenFlags.AT_RECURSIVE : 0);
        long fd = Libc.syscall(nr, OpenFlags.AT_FDCWD, path.terminated(), flags);
        if (fd < 0) {
            throw failure("open_tree", path);
        }
        return (int) fd;
    }

    @Override
    public void mount_setattr_idmap(int mount, boolean recursive, int users) throws ErrnoException {
        long nr = SyscallNumber.MOUNT_SETATTR.on(Architecture.current());
        byte[] here = CString.of("").terminated();
        byte[] attributes = Structs.mountAttributes(MountFlags.MOUNT_ATTR_IDMAP, users);
        long flags = OpenFlags.AT_EMPTY_PATH | (recursive ? OpenFlags.AT_RECURSIVE : 0);
        if (Libc.syscall(nr, mount, here, flags, attributes, attributes.length) < 0) {
            throw failure("mount_setattr", mount, "MOUNT_ATTR_IDMAP");
        }
    }

    @Override
    public int bpf_prog_load_cgroup_device(byte[] instructions) throws ErrnoException {
        return Bpf.loadCgroupDevice(instructions);
    }

    @Override
    public void bpf_prog_attach_cgroup_device(int cgroupFd, int programFd) throws ErrnoException {
        Bpf.attachCgroupDevice(cgroupFd, programFd);
    }
}
