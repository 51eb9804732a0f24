package io.gantry.e2e.bench;

import io.gantry.proto.cri.VersionRequest;
import io.gantry.proto.cri.VersionResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One runtime that is measured, with its daemon where that is ours to start. */
final class CriRuntime implements AutoCloseable {

    private static final int READY_SECONDS = 60;

    private final Samples samples = new Samples();
    private final Settings.Endpoint endpoint;
    private final Settings settings;
    private final Path logs;
    private @Nullable Process daemon;
    private @Nullable Cri cri;
    private @Nullable Pods pods;
    private String version = "";

    CriRuntime(Settings.Endpoint endpoint, Settings settings) throws IOException {
        this.endpoint = endpoint;
        this.settings = settings;
        this.logs = Files.createTempDirectory("gantry-bench-");
    }

    String name() {
        return endpoint.name();
    }

    String version() {
        return version;
    }

    Samples samples() {
        return samples;
    }

    boolean startable() {
        return !endpoint.daemon().isEmpty();
    }

    Cri cri() {
        if (cri == null) {
            throw new IllegalStateException(name() + " is not connected");
        }
        return cri;
    }

    Pods pods() {
        if (pods == null) {
            throw new IllegalStateException(name() + " is not connected");
        }
        return pods;
    }

    double daemonMemory() throws Exception {
        return Memory.pss(cri().serverPid());
    }

    /** Starts the daemon, where that is to be done, and waits until it answers. */
    void start() throws Exception {
        long began = System.nanoTime();
        if (startable()) {
            daemon =
                    new ProcessBuilder(List.of(endpoint.daemon()))
                            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                            .redirectErrorStream(true)
                            .redirectOutput(logs.resolve("daemon.log").toFile())
                            .start();
        }
        while (!listens()) {
            if (Samples.millisSince(began) > READY_SECONDS * 1e3) {
                throw new IOException(name() + " does not listen on " + endpoint.socket());
            }
            requireAlive();
            Thread.sleep(1);
        }
        cri = new Cri(endpoint.socket());
        pods = new Pods(cri, settings.images().container(), settings.cgroupParent(), logs);
        awaitAnswer(began);
        if (startable()) {
            samples.add("daemon start to ready", Samples.millisSince(began));
        }
    }

    /** Ends the daemon, if it was started here. */
    void stop() throws Exception {
        if (cri != null) {
            cri.close();
            cri = null;
            pods = null;
        }
        if (daemon != null) {
            daemon.destroy();
            if (!daemon.waitFor(20, TimeUnit.SECONDS)) {
                daemon.destroyForcibly().waitFor();
                System.err.println("Bench: " + name() + " had to be killed");
            }
            daemon = null;
        }
    }

    private boolean listens() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(endpoint.socket()));
        } catch (IOException e) {
            return false;
        }
    }

    private void requireAlive() throws IOException {
        if (daemon != null && !daemon.isAlive()) {
            throw new IOException(
                    name() + " ended:\n" + Files.readString(logs.resolve("daemon.log")));
        }
    }

    private void awaitAnswer(long began) throws Exception {
        while (true) {
            try {
                VersionResponse answer =
                        cri().runtime()
                                .withWaitForReady()
                                .version(VersionRequest.getDefaultInstance());
                version = answer.getRuntimeName() + " " + answer.getRuntimeVersion();
                return;
            } catch (StatusRuntimeException e) {
                Status.Code code = e.getStatus().getCode();
                // UNKNOWN is containerd's "server is not initialized yet".
                boolean starting = code == Status.Code.UNAVAILABLE || code == Status.Code.UNKNOWN;
                if (!starting || Samples.millisSince(began) > READY_SECONDS * 1e3) {
                    throw e;
                }
                Thread.sleep(1);
            }
        }
    }

    /** Removes its pods, ends its daemon. */
    @Override
    public void close() {
        try {
            if (pods != null) {
                pods.removeAll();
            }
            stop();
            try (Stream<Path> files = Files.walk(logs)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        } catch (Exception e) {
            System.err.println("Bench: cannot clean up after " + name() + ": " + e);
        }
    }
}
