package io.gantry.linux.cgroup;

import java.io.IOException;

/**
 * A process that does nothing and keeps a scope in being, which is only while there are processes
 * in it, until those come that it is for. It ends by itself when this process does: then its
 * standard input is at its end.
 */
final class ScopeKeeper {

    private final Process process;

    private ScopeKeeper(Process process) {
        this.process = process;
    }

    static ScopeKeeper start() throws IOException {
        return new ScopeKeeper(
                new ProcessBuilder("cat")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start());
    }

    int pid() {
        return Math.toIntExact(process.pid());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    void end() {
        process.destroyForcibly();
    }
}
