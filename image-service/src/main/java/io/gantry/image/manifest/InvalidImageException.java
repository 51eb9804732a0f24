package io.gantry.image.manifest;

import io.gantry.base.error.FailedPreconditionException;
import org.jspecify.annotations.Nullable;

/** A manifest, index or image configuration that breaks its specification or is not an image. */
public final class InvalidImageException extends FailedPreconditionException {

    private static final long serialVersionUID = 1L;

    public InvalidImageException(String message) {
        this(message, null);
    }

    public InvalidImageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
