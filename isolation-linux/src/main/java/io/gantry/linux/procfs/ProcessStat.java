package io.gantry.linux.procfs;

import java.util.List;

/**
 * What /proc/PID/stat tells (proc_pid_stat(5)).
 *
 * @param comm name of the program, in whatever characters it chose
 * @param state as R, S or Z
 * @param startTime clock ticks between boot and its start; with the pid it names a process for good
 */
public record ProcessStat(
        int pid, String comm, char state, int parent, int group, int session, long startTime) {

    /** Field numbers of the manual page count from 1; those after the name begin with 3. */
    private static final int FIRST = 3;

    /**
     * Reads the one line of the file.
     *
     * @throws IllegalArgumentException quoting a line that is none
     */
    public static ProcessStat parse(String line) {
        // The name may hold spaces and parentheses; only the last parenthesis is the kernel's.
        int open = line.indexOf('(');
        int close = line.lastIndexOf(')');
        if (open < 2 || close < open || close + 2 > line.length()) {
            throw new IllegalArgumentException("not a line of stat: " + line);
        }
        List<String> rest = List.of(line.substring(close + 2).strip().split(" ", -1));
        try {
            return new ProcessStat(
                    Integer.parseInt(line.substring(0, open - 1)),
                    line.substring(open + 1, close),
                    rest.get(0).charAt(0),
                    Integer.parseInt(rest.get(4 - FIRST)),
                    Integer.parseInt(rest.get(5 - FIRST)),
                    Integer.parseInt(rest.get(6 - FIRST)),
                    Long.parseLong(rest.get(22 - FIRST)));
        } catch (NumberFormatException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("not a line of stat: " + line, e);
        }
    }

    /** Whether no signal reaches it, SIGKILL included, until what it waits for comes. */
    public boolean uninterruptible() {
        return state == 'D';
    }

    /** Whether it has ended and waits for its parent. */
    public boolean zombie() {
        return state == 'Z' || state == 'X';
    }
}
