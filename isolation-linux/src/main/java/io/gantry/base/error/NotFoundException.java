package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** The object that the request names does not exist. */
public non-sealed class NotFoundException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public NotFoundException(String message) {
        this(message, null);
    }

    public NotFoundException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
