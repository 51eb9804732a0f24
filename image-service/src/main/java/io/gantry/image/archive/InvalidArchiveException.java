package io.gantry.image.archive;

import io.gantry.base.error.DataLossException;
import org.jspecify.annotations.Nullable;

/**
 * An archive was refused: it is damaged, or asks for something outside of itself. The message names
 * the entry, where there is one, and the reason.
 */
public final class InvalidArchiveException extends DataLossException {

    private static final long serialVersionUID = 1L;

    public InvalidArchiveException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    InvalidArchiveException(String message) {
        this(message, null);
    }

    static InvalidArchiveException ofEntry(String name, String reason) {
        return new InvalidArchiveException("archive entry " + name + ": " + reason);
    }
}
