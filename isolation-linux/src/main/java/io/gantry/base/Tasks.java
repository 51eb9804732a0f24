package io.gantry.base;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Where threads come from. Virtual threads carry what waits in Java; what blocks in a native frame
 * would pin its carrier and belongs on platform threads.
 */
public final class Tasks {

    private Tasks() {}

    /** Starts a named virtual thread. */
    public static Thread start(String name, Runnable task) {
        return Thread.ofVirtual().name(name).start(task);
    }

    /** Starts a named daemon platform thread, for loops that block in native code. */
    public static Thread startNative(String name, Runnable task) {
        return Thread.ofPlatform().name(name).daemon().start(task);
    }

    /** An executor with one virtual thread per task, named {@code name-0}, {@code name-1}, … */
    public static ExecutorService perTask(String name) {
        return Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + "-", 0).factory());
    }

    /** A pool of {@code threads} daemon platform threads, for calls that block in native code. */
    public static ExecutorService nativePool(String name, int threads) {
        return Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name(name + "-", 0).daemon().factory());
    }

    /** Has {@code task} run when the process is asked to end; the end waits for it. */
    public static void atShutdown(String name, Runnable task) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name(name).unstarted(task));
    }
}
