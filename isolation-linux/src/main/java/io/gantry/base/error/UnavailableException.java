package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** Something outside is not there now and may be there later; worth a retry. */
public non-sealed class UnavailableException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public UnavailableException(String message) {
        this(message, null);
    }

    public UnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
