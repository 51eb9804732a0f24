package io.gantry.runtime.service;

import io.gantry.linux.shim.ShimStream;
import io.gantry.runtime.exec.ProcessStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A stream of the shim as the clients of this package know it. */
final class ShimProcessStream implements ProcessStream {

    private static final int STDERR = 2;

    private final ShimStream stream;
    private final Runnable killer;
    private final Runnable afterClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Takes over {@code stream}.
     *
     * @param killer kills the process
     * @param afterClose runs once
     */
    ShimProcessStream(ShimStream stream, Runnable killer, Runnable afterClose) {
        this.stream = stream;
        this.killer = killer;
        this.afterClose = afterClose;
    }

    @Override
    public @Nullable Event next() throws IOException {
        return switch (stream.next().orElse(null)) {
            case null -> null;
            case ShimStream.Output output -> new Output(output.fd() == STDERR, output.bytes());
            case ShimStream.Exited exited -> new Exited(exited.entry().exitCode());
        };
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        boolean whole = offset == 0 && length == bytes.length;
        stream.write(whole ? bytes : Arrays.copyOfRange(bytes, offset, offset + length));
    }

    @Override
    public void closeInput() throws IOException {
        stream.closeStdin();
    }

    @Override
    public void resize(int rows, int columns) throws IOException {
        stream.resize(rows, columns);
    }

    @Override
    public void kill() {
        killer.run();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            stream.close();
            afterClose.run();
        }
    }
}
