package io.gantry.runtime.service;

import io.gantry.base.error.UnknownException;

/** A process could not be started; the message names the step and the reason. */
public final class StartFailedException extends UnknownException {

    private static final long serialVersionUID = 1L;

    public StartFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
