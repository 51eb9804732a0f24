package io.gantry.linux.shim;

import io.gantry.linux.syscall.Errno;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Starts shims. The set-up program of the sandbox runs in the new shim before it answers. The
 * executable is best a {@link SealedBinary}: then all shims share its pages and no container can
 * write to it.
 */
public final class ShimLauncher {

    private static final int RECORD = 16;
    private static final int READY = 0;
    private static final int PROGRAM_FAILED = 1;

    private final Path executable;

    public ShimLauncher(Path executable) {
        this.executable = executable;
    }

    /**
     * Starts a shim and waits until it listens.
     *
     * @param socket where it is to listen; at most 107 bytes
     * @param diagnostics file that it appends its own messages to
     * @param setupProgram a launch program, executed in the shim itself
     * @return the shim's pid
     * @throws ShimSetupException when the shim says why it cannot
     * @throws IOException when it could not be executed at all
     */
    public int launch(Path socket, Path diagnostics, byte[] setupProgram) throws IOException {
        Process starter =
                new ProcessBuilder(executable.toString(), socket.toString(), diagnostics.toString())
                        .redirectError(ProcessBuilder.Redirect.appendTo(diagnostics.toFile()))
                        .start();
        try (InputStream answer = starter.getInputStream()) {
            send(starter, setupProgram);
            byte[] answered = answer.readNBytes(RECORD);
            if (answered.length < RECORD) {
                throw new IOException(
                        "shim for " + socket + " ended without an answer; see " + diagnostics);
            }
            return pid(socket, ByteBuffer.wrap(answered).order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    private static void send(Process starter, byte[] program) {
        try (OutputStream input = starter.getOutputStream()) {
            input.write(program);
        } catch (IOException e) {
            // A shim that stopped reading says why in its answer, which is worth more than EPIPE.
        }
    }

    private static int pid(Path socket, ByteBuffer answer) throws ShimSetupException {
        int status = answer.getInt();
        int op = answer.getInt();
        int errno = answer.getInt();
        int pid = answer.getInt();
        if (status == READY) {
            return pid;
        }
        ShimSetupException.Stage stage =
                status == PROGRAM_FAILED ? ShimSetupException.Stage.PROGRAM : stage(op);
        throw new ShimSetupException(
                stage,
                op,
                errno,
                "set-up of shim "
                        + socket
                        + " failed at "
                        + stage
                        + " "
                        + op
                        + ": "
                        + Errno.describe(errno));
    }

    private static ShimSetupException.Stage stage(int number) {
        return switch (number) {
            case 1 -> ShimSetupException.Stage.READ;
            case 2 -> ShimSetupException.Stage.MALFORMED_PROGRAM;
            case 3 -> ShimSetupException.Stage.SOCKET;
            case 4 -> ShimSetupException.Stage.FORK;
            default -> ShimSetupException.Stage.REAPER;
        };
    }
}
