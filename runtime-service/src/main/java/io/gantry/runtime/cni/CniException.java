package io.gantry.runtime.cni;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A network configuration that cannot be used, or a plugin that refused; the message names it. */
public final class CniException extends IOException {

    private static final long serialVersionUID = 1L;

    CniException(String message) {
        super(message);
    }

    CniException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
