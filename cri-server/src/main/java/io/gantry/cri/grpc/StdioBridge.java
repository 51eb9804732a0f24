package io.gantry.cri.grpc;

import io.gantry.base.Tasks;
import io.gantry.base.error.CancelledException;
import io.gantry.runtime.exec.ProcessStream;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the streams of a process with a conversation: output on the calling thread, input on
 * another.
 *
 * @param <Q> what the client sends
 */
final class StdioBridge<Q> {

    private static final Logger log = LoggerFactory.getLogger(StdioBridge.class);

    private final ProcessStream process;
    private final StreamCalls.Inbound<Q> in;
    private final Function<Q, Input> toInput;

    StdioBridge(ProcessStream process, StreamCalls.Inbound<Q> in, Function<Q, Input> toInput) {
        this.process = process;
        this.in = in;
        this.toInput = toInput;
    }

    /** What a client does to a process. */
    sealed interface Input permits Bytes, EndOfInput, Resize, Other {}

    /** Bytes that it types. */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, never compared
    record Bytes(byte[] bytes) implements Input {}

    /** It types no more. */
    record EndOfInput() implements Input {}

    /** Its terminal has another size. */
    record Resize(int rows, int columns) implements Input {}

    /** Something that is not of use here. */
    record Other() implements Input {}

    /** Takes output. */
    @FunctionalInterface
    interface Sink {
        void accept(ProcessStream.Output output) throws InterruptedException;
    }

    /**
     * Passes everything on until the process has ended or its streams break off.
     *
     * @return its exit code; empty when the streams broke off before
     */
    OptionalInt run(Sink sink) throws IOException, InterruptedException {
        Thread input = Tasks.start("stdin", this::pumpInput);
        try {
            OptionalInt exit = OptionalInt.empty();
            ProcessStream.Event event = process.next();
            while (event != null) {
                switch (event) {
                    case ProcessStream.Output output -> sink.accept(output);
                    case ProcessStream.Exited exited -> exit = OptionalInt.of(exited.exitCode());
                }
                event = process.next();
            }
            return exit;
        } finally {
            input.interrupt();
        }
    }

    private void pumpInput() {
        try {
            var message = in.next();
            while (message.isPresent()) {
                pass(process, toInput.apply(message.get()));
                message = in.next();
            }
        } catch (IOException | CancelledException | InterruptedException e) {
            // The process takes no more, or the client went: the other direction tells which.
            log.atDebug().setCause(e).log("input ended");
        }
    }

    /** Does to a process what a client wants. */
    static void pass(ProcessStream process, Input input) throws IOException {
        switch (input) {
            case Bytes(byte[] bytes) -> process.write(bytes, 0, bytes.length);
            case EndOfInput _ -> process.closeInput();
            case Resize(int rows, int columns) -> process.resize(rows, columns);
            case Other _ -> {}
        }
    }
}
