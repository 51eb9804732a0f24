package io.gantry.linux.cgroup;

import java.io.IOException;

/** The kernel does not take a limit; those that were set before it are as they were. */
public final class LimitRefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final boolean inUse;

    LimitRefusedException(Write write, boolean inUse, IOException cause) {
        super(cause.getMessage(), cause);
        this.file = write.file();
        this.inUse = inUse;
    }

    /** Name of the cgroup's file, as cpuset.cpus. */
    public String file() {
        return file;
    }

    /** Whether the value as such is good, but more than that is in use. */
    public boolean inUse() {
        return inUse;
    }
}
