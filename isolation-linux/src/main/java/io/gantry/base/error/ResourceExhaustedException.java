package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** A limit is reached: disk space, a quota, a size cap. */
public non-sealed class ResourceExhaustedException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public ResourceExhaustedException(String message) {
        this(message, null);
    }

    public ResourceExhaustedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
