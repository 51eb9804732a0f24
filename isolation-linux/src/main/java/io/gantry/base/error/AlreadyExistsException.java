package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** What should be made is there already, and is not the same thing. */
public non-sealed class AlreadyExistsException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public AlreadyExistsException(String message) {
        this(message, null);
    }

    public AlreadyExistsException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
