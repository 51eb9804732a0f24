package io.gantry.runtime.cdi;

import java.io.IOException;

/** A file that describes no devices; the message names it, the field and the reason. */
public final class MalformedCdiSpecException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedCdiSpecException(String message) {
        super(message);
    }
}
