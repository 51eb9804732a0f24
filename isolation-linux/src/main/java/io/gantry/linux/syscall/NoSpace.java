package io.gantry.linux.syscall;

import java.io.IOException;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/** Tells a full file system, or a quota that is used up, from other failures. */
public final class NoSpace {

    private static final String REASON = "No space left on device";
    private static final String QUOTA = "Disk quota exceeded";

    private NoSpace() {}

    /** Whether that is the failure, or the cause of it. */
    public static boolean causes(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (is(cause)) {
                return true;
            }
        }
        return false;
    }

    private static boolean is(Throwable failure) {
        return switch (failure) {
            case ErrnoException errno -> errno.is(Errno.ENOSPC) || errno.is(Errno.EDQUOT);
            case FileSystemException file -> isReason(file.getReason());
            case IOException io -> isReason(io.getMessage());
            default -> false;
        };
    }

    private static boolean isReason(@Nullable String text) {
        return REASON.equals(text) || QUOTA.equals(text);
    }
}
