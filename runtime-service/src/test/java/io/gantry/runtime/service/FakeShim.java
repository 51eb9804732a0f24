package io.gantry.runtime.service;

import io.gantry.linux.shim.AttachRequest;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimException;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.shim.StartRequest;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A shim in memory: keeps processes that run nothing and end when they are told to. */
final class FakeShim {

    private static final int EBUSY = 16;
    private static final int ESRCH = 3;

    /** Above all that the kernel gives: what is done to a process by its pid must find none. */
    private static final AtomicInteger PIDS = new AtomicInteger(1 << 23);

    final Map<String, ProcessEntry> processes = new ConcurrentHashMap<>();
    final Map<String, Stream> streams = new ConcurrentHashMap<>();
    final Set<String> ignoringTerm = ConcurrentHashMap.newKeySet();
    final List<String> signals = new CopyOnWriteArrayList<>();
    final List<String> reopened = new CopyOnWriteArrayList<>();
    final List<AttachRequest> attached = new CopyOnWriteArrayList<>();
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private volatile boolean dead;

    Shim connect() throws IOException {
        if (dead) {
            throw new IOException("connection refused");
        }
        Connection connection = new Connection();
        connections.add(connection);
        return connection;
    }

    boolean isDead() {
        return dead;
    }

    /** Has a command run that nobody here started. */
    void exec(String id, String container) {
        processes.put(
                id,
                new ProcessEntry(
                        id,
                        ProcessEntry.Kind.EXEC,
                        container,
                        PIDS.incrementAndGet(),
                        ProcessEntry.State.RUNNING,
                        0,
                        0,
                        Instant.ofEpochSecond(1000),
                        Optional.empty()));
    }

    /** Ends a process of itself. */
    void exit(String id, int code) {
        ProcessEntry running = Objects.requireNonNull(processes.get(id));
        ProcessEntry exited =
                new ProcessEntry(
                        id,
                        running.kind(),
                        running.target(),
                        running.pid(),
                        ProcessEntry.State.EXITED,
                        code,
                        0,
                        running.started(),
                        Optional.of(Instant.ofEpochSecond(2000)));
        processes.put(id, exited);
        Stream stream = streams.get(id);
        if (stream != null) {
            stream.events.add(Optional.of(new ShimStream.Exited(exited)));
        }
        connections.forEach(connection -> connection.exited(exited));
    }

    /** Is killed. */
    void die() {
        dead = true;
        connections.forEach(Connection::disconnected);
    }

    private ProcessEntry require(String id) throws IOException {
        ProcessEntry process = processes.get(id);
        if (process == null) {
            throw new ShimException(id, ESRCH, "no process " + id);
        }
        return process;
    }

    private final class Connection implements Shim {

        private final List<Runnable> disconnects = new ArrayList<>();
        private volatile Consumer<ProcessEntry> listener = process -> {};
        private boolean closed;

        void exited(ProcessEntry process) {
            listener.accept(process);
        }

        synchronized void disconnected() {
            if (!closed) {
                closed = true;
                disconnects.forEach(Runnable::run);
            }
        }

        @Override
        public int pid() {
            return 1;
        }

        @Override
        public int start(StartRequest request) {
            int pid = PIDS.incrementAndGet();
            processes.put(
                    request.id(),
                    new ProcessEntry(
                            request.id(),
                            request.placement().kind(),
                            request.placement().target(),
                            pid,
                            ProcessEntry.State.RUNNING,
                            0,
                            0,
                            Instant.ofEpochSecond(1000),
                            Optional.empty()));
            return pid;
        }

        @Override
        public ShimStream startStreaming(StartRequest request) {
            Stream stream = new Stream(start(request));
            streams.put(request.id(), stream);
            return stream;
        }

        @Override
        public ShimStream attach(AttachRequest request) throws IOException {
            require(request.id());
            attached.add(request);
            Stream stream = new Stream(0);
            streams.put(request.id(), stream);
            return stream;
        }

        @Override
        public void signal(String id, int signal) throws IOException {
            ProcessEntry process = require(id);
            signals.add(signal + " " + id);
            if (process.state() == ProcessEntry.State.EXITED) {
                throw new ShimException(id, ESRCH, "process " + id + " has exited");
            }
            if (signal == 9 || !ignoringTerm.contains(id)) {
                exit(id, 128 + signal);
            }
        }

        @Override
        public List<ProcessEntry> list() {
            return List.copyOf(processes.values());
        }

        @Override
        public void reopenLog(String id) throws IOException {
            require(id);
            reopened.add(id);
        }

        @Override
        public void resize(String id, int rows, int columns) {}

        @Override
        public void forget(String id) throws IOException {
            if (require(id).state() == ProcessEntry.State.RUNNING) {
                throw new ShimException(id, EBUSY, "process " + id + " runs");
            }
            processes.remove(id);
        }

        @Override
        public void shutdown() throws IOException {
            if (processes.values().stream()
                    .anyMatch(process -> process.state() == ProcessEntry.State.RUNNING)) {
                throw new ShimException("", EBUSY, "processes run");
            }
            die();
        }

        @Override
        public void onExit(Consumer<ProcessEntry> consumer) {
            listener = consumer;
        }

        @Override
        public synchronized void onDisconnect(Runnable runnable) {
            if (closed) {
                runnable.run();
            } else {
                disconnects.add(runnable);
            }
        }

        @Override
        public void close() {
            connections.remove(this);
            disconnected();
        }
    }

    /** A stream whose events the test supplies. */
    static final class Stream implements ShimStream {

        final BlockingQueue<Optional<Event>> events = new LinkedBlockingQueue<>();
        private final int pid;
        private volatile boolean closed;

        Stream(int pid) {
            this.pid = pid;
        }

        boolean isClosed() {
            return closed;
        }

        @Override
        public int pid() {
            return pid;
        }

        @Override
        public Optional<Event> next() throws IOException {
            try {
                Optional<Event> event = events.take();
                if (closed) {
                    throw new ClosedChannelException();
                }
                return event;
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void write(byte[] bytes) {}

        @Override
        public void closeStdin() {}

        @Override
        public void resize(int rows, int columns) {}

        @Override
        public void close() {
            closed = true;
            events.add(Optional.empty());
        }
    }
}
