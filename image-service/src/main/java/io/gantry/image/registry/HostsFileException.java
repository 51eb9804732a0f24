package io.gantry.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gantry.base.error.FailedPreconditionException;
import java.nio.file.Path;

/** A {@code hosts.toml} that cannot be used; the message names file and key, or file and line. */
public final class HostsFileException extends FailedPreconditionException {

    private static final long serialVersionUID = 1L;

    HostsFileException(Path file, String key, String why) {
        super(file + ": " + key + " " + why);
    }

    HostsFileException(Path file, JsonProcessingException cause) {
        super(
                file
                        + ":"
                        + (cause.getLocation() == null ? "" : cause.getLocation().getLineNr())
                        + ": "
                        + cause.getOriginalMessage(),
                cause);
    }
}
