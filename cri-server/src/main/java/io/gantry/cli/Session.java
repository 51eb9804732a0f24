package io.gantry.cli;

import com.google.protobuf.ByteString;
import io.gantry.base.Signals;
import io.gantry.base.Tasks;
import io.gantry.proto.engine.Exit;
import io.gantry.proto.engine.TerminalSize;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A conversation that joins the client's stdio to a process. The calling thread writes the output;
 * a second one reads standard input, which cannot be interrupted and therefore ends with the
 * client. With a terminal on both sides that of the client is raw meanwhile, certain keys detach,
 * and a change of its size is passed on.
 *
 * @param <Q> message to the daemon
 * @param <A> message from it
 */
final class Session<Q, A> {

    /** What a shell shows of a program that SIGPIPE ended. */
    static final int OUTPUT_CLOSED_CODE = 141;

    private static final List<String> FORWARDED = List.of("INT", "TERM", "HUP", "USR1");
    private static final int SIGINTS_TO_GIVE_UP = 3;
    private static final int CHUNK = 32 * 1024;

    private final BlockingClientCall<Q, A> call;
    private final Dialect<Q, A> dialect;
    private final Surroundings surroundings;
    private final Object writing = new Object();
    private final AtomicBoolean detached = new AtomicBoolean();

    Session(BlockingClientCall<Q, A> call, Dialect<Q, A> dialect, Surroundings surroundings) {
        this.call = call;
        this.dialect = dialect;
        this.surroundings = surroundings;
    }

    /**
     * What a session touches outside itself.
     *
     * @param keys detach, when typed on a terminal
     * @param signals takes the names of signals to pass on, or null where none are
     */
    record Surroundings(
            Streams streams,
            Terminal terminal,
            DetachKeys keys,
            @Nullable Consumer<String> signals) {}

    /** How the messages of one call are made and read. */
    interface Dialect<Q, A> {
        Q stdin(ByteString data);

        Q stdinEof();

        Q resize(TerminalSize size);

        /** What leaves the process to itself, where the end of the call does not. */
        Optional<Q> leave();

        Event read(A answer);
    }

    sealed interface Event {}

    /** How a session ended. */
    sealed interface End {}

    record Begun(boolean tty) implements Event {}

    record Output(ByteString data, boolean error) implements Event {}

    record Ended(Exit exit) implements Event, End {}

    /** The user left, the process goes on. */
    record Detached() implements End {}

    /** The daemon ended the call without an exit. */
    record Silent() implements End {}

    /** Nobody reads the client's output any more. */
    record OutputClosed() implements End {}

    /** Holds the conversation, from its first message to the end of the process. */
    End run(Q open, boolean stdin) throws StatusException, InterruptedException, IOException {
        try {
            call.write(open);
            return converse(stdin);
        } catch (StatusException e) {
            if (detached.get()) {
                return new Detached();
            }
            throw e;
        } finally {
            surroundings.terminal().restore();
        }
    }

    private End converse(boolean stdin) throws StatusException, InterruptedException, IOException {
        for (A answer = call.read(); answer != null; answer = call.read()) {
            switch (dialect.read(answer)) {
                case Begun begun -> begin(begun.tty(), stdin);
                case Output output -> {
                    if (!show(output)) {
                        call.cancel("output is closed", null);
                        return new OutputClosed();
                    }
                }
                case Ended ended -> {
                    return ended;
                }
            }
        }
        return detached.get() ? new Detached() : new Silent();
    }

    private void begin(boolean tty, boolean stdin) throws IOException {
        if (tty) {
            watchTerminal(stdin);
        } else if (surroundings.signals() != null) {
            forwardSignals(surroundings.signals());
        }
        if (stdin) {
            Tasks.startNative("stdin", () -> pump(tty));
        }
    }

    private void watchTerminal(boolean stdin) throws IOException {
        Terminal terminal = surroundings.terminal();
        if (stdin) {
            terminal.makeRaw();
            for (String name : List.of("TERM", "HUP")) {
                Signals.handle(name, number -> leave(128 + number));
            }
        }
        Signals.handle(
                "WINCH", number -> terminal.size().ifPresent(size -> send(dialect.resize(size))));
    }

    private void forwardSignals(Consumer<String> target) {
        AtomicInteger asked = new AtomicInteger();
        for (String name : FORWARDED) {
            Signals.handle(
                    name,
                    number -> {
                        boolean ends = name.equals("INT") || name.equals("TERM");
                        if (ends && asked.incrementAndGet() >= SIGINTS_TO_GIVE_UP) {
                            surroundings
                                    .streams()
                                    .complain("told to end three times; the container goes on");
                            leave(128 + number);
                        }
                        target.accept(name);
                    });
        }
    }

    /** Ends the client at once, with the terminal as it was. */
    private void leave(int code) {
        surroundings.terminal().restore();
        surroundings.streams().flush();
        Runtime.getRuntime().halt(code);
    }

    private boolean show(Output output) throws IOException {
        Streams streams = surroundings.streams();
        PrintStream target = output.error() ? streams.err() : streams.out();
        output.data().writeTo(target);
        return !target.checkError();
    }

    private void pump(boolean tty) {
        byte[] buffer = new byte[CHUNK];
        DetachKeys keys = surroundings.keys();
        try {
            int count = surroundings.streams().in().read(buffer);
            while (count >= 0) {
                if (tty) {
                    type(keys.pass(buffer, count));
                } else {
                    send(dialect.stdin(ByteString.copyFrom(buffer, 0, count)));
                }
                if (keys.found()) {
                    detach();
                    return;
                }
                count = surroundings.streams().in().read(buffer);
            }
        } catch (IOException e) {
            surroundings.streams().complain("cannot read standard input: " + Failures.text(e));
        }
        type(keys.rest());
        send(dialect.stdinEof());
    }

    private void type(byte[] bytes) {
        if (bytes.length > 0) {
            send(dialect.stdin(ByteString.copyFrom(bytes)));
        }
    }

    private void detach() {
        detached.set(true);
        dialect.leave().ifPresentOrElse(this::send, () -> call.cancel("detached", null));
    }

    /** A message that comes too late for a process that is gone is no loss. */
    private void send(Q message) {
        synchronized (writing) {
            try {
                call.write(message);
            } catch (StatusException e) {
                call.cancel("the call has ended", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
