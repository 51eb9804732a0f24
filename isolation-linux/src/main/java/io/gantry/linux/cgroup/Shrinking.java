package io.gantry.linux.cgroup;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Limits of memory in cgroup v2 that become less than what is in use. The kernel would take them
 * and kill for them; version 1 refuses them, and so does this.
 */
final class Shrinking {

    private static final String MAX = "memory.max";
    private static final String HIGH = "memory.high";

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private Shrinking() {}

    /**
     * Has the kernel reclaim what is above a limit to come.
     *
     * @throws LimitRefusedException when it cannot
     */
    static void check(Path group, List<Write> plan) throws IOException {
        for (Write write : plan) {
            // What is no plain number is for the kernel to judge.
            if (write.file().equals(MAX) && NUMBER.matcher(write.value()).matches()) {
                check(group, write, Long.parseLong(write.value()));
            }
        }
    }

    private static void check(Path group, Write write, long limit) throws IOException {
        try {
            if (current(group) <= limit) {
                return;
            }
            // Writing this one waits for the reclaim, and nothing is killed if it falls short.
            try (Changes changes = new Changes()) {
                changes.write(group.resolve(HIGH), Write.of(HIGH, write.value()));
            }
        } catch (NoSuchFileException e) {
            // Without the controller there is no limit, which is told when it is set.
            return;
        }
        long left = current(group);
        if (left > limit) {
            throw new LimitRefusedException(
                    write,
                    true,
                    new IOException(
                            "write \""
                                    + limit
                                    + "\" to "
                                    + group.resolve(MAX)
                                    + ": "
                                    + left
                                    + " bytes are in use"));
        }
    }

    private static long current(Path group) throws IOException {
        return Long.parseLong(CgroupFiles.read(group.resolve("memory.current")));
    }
}
