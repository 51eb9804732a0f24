package io.gantry.runtime.task;

/** Takes what a task writes; not taking it holds the task back. */
@FunctionalInterface
public interface TaskOutput {

    /**
     * Takes a piece, on one thread at a time.
     *
     * @param error whether it came by stderr
     * @param bytes owned by the receiver
     */
    void write(boolean error, byte[] bytes);
}
