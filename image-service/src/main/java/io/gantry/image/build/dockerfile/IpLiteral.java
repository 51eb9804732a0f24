package io.gantry.image.build.dockerfile;

import io.gantry.base.IpAddress;

/** Addresses as numbers; names are none, and nothing is looked up. */
final class IpLiteral {

    private static final int MAX_LENGTH = 64;

    private IpLiteral() {}

    static boolean isValid(String text) {
        if (text.length() > MAX_LENGTH) {
            return false;
        }
        try {
            return IpAddress.parse(text) != null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
