package io.gantry.linux.syscall;

import java.util.Locale;

/** System call numbers: those of x86_64 first, of aarch64 (asm-generic) second. */
public enum SyscallNumber {
    ACCEPT4(288, 242),
    BIND(49, 200),
    BPF(321, 280),
    CAPSET(126, 91),
    CHDIR(80, 49),
    CHROOT(161, 51),
    CLONE3(435, 435),
    CLOSE(3, 57),
    CLOSE_RANGE(436, 436),
    CONNECT(42, 203),
    COPY_FILE_RANGE(326, 285),
    DUP3(292, 24),
    EXECVE(59, 221),
    EXIT_GROUP(231, 94),
    FACCESSAT2(439, 439),
    FCHDIR(81, 50),
    FCHMOD(91, 52),
    FCHMODAT(268, 53),
    FCHOWN(93, 55),
    FCHOWNAT(260, 54),
    FCNTL(72, 25),
    FSCONFIG(431, 431),
    FSETXATTR(190, 7),
    FSMOUNT(432, 432),
    FSOPEN(430, 430),
    FSTATFS(138, 44),
    IOCTL(16, 29),
    KEYCTL(250, 219),
    LANDLOCK_CREATE_RULESET(444, 444),
    LINKAT(265, 37),
    LISTEN(50, 201),
    MEMFD_CREATE(319, 279),
    MKDIRAT(258, 34),
    MKNODAT(259, 33),
    MOUNT(165, 40),
    MOUNT_SETATTR(442, 442),
    MOVE_MOUNT(429, 429),
    OPEN_TREE(428, 428),
    OPENAT(257, 56),
    OPENAT2(437, 437),
    PERSONALITY(135, 92),
    PIDFD_GETFD(438, 438),
    PIDFD_OPEN(434, 434),
    PIDFD_SEND_SIGNAL(424, 424),
    PIVOT_ROOT(155, 41),
    PPOLL(271, 73),
    PRCTL(157, 167),
    PRLIMIT64(302, 261),
    READ(0, 63),
    READLINKAT(267, 78),
    RECVMSG(47, 212),
    RENAMEAT2(316, 276),
    RT_SIGACTION(13, 134),
    RT_SIGPROCMASK(14, 135),
    SECCOMP(317, 277),
    SENDMSG(46, 211),
    SETDOMAINNAME(171, 162),
    SETGROUPS(116, 159),
    SETFSGID(123, 152),
    SETFSUID(122, 151),
    SETHOSTNAME(170, 161),
    SETNS(308, 268),
    SETRESGID(119, 149),
    SETRESUID(117, 147),
    SETSID(112, 157),
    SETSOCKOPT(54, 208),
    SOCKET(41, 198),
    STATX(332, 291),
    SYMLINKAT(266, 36),
    UMASK(95, 166),
    UMOUNT2(166, 39),
    UNLINKAT(263, 35),
    UNSHARE(272, 97),
    WAIT4(61, 260),
    WRITE(1, 64);

    private final int x86;
    private final int arm;

    SyscallNumber(int x86, int arm) {
        this.x86 = x86;
        this.arm = arm;
    }

    /** The number on a machine. */
    public int on(Architecture architecture) {
        return switch (architecture) {
            case X86_64 -> x86;
            case AARCH64 -> arm;
        };
    }

    /** The call's C name. */
    public String cName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
