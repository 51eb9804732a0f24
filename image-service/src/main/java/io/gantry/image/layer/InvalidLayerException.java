package io.gantry.image.layer;

import io.gantry.base.error.DataLossException;
import org.jspecify.annotations.Nullable;

/**
 * A layer was refused: it is damaged, or asks for something outside of what a layer may do. The
 * message names the entry, where there is one, and the reason.
 */
public final class InvalidLayerException extends DataLossException {

    private static final long serialVersionUID = 1L;

    InvalidLayerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
