package io.gantry.image.registry;

import java.util.regex.Pattern;

/** Hosts that are this machine by their very name, with no look-up that could be lied to. */
final class Loopback {

    private static final Pattern IPV4 = Pattern.compile("127(?:\\.[0-9]{1,3}){3}");

    private Loopback() {}

    /**
     * Whether {@code host} is localhost, in 127.0.0.0/8 or ::1.
     *
     * @param host without port; IPv6 with or without brackets
     */
    static boolean isLoopback(String host) {
        return host.equalsIgnoreCase("localhost")
                || host.equals("::1")
                || host.equals("[::1]")
                || IPV4.matcher(host).matches();
    }
}
