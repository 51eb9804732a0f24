package io.gantry.linux.shim;

import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;

/**
 * Starts shims. The set-up program of the sandbox runs in the new shim before this returns. The
 * executable is best a {@link SealedBinary}: then all shims share its pages and no container can
 * write to it.
 */
public final class ShimLauncher {

    private static final File NULL = new File("/dev/null");

    private final Path executable;

    public ShimLauncher(Path executable) {
        this.executable = executable;
    }

    /**
     * Starts a shim and has it become its sandbox.
     *
     * @param socket where it is to listen; at most 107 bytes
     * @param diagnostics file that it appends its own messages to
     * @param setUp a launch program, executed in the shim itself
     * @return the shim's pid
     * @throws LaunchFailedException when the program fails; no process is left
     * @throws IOException when the shim could not be executed, or not be used
     */
    public int launch(Path socket, Path diagnostics, byte[] setUp) throws IOException {
        if (start(socket, diagnostics) != 0) {
            throw new IOException("shim for " + socket + " did not start; see " + diagnostics);
        }
        return goOn(socket, setUp);
    }

    /**
     * Has a shim go on to become its sandbox.
     *
     * @param setUp a further launch program, executed in the shim itself
     * @return the shim's pid
     * @throws LaunchFailedException when the program fails; the shim ends, if nothing of it runs
     */
    public int goOn(Path socket, byte[] setUp) throws IOException {
        try (FrameChannel channel = FrameChannel.open(socket)) {
            try {
                return channel.ask("", Request.setUp(setUp)).shim();
            } catch (ShimException e) {
                end(channel, e);
                throw e;
            }
        }
    }

    /** The process that is started opens the socket and ends; its child is the shim. */
    private int start(Path socket, Path diagnostics) throws IOException {
        Process starter =
                new ProcessBuilder(executable.toString(), socket.toString())
                        .redirectInput(NULL)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.appendTo(diagnostics.toFile()))
                        .start();
        try {
            return starter.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException)
                    new InterruptedIOException("interrupted while waiting for a shim").initCause(e);
        }
    }

    private static void end(FrameChannel channel, ShimException failure) {
        try {
            channel.write(Request.of(FrameType.SHUTDOWN).encode(1));
            while (channel.read().isPresent()) {}
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }
}
