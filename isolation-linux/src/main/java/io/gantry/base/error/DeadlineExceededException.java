package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** The caller's time ran out; the operation may be tried again. */
public non-sealed class DeadlineExceededException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public DeadlineExceededException(String message) {
        this(message, null);
    }

    public DeadlineExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
