package io.gantry.image.layer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What a layer says is malformed or not allowed; the message is the reason without the entry. */
final class LayerFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    LayerFormatException(String reason) {
        super(reason);
    }

    LayerFormatException(String reason, @Nullable Throwable cause) {
        super(reason, cause);
    }
}
