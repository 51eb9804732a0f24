package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** Stored or received bytes are not what their digest or length promises. */
public non-sealed class DataLossException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public DataLossException(String message) {
        this(message, null);
    }

    public DataLossException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
