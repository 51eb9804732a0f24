package io.gantry.linux.syscall;

/**
 * The kernel. Implementations may be used by any thread; calls that block hold the thread that
 * makes them. Descriptors belong to the caller, who closes them.
 */
public interface Syscalls
        extends FileCalls, MountCalls, DetachedMountCalls, ProcessCalls, BpfCalls {

    /** The kernel that this JVM runs on. */
    static Syscalls system() {
        return JnaSyscalls.INSTANCE;
    }
}
