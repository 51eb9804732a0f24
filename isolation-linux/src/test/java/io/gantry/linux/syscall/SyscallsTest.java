package io.gantry.linux.syscall;

import static io.gantry.linux.syscall.OpenFlags.*;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gantry.linux.syscall.FileStatus.Time;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kernel, with what needs no privilege. */
class SyscallsTest {

    @TempDir private Path directory;

    private final Syscalls kernel = Syscalls.system();
    private int dirfd;

    @BeforeEach
    void openDirectory() throws IOException {
        dirfd = kernel.openat(AT_FDCWD, path(directory), O_DIRECTORY | O_PATH | O_CLOEXEC, 0);
    }

    @AfterEach
    void closeDirectory() throws IOException {
        kernel.close(dirfd);
    }

    private static CString path(Path path) {
        return CString.of(path.toString());
    }

    private static CString name(String name) {
        return CString.of(name);
    }

    private int create(String name) throws IOException {
        return kernel.openat(dirfd, name(name), O_CREAT | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    }

    private void createEmpty(String name) throws IOException {
        kernel.close(create(name));
    }

    @Test
    void failureNamesCallThingAndReason() {
        ErrnoException e =
                catchThrowableOfType(
                        ErrnoException.class,
                        () -> kernel.openat(dirfd, name("none"), O_RDONLY, 0));
        assertThat(e).hasMessage("openat none: ENOENT (No such file or directory)");
        assertThat(e.errno()).isEqualTo(Errno.ENOENT);
        assertThat(e.op()).isEqualTo("openat");
    }

    @Test
    void contentIsWrittenAndReadWhateverTheBuffer() throws IOException {
        int fd = create("f");
        ByteBuffer from = ByteBuffer.allocateDirect(16).put("0123456789".getBytes(UTF_8)).flip();
        from.position(2);
        kernel.write(fd, from);
        assertThat(from.hasRemaining()).isFalse();
        kernel.write(fd, ByteBuffer.wrap("xabcx".getBytes(UTF_8), 1, 3));
        kernel.pwrite(fd, ByteBuffer.wrap("!!".getBytes(UTF_8)), 9);
        assertThat(kernel.lseek(fd, 0, 0)).isZero();
        ByteBuffer into = ByteBuffer.allocateDirect(64);
        into.position(3);
        assertThat(kernel.read(fd, into)).isEqualTo(11);
        assertThat(into.position()).isEqualTo(14);
        assertThat(kernel.read(fd, ByteBuffer.allocate(4))).isZero();
        kernel.close(fd);
        assertThat(directory.resolve("f")).hasContent("23456789a!!");
    }

    @Test
    void namesAreBytes() throws IOException {
        CString odd = CString.of(new byte[] {'a', (byte) 0xff, (byte) 0xfe});
        kernel.mkdirat(dirfd, odd, 0700);
        assertThat(kernel.statx(dirfd, odd, 0).isDirectory()).isTrue();
        assertThatThrownBy(() -> kernel.mkdirat(dirfd, odd, 0700))
                .hasMessage("mkdirat a\\xff\\xfe: EEXIST (File exists)");
        kernel.unlinkat(dirfd, odd, AT_REMOVEDIR);
    }

    @Test
    void statusHasWhatWasSet() throws IOException {
        createEmpty("f");
        kernel.fchmodat(dirfd, name("f"), 02751);
        Time time = new Time(1_600_000_000L, 123_456_789L);
        kernel.utimensat(dirfd, name("f"), Time.OMIT, time, AT_SYMLINK_NOFOLLOW);
        kernel.linkat(dirfd, name("f"), dirfd, name("g"), 0);
        FileStatus status = kernel.statx(dirfd, name("g"), AT_SYMLINK_NOFOLLOW);
        assertThat(status.isRegular()).isTrue();
        assertThat(status.permissions()).isEqualTo(02751);
        assertThat(status.nlink()).isEqualTo(2);
        assertThat(status.modified()).isEqualTo(time);
        assertThat(status.accessed()).isNotEqualTo(time);
        assertThat(status.uid()).isEqualTo(kernel.geteuid());
        assertThat(status.inode())
                .isEqualTo(Files.getAttribute(directory.resolve("f"), "unix:ino"));
        long device = ((Number) Files.getAttribute(directory, "unix:dev")).longValue();
        assertThat(status.device()).isEqualTo(device);
    }

    @Test
    void symbolicLinksAreMadeAndRead() throws IOException {
        kernel.symlinkat(name("../t"), dirfd, name("l"));
        assertThat(kernel.readlinkat(dirfd, name("l"))).isEqualTo(name("../t"));
        assertThat(kernel.statx(dirfd, name("l"), AT_SYMLINK_NOFOLLOW).isSymlink()).isTrue();
    }

    @Test
    void confinedLookupsDoNotLeave() throws IOException {
        kernel.symlinkat(name("/etc/passwd"), dirfd, name("out"));
        assertThatThrownBy(() -> kernel.openat2(dirfd, name("../x"), O_PATH, 0, RESOLVE_BENEATH))
                .hasMessage("openat2 ../x: EXDEV (Invalid cross-device link)");
        assertThatThrownBy(() -> kernel.openat2(dirfd, name("out"), O_PATH, 0, RESOLVE_IN_ROOT))
                .hasMessageContaining("ENOENT");
        int fd = kernel.openat2(dirfd, name("f"), O_CREAT | O_RDWR, 0640, RESOLVE_IN_ROOT);
        kernel.close(fd);
        assertThat(kernel.statx(dirfd, name("f"), 0).isRegular()).isTrue();
    }

    @Test
    void renameReplacesOnlyWhenAllowed() throws IOException {
        createEmpty("a");
        createEmpty("b");
        assertThatThrownBy(
                        () ->
                                kernel.renameat2(
                                        dirfd, name("a"), dirfd, name("b"), RENAME_NOREPLACE))
                .hasMessage("renameat2 a b: EEXIST (File exists)");
        kernel.renameat2(dirfd, name("a"), dirfd, name("b"), 0);
        assertThat(directory.resolve("a")).doesNotExist();
    }

    @Test
    void extendedAttributesAreBytes() throws IOException {
        createEmpty("f");
        CString file = path(directory.resolve("f"));
        CString key = name("user.k");
        byte[] value = {0, 1, (byte) 0xff};
        assertThat(kernel.lgetxattr(file, key)).isEmpty();
        kernel.lsetxattr(file, key, value, XATTR_CREATE);
        assertThat(kernel.lgetxattr(file, key)).contains(value);
        assertThat(kernel.llistxattr(file)).contains(key);
        kernel.lremovexattr(file, key);
        assertThat(kernel.lgetxattr(file, key)).isEmpty();
    }

    @Test
    void lockIsHeldByOne() throws IOException {
        int one = create("lock");
        int two = kernel.openat(dirfd, name("lock"), O_RDWR, 0);
        assertThat(kernel.flock(one, LOCK_EX | LOCK_NB)).isTrue();
        assertThat(kernel.flock(two, LOCK_EX | LOCK_NB)).isFalse();
        kernel.close(one);
        assertThat(kernel.flock(two, LOCK_EX | LOCK_NB)).isTrue();
        kernel.close(two);
    }

    @Test
    void sealedMemoryFileRefusesWrites() throws IOException {
        int fd = kernel.memfd_create(name("m"), MFD_CLOEXEC | MFD_ALLOW_SEALING);
        kernel.ftruncate(fd, 10);
        kernel.fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
        assertThatThrownBy(() -> kernel.write(fd, ByteBuffer.allocate(1)))
                .hasMessageEndingWith("EPERM (Operation not permitted)");
        kernel.close(fd);
    }

    @Test
    void rangesAreCopiedBetweenFiles() throws IOException {
        int in = create("in");
        int out = create("out");
        kernel.write(in, ByteBuffer.wrap("content".getBytes(UTF_8)));
        kernel.lseek(in, 3, 0);
        assertThat(kernel.copy_file_range(in, out, 100)).isEqualTo(4);
        kernel.fsync(out);
        kernel.close(in);
        kernel.close(out);
        assertThat(directory.resolve("out")).hasContent("tent");
    }

    @Test
    void fileSystemIsDescribed() throws IOException {
        FileSystemStatus proc = kernel.statfs(name("/proc"));
        assertThat(proc.type()).isEqualTo(FileSystemStatus.PROC_SUPER_MAGIC);
        FileSystemStatus own = kernel.statfs(path(directory));
        assertThat(own.blocks() * own.blockSize())
                .isEqualTo(Files.getFileStore(directory).getTotalSpace());
    }

    @Test
    void processesAreSignalledByDescriptor() throws IOException {
        int self = kernel.pidfd_open(kernel.getpid());
        kernel.pidfd_send_signal(self, 0);
        kernel.kill(kernel.getpid(), 0);
        kernel.close(self);
        assertThat((long) kernel.getpid()).isEqualTo(ProcessHandle.current().pid());
        assertThatThrownBy(() -> kernel.pidfd_open(Integer.MAX_VALUE))
                .hasMessageStartingWith("pidfd_open 2147483647: E");
    }

    @Test
    void limitsAndNamesOfTheKernelAreRead() throws IOException {
        int rlimitNofile = 7;
        ProcessCalls.ResourceLimit limit = kernel.prlimit(0, rlimitNofile);
        assertThat(limit.soft()).isPositive();
        String release = Files.readAllLines(Path.of("/proc/sys/kernel/osrelease")).getFirst();
        assertThat(kernel.uname().release()).isEqualTo(release);
    }

    @Test
    void errnoIsThatOfTheCallOnEveryThread() throws Exception {
        List<Thread> threads =
                java.util.stream.IntStream.range(0, 8)
                        .mapToObj(i -> Thread.ofVirtual().start(() -> failInTurns(2000)))
                        .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(mixedUp).isZero();
    }

    private volatile int mixedUp;

    private void failInTurns(int times) {
        for (int i = 0; i < times; i++) {
            Errno none = errnoOf(() -> kernel.close(-1));
            Errno missing = errnoOf(() -> kernel.statx(dirfd, name("none"), 0));
            if (none != Errno.EBADF || missing != Errno.ENOENT) {
                mixedUp = i + 1;
            }
        }
    }

    private interface Call {
        void run() throws ErrnoException;
    }

    private static Errno errnoOf(Call call) {
        try {
            call.run();
            return Errno.UNKNOWN;
        } catch (ErrnoException e) {
            return e.errno();
        }
    }

    @Test
    void kernelIsNewEnoughOrSaysSo() throws IOException {
        assertThat(KernelFeatures.probe(kernel).release()).isNotEmpty();
        assertThat(KernelFeatures.isAtLeast("5.10.0-1-amd64", 5, 10)).isTrue();
        assertThat(KernelFeatures.isAtLeast("6.1", 5, 10)).isTrue();
        assertThat(KernelFeatures.isAtLeast("5.9.16", 5, 10)).isFalse();
        assertThat(KernelFeatures.isAtLeast("4.19", 5, 10)).isFalse();
    }

    @Test
    void onlyHarmlessCallsAreProbed() {
        assertThatThrownBy(() -> kernel.implementsCall(SyscallNumber.SETSID))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void deviceNumbersAreThoseOfTheCLibrary() {
        long dev = FileStatus.makedev(0x12345, 0x6789a);
        assertThat(FileStatus.major(dev)).isEqualTo(0x12345);
        assertThat(FileStatus.minor(dev)).isEqualTo(0x6789a);
        assertThat(FileStatus.makedev(1, 3)).isEqualTo(0x103);
    }

    @Test
    void textWithNulIsRefused() {
        assertThatThrownBy(() -> CString.of("a\0b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("NUL in a\\x00b");
    }

    @Test
    void flagsOfAFileAreSetWhereItsFileSystemHasSuch() throws IOException {
        int nodump = 0x40;
        int fd = create("f");
        try {
            int before = kernel.ioctl_getflags(fd);
            kernel.ioctl_setflags(fd, before | nodump);
            assertThat(kernel.ioctl_getflags(fd)).isEqualTo(before | nodump);
        } catch (ErrnoException e) {
            assertThat(e.errno()).isIn(Errno.ENOTTY, Errno.EOPNOTSUPP);
        } finally {
            kernel.close(fd);
        }
    }

    @Test
    void noFlagsOfWhatIsOpenForItsPathOnly() {
        assertThatThrownBy(() -> kernel.ioctl_getflags(dirfd))
                .isInstanceOf(ErrnoException.class)
                .hasMessageStartingWith("ioctl FS_IOC_GETFLAGS " + dirfd + ": EBADF");
        assertThatThrownBy(() -> kernel.ioctl_setflags(dirfd, 0))
                .isInstanceOf(ErrnoException.class)
                .hasMessageStartingWith("ioctl FS_IOC_SETFLAGS " + dirfd + ": EBADF");
    }
}
