package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** The object is not in a state that allows the operation. */
public non-sealed class FailedPreconditionException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public FailedPreconditionException(String message) {
        this(message, null);
    }

    public FailedPreconditionException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
