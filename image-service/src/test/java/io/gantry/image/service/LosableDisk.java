package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * An ext4 file system of its own that can lose its power: whatever had not been written to its disk
 * by then is gone.
 */
final class LosableDisk implements AutoCloseable {

    private static final Syscalls KERNEL = Syscalls.system();
    private static final String SIZE = "64M";

    /** EXT4_IOC_SHUTDOWN, without a flush of the log: the disk stays as it is at this moment. */
    private static final String SHUTDOWN =
            "open(D, '<', $ARGV[0]) or die \"$!\\n\"; my $how = pack('L', 2);"
                    + " defined ioctl(D, 0x8004587d, $how) or die \"$!\\n\";";

    private final Path image;
    private final Path mountpoint;

    /** Makes it and mounts it at {@link #root}. */
    LosableDisk(Path directory) throws IOException {
        assumeTrue(Files.exists(Path.of("/dev/loop-control")), "needs loop devices");
        image = directory.resolve("disk");
        mountpoint = Files.createDirectory(directory.resolve("mnt"));
        run("truncate", "--size=" + SIZE, image.toString());
        run("mkfs.ext4", "-q", "-F", image.toString());
        mount();
    }

    Path root() {
        return mountpoint;
    }

    /** Has everything written that was done so far. */
    void sync() throws IOException {
        run("sync", "--file-system", mountpoint.toString());
    }

    /**
     * Has done what a disk does after a few seconds, or when anybody flushes a file: names are
     * written, and this file. What other files contain need not be.
     */
    void commitJournal(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Cuts the power: from now on nothing is written, and much cannot be read. */
    void cut() {
        run("perl", "-e", SHUTDOWN, mountpoint.toString());
    }

    /** Has what the cut left, once nothing of it is open any more. */
    void restore() throws IOException {
        unmount();
        mount();
    }

    @Override
    public void close() throws IOException {
        unmount();
    }

    private void mount() {
        run("mount", "-o", "loop", image.toString(), mountpoint.toString());
    }

    private void unmount() throws IOException {
        KERNEL.umount2(CString.of(mountpoint.toString()), 0);
    }

    private static void run(String... command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(List.of(command) + ": " + said).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while running " + List.of(command), e);
        }
    }
}
