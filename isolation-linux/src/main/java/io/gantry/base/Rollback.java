package io.gantry.base;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;

/**
 * Undoes, in reverse order, what was done before a failure. Use with try-with-resources: register
 * an undo after each step, {@link #commit()} at the end; leaving without it runs them all. An undo
 * that fails does not stop the others.
 */
public final class Rollback implements AutoCloseable {

    private final Logger log;
    private final Deque<Step> steps = new ArrayDeque<>();
    private final List<String> failures = new ArrayList<>();
    private boolean committed;

    public Rollback(Logger log) {
        this.log = log;
    }

    /** An action that takes one step back; must be idempotent. */
    @FunctionalInterface
    public interface Undo {
        void run() throws Exception;
    }

    /** Registers how to take back what has just been done. */
    public void add(String what, Undo undo) {
        steps.push(new Step(what, undo));
    }

    /** Keeps everything. */
    public void commit() {
        committed = true;
    }

    /** The undos that failed, each as "what: why"; known after {@link #close()}. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        if (committed) {
            return;
        }
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.undo.run();
            } catch (Exception e) {
                failures.add(step.what + ": " + e.getMessage());
                log.atWarn().addKeyValue("step", step.what).setCause(e).log("undo failed");
            }
        }
    }

    private record Step(String what, Undo undo) {}
}
