package io.gantry.base;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A range of IP addresses, as 10.1.0.0/16 or fd00::/64.
 *
 * @param address the first of it; the bits after the prefix are zero
 * @param prefix how many bits all addresses have in common, 0 to 32 or 128
 */
public record IpSubnet(InetAddress address, int prefix) {

    public IpSubnet {
        int bits = address.getAddress().length * Byte.SIZE;
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException(
                    "/" + prefix + " is no length of a prefix of " + bits + " bits");
        }
        InetAddress first = first(address, prefix);
        if (!first.equals(address)) {
            throw new IllegalArgumentException(
                    address.getHostAddress()
                            + " is in the midst of a subnet, which begins at "
                            + first.getHostAddress());
        }
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    public static IpSubnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no subnet: it is written as 10.1.0.0/16 or fd00::/64");
        }
        InetAddress address;
        try {
            address = IpAddress.parse(text.substring(0, slash));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no subnet: it does not begin with an IP address", e);
        }
        try {
            return new IpSubnet(address, Integer.parseInt(text.substring(slash + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is no subnet: " + e.getMessage(), e);
        }
    }

    /** The one that an address is in. */
    public static IpSubnet around(InetAddress address, int prefix) {
        return new IpSubnet(first(address, prefix), prefix);
    }

    public boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    /** Whether some address is in both. */
    public boolean overlaps(IpSubnet other) {
        return isIpv4() == other.isIpv4()
                && first(address, Math.min(prefix, other.prefix))
                        .equals(first(other.address, Math.min(prefix, other.prefix)));
    }

    private static InetAddress first(InetAddress address, int prefix) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(prefix - (long) i * Byte.SIZE, 0, Byte.SIZE);
            bytes[i] &= (byte) (0xff << (Byte.SIZE - kept));
        }
        try {
            // Not by length alone, which makes IPv4 of what only looks like it.
            return address instanceof Inet6Address
                    ? Inet6Address.getByAddress(null, bytes, -1)
                    : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address keeps its length", e);
        }
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefix;
    }
}
