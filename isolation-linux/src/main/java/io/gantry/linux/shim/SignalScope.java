package io.gantry.linux.shim;

/** How far a signal reaches. */
public enum SignalScope {
    /** The process alone. */
    PROCESS(0),
    /** The whole process group of the process. */
    GROUP(1),
    /** Every process of the process's session, its group included. */
    SESSION(3);

    private final int flags;

    SignalScope(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}
