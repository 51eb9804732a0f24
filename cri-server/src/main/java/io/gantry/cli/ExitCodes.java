package io.gantry.cli;

/** What {@code gantry} exits with, as scripts written for Docker expect. */
final class ExitCodes {

    static final int OK = 0;

    /** The daemon refused, or something was not found. */
    static final int FAILED = 1;

    /** The command line was wrong. */
    static final int USAGE = 2;

    /** {@code run} and {@code exec}: Gantry failed before the process ran. */
    static final int DAEMON = 125;

    /** {@code run} and {@code exec}: the command cannot be executed. */
    static final int NOT_EXECUTABLE = 126;

    /** {@code run} and {@code exec}: the command does not exist. */
    static final int NOT_FOUND = 127;

    private ExitCodes() {}

    /** The code for a container's process that could not be started for this reason. */
    static int ofStartFailure(String message) {
        boolean atExec = message.contains("exec");
        if (atExec && message.contains("ENOENT")) {
            return NOT_FOUND;
        }
        if (atExec && (message.contains("EACCES") || message.contains("ENOEXEC"))) {
            return NOT_EXECUTABLE;
        }
        return DAEMON;
    }
}
