package io.gantry.linux.shim;

/** A shim could not be started; no process is left. */
public final class ShimSetupException extends ShimException {

    private static final long serialVersionUID = 1L;

    private final Stage stage;
    private final int op;

    /** Where a shim's start failed. */
    public enum Stage {
        /** In the sandbox's set-up program; {@link ShimSetupException#op()} says where. */
        PROGRAM,
        READ,
        MALFORMED_PROGRAM,
        SOCKET,
        FORK,
        REAPER
    }

    public ShimSetupException(Stage stage, int op, int errno, String message) {
        super("", errno, message);
        this.stage = stage;
        this.op = op;
    }

    public Stage stage() {
        return stage;
    }

    /** Index of the op that failed, when {@link #stage()} is PROGRAM. */
    public int op() {
        return op;
    }
}
