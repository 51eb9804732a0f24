package io.gantry.image.registry;

import io.gantry.base.error.PermissionDeniedException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;

/**
 * Where a host may send us: not to this machine, nor to what only this machine can reach, such as a
 * cloud's metadata service at 169.254.169.254. Private networks are allowed, since registries and
 * their stores live there. A host that is itself on this machine may name any other.
 *
 * <p>A name may lead elsewhere by the time of the connection, which looks it up for itself. The JDK
 * remembers an answer for half a minute, so mostly it is the one that was checked; who calls checks
 * again once there is an answer, when the one remembered is that of the connection, and uses
 * nothing of what a refused host said.
 */
final class Reach {

    private Reach() {}

    /**
     * Checks a URL that a host gave us.
     *
     * @param from the host
     * @param what it is, in messages: {@code redirects}
     * @throws PermissionDeniedException when it may not
     */
    static void check(URI from, URI to, String what) {
        if (Transport.sameOrigin(from, to) || isInner(from.getHost()) || !isInner(to.getHost())) {
            return;
        }
        throw new PermissionDeniedException(
                from.getRawAuthority()
                        + " "
                        + what
                        + " to "
                        + to.getRawAuthority()
                        + ", an address of this machine or its link, which is refused");
    }

    private static boolean isInner(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (Loopback.isLoopback(name) || name.endsWith(".localhost")) {
            return true;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (address.isLoopbackAddress()
                        || address.isLinkLocalAddress()
                        || address.isAnyLocalAddress()
                        || address.isMulticastAddress()) {
                    return true;
                }
            }
            return false;
        } catch (UnknownHostException e) {
            // Then the connection fails, and says so.
            return false;
        }
    }
}
