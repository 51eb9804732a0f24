package io.gantry.image.trust;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Hash functions by the names that logs have for them. */
final class Hashes {

    private Hashes() {}

    static MessageDigest sha256() {
        return get("SHA-256");
    }

    /**
     * Whether a hash, in hex, is that of {@code bytes}.
     *
     * @throws RefusalException when the algorithm is not known
     */
    static boolean matches(String algorithm, String hex, byte[] bytes) throws RefusalException {
        MessageDigest hash =
                switch (algorithm) {
                    case "sha256" -> get("SHA-256");
                    case "sha384" -> get("SHA-384");
                    case "sha512" -> get("SHA-512");
                    default ->
                            throw new RefusalException(
                                    "hash algorithm " + Reasons.shown(algorithm) + " is unknown");
                };
        return HexFormat.of().formatHex(hash.digest(bytes)).equals(hex);
    }

    private static MessageDigest get(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK lacks " + name, e);
        }
    }
}
