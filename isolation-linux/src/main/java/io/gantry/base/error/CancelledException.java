package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** The caller gave the call up; what it had begun is undone. */
public non-sealed class CancelledException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public CancelledException(String message) {
        this(message, null);
    }

    public CancelledException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
