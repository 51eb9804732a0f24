package io.gantry.image.trust;

import io.gantry.image.content.Digest;
import java.security.PublicKey;

/**
 * The key of a log.
 *
 * @param id of the log: the hash of its key, in hex (RFC 6962, section 3.2; Rekor does alike)
 */
record LogKey(PublicKey key, String id) {

    static LogKey of(PublicKey key) {
        return new LogKey(key, Digest.sha256(key.getEncoded()).hex());
    }
}
