package io.gantry.runtime.service;

import io.gantry.base.Tasks;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.shim.Shim;
import io.gantry.runtime.pod.PodSandboxId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The connections to the shims of all pods, one each, held as long as the pod. Thread-safe. */
final class Shims implements AutoCloseable {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final ConcurrentMap<PodSandboxId, Shim> connections = new ConcurrentHashMap<>();
    private final Connector connector;

    Shims(Connector connector) {
        this.connector = connector;
    }

    /** How a connection is made. */
    @FunctionalInterface
    interface Connector {
        /** The real one. */
        Connector UNIX = socket -> Shim.connect(socket, TIMEOUT);

        Shim connect(Path socket) throws IOException;
    }

    /** Is told what happens in a pod, on a thread of its own each time. */
    interface Listener {

        /** A process has ended. */
        void exited(PodSandboxId pod, ProcessEntry process);

        /** The shim is gone, though nobody asked it to end. */
        void lost(PodSandboxId pod);
    }

    /** Connects to the shim of a pod and has {@code listener} told of all that happens from now. */
    Shim connect(PodSandboxId pod, Path socket, Listener listener) throws IOException {
        Shim shim = connector.connect(socket);
        shim.onExit(
                process ->
                        Tasks.start("exit-" + process.id(), () -> listener.exited(pod, process)));
        connections.put(pod, shim);
        shim.onDisconnect(
                () -> {
                    // Whoever closes a connection on purpose takes it out of the map before.
                    if (connections.remove(pod, shim)) {
                        Tasks.start("lost-" + pod, () -> listener.lost(pod));
                    }
                });
        return shim;
    }

    /**
     * The shim of a pod.
     *
     * @throws UnavailableException when there is none
     */
    Shim get(PodSandboxId pod) {
        return find(pod)
                .orElseThrow(() -> new UnavailableException("pod sandbox " + pod + " has no shim"));
    }

    Optional<Shim> find(PodSandboxId pod) {
        return Optional.ofNullable(connections.get(pod));
    }

    int count() {
        return connections.size();
    }

    /** Forgets the shim of a pod, to end it or because it ended; its end will not be reported. */
    Optional<Shim> take(PodSandboxId pod) {
        return Optional.ofNullable(connections.remove(pod));
    }

    /** Closes the connections; pods go on. */
    @Override
    public void close() {
        connections.keySet().forEach(pod -> take(pod).ifPresent(Shim::close));
    }
}
