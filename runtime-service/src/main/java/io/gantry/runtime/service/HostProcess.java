package io.gantry.runtime.service;

import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processes of the host by pid and start time, so that a reused pid is never mistaken. */
final class HostProcess {

    /** Fields of /proc/PID/stat after the name in parentheses begin with the third. */
    private static final int START_TIME = 22 - 3;

    private HostProcess() {}

    /** Identifies a process that runs. */
    static ShimProcess of(int pid) throws IOException {
        return new ShimProcess(pid, startTime(pid));
    }

    /** Kills the process unless it is gone already. */
    static void killIfSame(ShimProcess process) {
        ProcessHandle.of(process.pid())
                .filter(handle -> isSame(process))
                .ifPresent(ProcessHandle::destroyForcibly);
    }

    private static boolean isSame(ShimProcess process) {
        try {
            return startTime(process.pid()) == process.startTime();
        } catch (IOException e) {
            return false;
        }
    }

    private static long startTime(int pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
        return Long.parseLong(fields.get(START_TIME));
    }
}
