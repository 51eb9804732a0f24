package io.gantry.linux.shim;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * A connection to a running shim. Thread-safe: requests of many threads share it. Closing it ends
 * the connection only; the shim and its processes go on.
 *
 * <p>A request fails with {@link ShimException} when the shim refuses it (errno ESRCH: unknown id),
 * and with another {@link IOException} when the connection is gone.
 */
public interface Shim extends AutoCloseable {

    /**
     * Connects to the shim that listens on {@code socket}.
     *
     * @param timeout for connecting and for each later request
     * @throws IOException when nobody listens there or it does not speak this protocol
     */
    static Shim connect(Path socket, Duration timeout) throws IOException {
        return ShimConnection.open(socket, timeout);
    }

    /** The shim's pid. */
    int pid();

    /**
     * Starts a process whose output goes to its log only; returns once it executes its binary.
     *
     * @return its pid in the host's pid namespace
     * @throws LaunchFailedException when it could not be started
     */
    int start(StartRequest request) throws IOException;

    /**
     * Starts a process and streams its output, and its input if it has one, over a connection of
     * its own.
     *
     * @throws LaunchFailedException when it could not be started
     */
    ShimStream startStreaming(StartRequest request) throws IOException;

    /** Streams to and from a process that runs. */
    ShimStream attach(AttachRequest request) throws IOException;

    /** Sends a signal; ESRCH when the process has exited. */
    void signal(String id, int signal) throws IOException;

    /** All processes that run, and those that exited and are not forgotten. */
    List<ProcessEntry> list() throws IOException;

    /** Opens the log anew after a rotation; when that fails the old file stays in use. */
    void reopenLog(String id) throws IOException;

    /** Sets the size of the process's terminal. */
    void resize(String id, int rows, int columns) throws IOException;

    /** Drops an exited process; EBUSY while it runs. */
    void forget(String id) throws IOException;

    /** Ends the shim and waits until it and its socket are gone; EBUSY while processes run. */
    void shutdown() throws IOException;

    /**
     * Has a listener told of the exits from now on. It is called on the connection's reader and
     * must not wait. At most one listener; call this before {@link #list()} to miss nothing.
     */
    void onExit(Consumer<ProcessEntry> listener);

    /** Runs once when the connection is lost or closed; at once when it already is. */
    void onDisconnect(Runnable listener);

    @Override
    void close();
}
