package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** Part of the contract that Gantry does not offer. */
public non-sealed class UnimplementedException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public UnimplementedException(String message) {
        this(message, null);
    }

    public UnimplementedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
