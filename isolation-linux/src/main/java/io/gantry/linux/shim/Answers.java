package io.gantry.linux.shim;

import io.gantry.linux.syscall.Errno;
import java.io.IOException;

/** Turns refusals into exceptions. */
final class Answers {

    private static final int STAGE_PROGRAM = 2;

    private Answers() {}

    /** The frame itself, unless it says that {@code id}'s request failed. */
    static Frame checked(String id, Frame frame) throws IOException {
        return switch (frame.type()) {
            case FrameType.ERROR -> throw frame.<ShimException>decode(f -> refused(id, f));
            case FrameType.FAILED ->
                    throw frame.<LaunchFailedException>decode(f -> notStarted(id, f));
            default -> frame;
        };
    }

    private static ShimException refused(String id, Frame frame) {
        int errno = frame.i32();
        return new ShimException(id, errno, frame.str() + ": " + Errno.describe(errno));
    }

    private static LaunchFailedException notStarted(String id, Frame frame) {
        LaunchFailedException.Stage stage =
                frame.i32() == STAGE_PROGRAM
                        ? LaunchFailedException.Stage.PROGRAM
                        : LaunchFailedException.Stage.PREPARATION;
        int op = frame.i32();
        int errno = frame.i32();
        return new LaunchFailedException(
                id,
                stage,
                op,
                errno,
                "start of " + id + " failed: " + frame.str() + ": " + Errno.describe(errno));
    }
}
