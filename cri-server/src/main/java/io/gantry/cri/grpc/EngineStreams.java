package io.gantry.cri.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.base.Clock;
import io.gantry.base.Tasks;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.UnavailableException;
import io.gantry.cri.engine.ContainerLookup;
import io.gantry.cri.engine.ContainerLookup.Found;
import io.gantry.cri.engine.ExitWatch;
import io.gantry.cri.engine.LogPrinter;
import io.gantry.cri.grpc.StdioBridge.Input;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.cri.translate.EngineRequests;
import io.gantry.cri.translate.EngineResponses;
import io.gantry.proto.engine.AttachRequest;
import io.gantry.proto.engine.AttachResponse;
import io.gantry.proto.engine.ExecRequest;
import io.gantry.proto.engine.ExecResponse;
import io.gantry.proto.engine.LogsRequest;
import io.gantry.proto.engine.LogsResponse;
import io.gantry.proto.engine.OutputStream;
import io.gantry.proto.engine.TerminalSize;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.exec.ProcessStream;
import io.gantry.runtime.logs.LogReader;
import io.gantry.runtime.service.ContainerManager;
import io.gantry.runtime.service.ExecManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The calls of Gantry's own service that stream. */
final class EngineStreams {

    private static final Logger log = LoggerFactory.getLogger(EngineStreams.class);

    private final ContainerManager containers;
    private final ExecManager execs;
    private final ContainerLookup lookup;
    private final ExitWatch exits;
    private final Clock clock;

    EngineStreams(
            ContainerManager containers,
            ExecManager execs,
            ContainerLookup lookup,
            ExitWatch exits,
            Clock clock) {
        this.containers = containers;
        this.execs = execs;
        this.lookup = lookup;
        this.exits = exits;
        this.clock = clock;
    }

    void attach(Inbound<AttachRequest> in, Outbound<AttachResponse> out)
            throws IOException, InterruptedException {
        AttachRequest first = StreamCalls.first(in);
        if (!first.hasOpen()) {
            throw new InvalidArgumentException("the first message must be open");
        }
        AttachRequest.Open open = first.getOpen();
        Found found = open.getStart() ? lookup.getOwn(open.getId()) : lookup.get(open.getId());
        ProcessStream joined;
        ExitWatch.Watch watch;
        try {
            joined = attach(found, open);
        } finally {
            // At once, and once: with its exit the container may go.
            watch = exits.arm(found.id());
        }
        try (ProcessStream process = joined) {
            resize(process, open.hasSize() && !open.getStart(), open.getSize());
            out.send(attached(found));
            OptionalInt exit =
                    new StdioBridge<>(process, in, message -> input(message, found))
                            .run(output -> out.send(response(output)));
            if (exit.isEmpty() && stillRuns(found.id())) {
                throw new UnavailableException(
                        "the streams of container " + found.id() + " broke off; it runs on");
            }
        }
        // Who ran it to have it removed may use its name again at once.
        Container exited = open.getStart() ? watch.awaitRemoval() : watch.await();
        out.send(
                AttachResponse.newBuilder().setExit(EngineResponses.exit(exited.status())).build());
    }

    void exec(Inbound<ExecRequest> in, Outbound<ExecResponse> out)
            throws IOException, InterruptedException {
        ExecRequest first = StreamCalls.first(in);
        if (!first.hasOpen()) {
            throw new InvalidArgumentException("the first message must be open");
        }
        ExecRequest.Open open = first.getOpen();
        String container = lookup.get(open.getId()).id();
        ProcessStream process = execs.exec(EngineRequests.toDomain(container, open));
        if (open.getDetach()) {
            Tasks.start("exec-drain", () -> drain(process));
            out.send(started(container));
            return;
        }
        begin(process, started(container), out);
        Optional<ExecConversation.End> end = new ExecConversation(process, in, out).run();
        switch (end.orElse(null)) {
            case ExecConversation.Ended(int code) ->
                    out.send(ExecResponse.newBuilder().setExit(EngineResponses.exit(code)).build());
            case ExecConversation.Left _ -> {}
            case null ->
                    throw new UnavailableException(
                            "the streams of the command in container " + container + " broke off");
        }
    }

    /** A command whose client is gone before is killed, too. */
    private static void begin(
            ProcessStream process, ExecResponse started, Outbound<ExecResponse> out)
            throws InterruptedException {
        boolean begun = false;
        try {
            out.send(started);
            begun = true;
        } finally {
            if (!begun) {
                Tasks.start(
                        "exec-lost",
                        () -> {
                            process.kill();
                            process.close();
                        });
            }
        }
    }

    void logs(LogsRequest request, Outbound<LogsResponse> out)
            throws IOException, InterruptedException {
        Found found = lookup.get(request.getId());
        String file = found.container().logFile();
        if (file.isEmpty()) {
            throw new InvalidArgumentException(
                    "container " + found.id() + " was created without a log");
        }
        LogPrinter printer = new LogPrinter(request.getTimestamps());
        new LogReader(Path.of(file), () -> mayStillWrite(found.id()))
                .read(
                        EngineRequests.toDomain(request),
                        line -> send(piece(line.stderr(), printer.print(line)), out));
    }

    /** Whether the client wants more. */
    private static boolean send(LogsResponse piece, Outbound<LogsResponse> out) {
        try {
            out.send(piece);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private ProcessStream attach(Found found, AttachRequest.Open open) {
        boolean stdin = open.getStdin() && found.container().config().stdin();
        return open.getStart()
                ? containers.startAttached(
                        found.id(),
                        stdin,
                        EngineRequests.terminalSize(open),
                        CallContext.deadline(clock))
                : execs.attach(found.id(), stdin, open.getOutput());
    }

    private boolean stillRuns(String id) {
        return lookup.get(id).container().state() == ContainerState.RUNNING;
    }

    private boolean mayStillWrite(String id) {
        try {
            return lookup.get(id).container().state() != ContainerState.EXITED;
        } catch (io.gantry.base.error.NotFoundException removedMeanwhile) {
            return false;
        }
    }

    /** A process that has ended by now has no use for it, and tells its end by itself. */
    private static void resize(ProcessStream process, boolean given, TerminalSize size) {
        if (!given) {
            return;
        }
        try {
            process.resize(size.getRows(), size.getColumns());
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the size of a terminal came too late");
        }
    }

    private static void drain(ProcessStream process) {
        try (process) {
            while (process.next() != null) {
                // Nobody wants it, but a process whose pipes are full would stop.
            }
        } catch (IOException e) {
            log.atDebug().setCause(e).log("a detached command's streams broke off");
        }
    }

    private static Input input(AttachRequest message, Found found) {
        return switch (message.getMessageCase()) {
            case STDIN -> new StdioBridge.Bytes(message.getStdin().toByteArray());
            case STDIN_EOF ->
                    found.container().config().stdinOnce()
                            ? new StdioBridge.EndOfInput()
                            : new StdioBridge.Other();
            case RESIZE -> resize(message.getResize());
            case OPEN, MESSAGE_NOT_SET -> new StdioBridge.Other();
        };
    }

    private static Input resize(TerminalSize size) {
        return new StdioBridge.Resize(size.getRows(), size.getColumns());
    }

    private static AttachResponse attached(Found found) {
        return AttachResponse.newBuilder()
                .setAttached(
                        AttachResponse.Attached.newBuilder()
                                .setId(found.id())
                                .setTty(found.container().config().tty()))
                .build();
    }

    private static ExecResponse started(String container) {
        return ExecResponse.newBuilder()
                .setStarted(ExecResponse.Started.newBuilder().setContainerId(container))
                .build();
    }

    private static AttachResponse response(ProcessStream.Output output) {
        ByteString bytes = UnsafeByteOperations.unsafeWrap(output.bytes());
        AttachResponse.Builder response = AttachResponse.newBuilder();
        return (output.stderr() ? response.setStderr(bytes) : response.setStdout(bytes)).build();
    }

    private static LogsResponse piece(boolean stderr, byte[] data) {
        return LogsResponse.newBuilder()
                .setStream(
                        stderr
                                ? OutputStream.OUTPUT_STREAM_STDERR
                                : OutputStream.OUTPUT_STREAM_STDOUT)
                .setData(UnsafeByteOperations.unsafeWrap(data))
                .build();
    }
}
