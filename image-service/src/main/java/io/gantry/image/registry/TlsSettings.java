package io.gantry.image.registry;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a host's identity is checked, and ours shown.
 *
 * @param skipVerify whether any certificate will do
 * @param authorities PEM files of certificates that are trusted besides the system's
 * @param clients certificates that we show
 */
record TlsSettings(boolean skipVerify, List<Path> authorities, List<ClientCertificate> clients) {

    static final TlsSettings SYSTEM = new TlsSettings(false, List.of(), List.of());

    static final TlsSettings UNVERIFIED = new TlsSettings(true, List.of(), List.of());

    TlsSettings {
        authorities = List.copyOf(authorities);
        clients = List.copyOf(clients);
    }

    /**
     * A certificate and its key.
     *
     * @param key null: in the same file
     */
    record ClientCertificate(Path certificate, @Nullable Path key) {
        Path keyFile() {
            return key == null ? certificate : key;
        }
    }
}
