package io.gantry.runtime.cni;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where the networks of pods come from.
 *
 * @param configurations directory of network configurations; may come to exist later
 * @param binaries directories of plugins, searched in order
 * @param attachments directory of its own for what must be undone
 * @param defaultNetwork what pods have while there is no configuration
 */
public record CniSettings(
        Path configurations,
        List<Path> binaries,
        Path attachments,
        Optional<DefaultNetwork> defaultNetwork) {

    public CniSettings {
        binaries = List.copyOf(binaries);
    }
}
