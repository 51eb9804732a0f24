package io.gantry.cli;

import java.util.regex.Pattern;

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

    private static final Pattern EXECUTION = Pattern.compile("(^|: )execute [^:]+: ");

    private ExitCodes() {}

    /**
     * The code for a process that could not be started for this reason. Only the step that executes
     * the program tells of the program; a mount source can be missing as well.
     */
    static int ofStartFailure(String message) {
        if (!EXECUTION.matcher(message).find()) {
            return DAEMON;
        }
        if (message.contains("no such file") || message.contains("not found")) {
            return NOT_FOUND;
        }
        if (message.contains("permission denied") || message.contains("exec format error")) {
            return NOT_EXECUTABLE;
        }
        return DAEMON;
    }
}
