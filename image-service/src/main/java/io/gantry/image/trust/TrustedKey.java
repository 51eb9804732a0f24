package io.gantry.image.trust;

import java.security.PublicKey;

/**
 * A key whose signatures count.
 *
 * @param name of its file, for messages
 */
record TrustedKey(String name, PublicKey key) {}
