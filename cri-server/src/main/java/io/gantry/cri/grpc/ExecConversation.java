package io.gantry.cri.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.cri.grpc.StreamCalls.Inbound;
import io.gantry.cri.grpc.StreamCalls.Outbound;
import io.gantry.proto.engine.ExecRequest;
import io.gantry.proto.engine.ExecResponse;
import io.gantry.runtime.exec.ProcessStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins a command with its client. A command whose client goes away is killed with all that it has
 * started; one that the client leaves goes on, and what it says is dropped. So its output has a
 * thread of its own, which stays with it to the end and closes it.
 */
final class ExecConversation {

    private static final Logger log = LoggerFactory.getLogger(ExecConversation.class);

    private final ProcessStream process;
    private final Inbound<ExecRequest> in;
    private final Outbound<ExecResponse> out;
    private final CompletableFuture<Optional<End>> end = new CompletableFuture<>();
    private boolean left;

    /** The process is its own from now on. */
    ExecConversation(ProcessStream process, Inbound<ExecRequest> in, Outbound<ExecResponse> out) {
        this.process = process;
        this.in = in;
        this.out = out;
    }

    /** How it is over for the client. */
    sealed interface End {}

    /** The command has ended. */
    record Ended(int code) implements End {}

    /** The client has left the command. */
    record Left() implements End {}

    /**
     * Passes everything on until one of them is done.
     *
     * @return empty when the streams of the command broke off
     */
    Optional<End> run() throws InterruptedException {
        Thread _ = Tasks.start("exec-output", this::pumpOutput);
        Thread input = Tasks.start("exec-input", this::pumpInput);
        try {
            return end.get();
        } catch (InterruptedException e) {
            // Not on this thread, which is interrupted.
            Thread _ = Tasks.start("exec-lost", process::kill);
            throw e;
        } catch (ExecutionException e) {
            throw new CancelledException("the client went away");
        } finally {
            input.interrupt();
        }
    }

    private void pumpOutput() {
        Optional<End> how = Optional.empty();
        try (process) {
            ProcessStream.Event event = process.next();
            while (event != null) {
                switch (event) {
                    case ProcessStream.Output output -> send(output);
                    case ProcessStream.Exited(int code) -> how = Optional.of(new Ended(code));
                }
                event = process.next();
            }
        } catch (IOException e) {
            log.atDebug().setCause(e).log("the streams of a command broke off");
        } finally {
            boolean _ = end.complete(how);
        }
    }

    /** Of a command whose client is gone the end is awaited all the same. */
    private synchronized void send(ProcessStream.Output output) {
        if (left) {
            return;
        }
        try {
            out.send(response(output));
        } catch (CancelledException e) {
            left = true;
            process.kill();
            boolean _ = end.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pumpInput() {
        try {
            var message = in.next();
            while (message.isPresent()) {
                if (message.get().hasLeave()) {
                    leave();
                    return;
                }
                StdioBridge.pass(process, input(message.get()));
                message = in.next();
            }
        } catch (IOException | CancelledException | InterruptedException e) {
            // The command takes no more, or the client went: the other direction tells which.
            log.atDebug().setCause(e).log("input ended");
        }
    }

    /** Once nothing is being sent any more, for then the call ends. */
    private synchronized void leave() {
        left = true;
        boolean _ = end.complete(Optional.of(new Left()));
    }

    private static StdioBridge.Input input(ExecRequest message) {
        return switch (message.getMessageCase()) {
            case STDIN -> new StdioBridge.Bytes(message.getStdin().toByteArray());
            case STDIN_EOF -> new StdioBridge.EndOfInput();
            case RESIZE ->
                    new StdioBridge.Resize(
                            message.getResize().getRows(), message.getResize().getColumns());
            case OPEN, LEAVE, MESSAGE_NOT_SET -> new StdioBridge.Other();
        };
    }

    private static ExecResponse response(ProcessStream.Output output) {
        ByteString bytes = UnsafeByteOperations.unsafeWrap(output.bytes());
        ExecResponse.Builder response = ExecResponse.newBuilder();
        return (output.stderr() ? response.setStderr(bytes) : response.setStdout(bytes)).build();
    }
}
