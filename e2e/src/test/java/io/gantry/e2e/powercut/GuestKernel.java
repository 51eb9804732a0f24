package io.gantry.e2e.powercut;

import io.gantry.e2e.harness.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A user-mode Linux kernel with a disk of its own, a file, that can be killed like a machine whose
 * power goes: all of it at once, with everything that it had in memory. What it had given to its
 * disk is in the file.
 */
final class GuestKernel implements AutoCloseable {

    private final Process process;

    private GuestKernel(Process process) {
        this.process = process;
    }

    /** A fresh disk, with nothing on it. */
    static void makeDisk(Path disk, String size) throws IOException {
        Files.deleteIfExists(disk);
        Command.of("truncate", "--size=" + size, disk.toString()).run().orThrow();
        Command.of("mkfs.ext4", "-q", "-F", disk.toString()).run().orThrow();
    }

    /**
     * Boots.
     *
     * @param init the first program, on this machine's own root file system
     * @param console where its messages go
     */
    static GuestKernel boot(Path disk, Path init, Path console) throws IOException {
        // In a namespace of pids of its own, so that one signal ends every process that it runs on;
        // and in a session, for it takes a signal to a process group for one to its processes.
        List<String> words =
                List.of(
                        "setsid",
                        "unshare",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "linux.uml",
                        "mem=1500M",
                        "ubda=" + disk,
                        "rootfstype=hostfs",
                        "rootflags=/",
                        "rw",
                        "init=" + init,
                        "con=null",
                        "con0=null,fd:1",
                        "quiet");
        Process process =
                new ProcessBuilder(words)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(console.toFile())
                        .start();
        return new GuestKernel(process);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The power goes; returns when nothing of it can reach the disk any more. */
    void cut() {
        List<ProcessHandle> all = process.descendants().toList();
        // The first of the namespace, which takes the others with it before it can be waited for.
        process.children().forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
        all.forEach(one -> one.onExit().join());
    }

    @Override
    public void close() {
        cut();
    }
}
