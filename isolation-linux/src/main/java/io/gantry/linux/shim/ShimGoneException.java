package io.gantry.linux.shim;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The shim has ended, or is out of reach for good; what was asked of it may have been done. */
public final class ShimGoneException extends IOException {

    private static final long serialVersionUID = 1L;

    public ShimGoneException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
