package io.gantry.image.metadata;

import io.gantry.base.error.InternalException;
import org.jspecify.annotations.Nullable;

/** The image database cannot be read or written. */
public final class MetadataException extends InternalException {

    private static final long serialVersionUID = 1L;

    MetadataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
