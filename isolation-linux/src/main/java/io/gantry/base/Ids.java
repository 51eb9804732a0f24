package io.gantry.base;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Identifiers as the CRI's peers make them: 256 random bits as 64 lower-case hex digits. */
public final class Ids {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 32;

    private Ids() {}

    /** A new identifier. */
    public static String random() {
        byte[] bytes = new byte[BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Whether {@code text} has the form of a whole identifier. */
    public static boolean isId(String text) {
        return text.length() == 2 * BYTES
                && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }
}
