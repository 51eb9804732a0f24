package io.gantry.linux.procfs;

import io.gantry.base.IpSubnet;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Where packets for a range of addresses go (proc_pid_net(5), route and ipv6_route).
 *
 * @param device as eth0
 */
public record Route(IpSubnet destination, String device) {

    /** Reads the lines of /proc/PID/net/route, the first of which is a heading. */
    static List<Route> parseIpv4(List<String> lines) {
        List<Route> routes = new ArrayList<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] words = line.strip().split("\\s+", -1);
            byte[] mask = inMemory(words[7]);
            int prefix = Integer.bitCount(ByteBuffer.wrap(mask).getInt());
            routes.add(new Route(subnet(inMemory(words[1]), prefix), words[0]));
        }
        return routes;
    }

    /** Reads the lines of /proc/PID/net/ipv6_route. */
    static List<Route> parseIpv6(List<String> lines) {
        List<Route> routes = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.strip().split("\\s+", -1);
            byte[] destination = HexFormat.of().parseHex(words[0]);
            routes.add(
                    new Route(
                            subnet(destination, Integer.parseInt(words[1], 16)),
                            words[words.length - 1]));
        }
        return routes;
    }

    /** The kernel prints an IPv4 address as the number that its bytes are on this machine. */
    private static byte[] inMemory(String hexadecimal) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(Integer.parseUnsignedInt(hexadecimal, 16))
                .array();
    }

    private static IpSubnet subnet(byte[] address, int prefix) {
        try {
            // Routes for addresses that stand for IPv4 ones are IPv6's all the same.
            return IpSubnet.around(
                    address.length == Integer.BYTES
                            ? InetAddress.getByAddress(address)
                            : Inet6Address.getByAddress(null, address, -1),
                    prefix);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("no address of the kernel's length", e);
        }
    }
}
