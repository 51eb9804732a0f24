package io.gantry.linux.shim;

/** A process could not be started, or a shim not be set up; nothing of it is left. */
public final class LaunchFailedException extends ShimException {

    private static final long serialVersionUID = 1L;

    private final Stage stage;
    private final int op;

    /** Where a start failed. */
    public enum Stage {
        /** Before the program ran: fork, pipes, files, namespaces. */
        PREPARATION,
        /** In the launch program; {@link LaunchFailedException#op()} says where. */
        PROGRAM
    }

    public LaunchFailedException(String id, Stage stage, int op, int errno, String message) {
        super(id, errno, message);
        this.stage = stage;
        this.op = op;
    }

    public Stage stage() {
        return stage;
    }

    /** Index of the op that failed; the program's compiler knows what it was for. */
    public int op() {
        return op;
    }
}
