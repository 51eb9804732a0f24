package io.gantry.runtime.service;

import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.pod.ShimProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;

/** Processes of the host by pid and start time, so that a reused pid is never mistaken. */
final class HostProcess {

    private HostProcess() {}

    /** Identifies a process that runs. */
    static ShimProcess of(int pid) throws IOException {
        return ProcFs.SYSTEM
                .stat(pid)
                .map(stat -> new ShimProcess(pid, stat.startTime()))
                .orElseThrow(() -> new IOException("process " + pid + " has ended"));
    }

    /** Kills the process unless it is gone already. */
    static void killIfSame(ShimProcess process) {
        ProcessHandle.of(process.pid())
                .filter(handle -> isSame(process))
                .ifPresent(ProcessHandle::destroyForcibly);
    }

    /**
     * Sets how readily the kernel kills it; one that has ended meanwhile is no error.
     *
     * @param score −1000 to 1000
     */
    static void setOomScoreAdj(int pid, int score) throws IOException {
        try {
            Files.writeString(
                    Path.of("/proc/" + pid + "/oom_score_adj"),
                    Integer.toString(score),
                    StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            // It is over.
        } catch (IOException e) {
            if (ProcFs.SYSTEM.stat(pid).isPresent()) {
                throw e;
            }
        }
    }

    /** How readily the kernel kills it now; empty when it is over. */
    static OptionalInt oomScoreAdj(int pid) throws IOException {
        try {
            String text = Files.readString(Path.of("/proc/" + pid + "/oom_score_adj"));
            return OptionalInt.of(Integer.parseInt(text.strip()));
        } catch (IOException e) {
            if (ProcFs.SYSTEM.stat(pid).isPresent()) {
                throw e;
            }
            return OptionalInt.empty();
        }
    }

    private static boolean isSame(ShimProcess process) {
        try {
            return ProcFs.SYSTEM
                    .stat(process.pid())
                    .filter(stat -> stat.startTime() == process.startTime())
                    .isPresent();
        } catch (IOException e) {
            return false;
        }
    }
}
