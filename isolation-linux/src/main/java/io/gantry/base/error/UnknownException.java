package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** A failure that the CRI wants reported as UNKNOWN, its message beginning with a sentinel word. */
public non-sealed class UnknownException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public UnknownException(String message) {
        this(message, null);
    }

    public UnknownException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
