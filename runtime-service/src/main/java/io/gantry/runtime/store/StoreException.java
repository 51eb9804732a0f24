package io.gantry.runtime.store;

import io.gantry.base.error.DataLossException;

/** The database could not be read or written. */
public final class StoreException extends DataLossException {

    private static final long serialVersionUID = 1L;

    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
