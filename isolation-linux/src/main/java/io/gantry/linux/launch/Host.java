package io.gantry.linux.launch;

import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;

/** What a compiler has to know of the machine that its programs run on. */
public interface Host {

    KernelFeatures features();

    /** Capabilities that the daemon, and so its shims, can pass on, by bit number. */
    long capabilities();

    /** The highest capability that the kernel knows, by bit number. */
    int lastCapability();

    /** The daemon's own hard limit of a resource, by its number; −1 is no limit. */
    long hardLimit(int resource);

    /** Whether a path on the host, symbolic links followed, is a directory. */
    boolean isDirectory(String path);

    /**
     * The machine that this JVM runs on.
     *
     * @throws IOException when /proc/self/status cannot be read
     */
    static Host of(Syscalls syscalls, KernelFeatures features) throws IOException {
        return SystemHost.probe(syscalls, features);
    }
}
