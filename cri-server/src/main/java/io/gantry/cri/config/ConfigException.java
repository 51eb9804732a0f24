package io.gantry.cri.config;

import io.gantry.base.error.InvalidArgumentException;

/** The daemon was told something that it cannot use; the message names the key or the file. */
public final class ConfigException extends InvalidArgumentException {

    private static final long serialVersionUID = 1L;

    ConfigException(String message) {
        super(message);
    }

    ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
