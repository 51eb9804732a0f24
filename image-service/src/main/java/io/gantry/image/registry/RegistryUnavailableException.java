package io.gantry.image.registry;

import io.gantry.base.error.UnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * A registry cannot be reached or does not do its work. The CRI edge gives it the kubelet's
 * sentinel {@code RegistryUnavailable}.
 */
public final class RegistryUnavailableException extends UnavailableException {

    private static final long serialVersionUID = 1L;

    public RegistryUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
