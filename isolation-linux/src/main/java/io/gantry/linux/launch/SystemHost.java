package io.gantry.linux.launch;

import io.gantry.base.error.InternalException;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.OpenFlags;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine that this JVM runs on. */
record SystemHost(Syscalls syscalls, KernelFeatures features, long capabilities, int lastCapability)
        implements Host {

    private static final String PERMITTED = "CapPrm:";

    static SystemHost probe(Syscalls syscalls, KernelFeatures features) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(PERMITTED)) {
                String mask = line.substring(PERMITTED.length()).strip();
                // Not readString: it reads a byte first, and these files end after one read.
                String last =
                        Files.readAllLines(Path.of("/proc/sys/kernel/cap_last_cap")).getFirst();
                return new SystemHost(
                        syscalls,
                        features,
                        Long.parseUnsignedLong(mask, 16),
                        Integer.parseInt(last));
            }
        }
        throw new IOException("/proc/self/status has no line " + PERMITTED);
    }

    @Override
    public long hardLimit(int resource) {
        try {
            return syscalls.prlimit(0, resource).hard();
        } catch (ErrnoException e) {
            throw new InternalException("limit " + resource + ": " + e.getMessage(), e);
        }
    }

    @Override
    public boolean isDirectory(String path) {
        try {
            return syscalls.statx(OpenFlags.AT_FDCWD, CString.of(path), 0).isDirectory();
        } catch (ErrnoException e) {
            // The program meets the same failure and names it.
            return true;
        }
    }
}
