package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** A step that should work did not: a kernel call, a file, a helper program. */
public non-sealed class InternalException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public InternalException(String message) {
        this(message, null);
    }

    public InternalException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
