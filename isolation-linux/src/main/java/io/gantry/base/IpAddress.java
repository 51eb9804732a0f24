package io.gantry.base;

import java.net.InetAddress;

/** Addresses of the Internet Protocol as people write them. */
public final class IpAddress {

    private IpAddress() {}

    /**
     * Reads one, and looks nothing up. Of IPv4 it takes four numbers: 10.1, which the BSDs take for
     * 10.0.0.1, is more often a mistake.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static InetAddress parse(String text) {
        if (text.indexOf(':') < 0 && text.chars().filter(c -> c == '.').count() != 3) {
            throw new IllegalArgumentException("\"" + text + "\" is no IP address");
        }
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("\"" + text + "\" is no IP address", e);
        }
    }
}
