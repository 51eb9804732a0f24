package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** Somebody who decides said no: a registry, a policy. */
public non-sealed class PermissionDeniedException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public PermissionDeniedException(String message) {
        this(message, null);
    }

    public PermissionDeniedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
