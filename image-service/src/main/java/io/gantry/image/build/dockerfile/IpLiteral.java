package io.gantry.image.build.dockerfile;

import java.net.Inet4Address;
import java.net.Inet6Address;

/** Addresses as numbers; names are none, and nothing is looked up. */
final class IpLiteral {

    private static final int MAX_LENGTH = 64;

    private IpLiteral() {}

    static boolean isValid(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        try {
            if (text.indexOf(':') >= 0) {
                return Inet6Address.ofLiteral(text) != null;
            }
            return text.chars().filter(c -> c == '.').count() == 3
                    && Inet4Address.ofLiteral(text) != null;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }
}
