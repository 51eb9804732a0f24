package io.gantry.base.error;

import org.jspecify.annotations.Nullable;

/** The request contradicts the contract, whatever the state of the node. */
public non-sealed class InvalidArgumentException extends ServiceException {

    private static final long serialVersionUID = 1L;

    public InvalidArgumentException(String message) {
        this(message, null);
    }

    public InvalidArgumentException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
