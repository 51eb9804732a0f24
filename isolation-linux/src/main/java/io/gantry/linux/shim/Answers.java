package io.gantry.linux.shim;

import io.gantry.linux.syscall.Errno;
import java.io.IOException;

/** Turns refusals into exceptions. */
final class Answers {

    private static final int STAGE_REQUEST = 0;
    private static final int STAGE_PROGRAM = 2;

    private Answers() {}

    /** The frame itself, unless it says that {@code id}'s request failed. */
    static Frame checked(String id, Frame frame) throws IOException {
        if (frame.type() == FrameType.ERROR) {
            throw frame.<ShimException>decode(f -> failure(id, f));
        }
        return frame;
    }

    private static ShimException failure(String id, Frame frame) {
        int stage = frame.i32();
        int op = frame.i32();
        int errno = frame.i32();
        String what = frame.text() + ": " + Errno.describe(errno);
        if (stage == STAGE_REQUEST) {
            return new ShimException(id, errno, what);
        }
        String message = id.isEmpty() ? what : "start of " + id + " failed: " + what;
        return new LaunchFailedException(
                id,
                stage == STAGE_PROGRAM
                        ? LaunchFailedException.Stage.PROGRAM
                        : LaunchFailedException.Stage.PREPARATION,
                op,
                errno,
                message);
    }
}
