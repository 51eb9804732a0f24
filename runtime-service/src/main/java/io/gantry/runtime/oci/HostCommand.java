package io.gantry.runtime.oci;

import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command of the host, run to its end without input. */
final class HostCommand {

    /** What is kept of an output; the rest is read and dropped. */
    private static final int MAX_OUTPUT = 1 << 20;

    /** How long what an ended command has written may take to arrive. */
    private static final int DRAIN_SECONDS = 2;

    private HostCommand() {}

    /**
     * How a command ended.
     *
     * @param text standard output and standard error
     */
    record Output(int status, String text) {

        /** For a message: what it said last, or that it said nothing. */
        String words() {
            String last = text.strip().lines().reduce("", (before, line) -> line).strip();
            return last.isEmpty() ? "exit status " + status : last;
        }
    }

    static Output run(List<String> command, Deadline deadline) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Process process = builder.start();
        ExecutorService readers = Tasks.perTask("command");
        try {
            process.getOutputStream().close();
            Future<String> output = readers.submit(() -> read(process.getInputStream()));
            if (!process.waitFor(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException(command.getFirst() + " did not end in time and was killed");
            }
            return new Output(process.exitValue(), output.get(DRAIN_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException)
                    new InterruptedIOException("interrupted while " + command.getFirst() + " ran")
                            .initCause(e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(command.getFirst() + ": its output cannot be read", e);
        } finally {
            process.destroyForcibly();
            // Not close(): a child of the command may hold the pipe for as long as it likes.
            readers.shutdownNow();
        }
    }

    private static String read(InputStream stream) throws IOException {
        try (InputStream in = stream) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                if (bytes.size() < MAX_OUTPUT) {
                    bytes.write(buffer, 0, n);
                }
            }
            return bytes.toString(StandardCharsets.UTF_8);
        }
    }
}
