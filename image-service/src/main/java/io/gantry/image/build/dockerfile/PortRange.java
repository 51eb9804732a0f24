package io.gantry.image.build.dockerfile;

import io.gantry.image.build.source.DockerfileException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Ports of EXPOSE: {@code [[ip:]host-port:]port[-port][/protocol]}.
 *
 * @param first from 0
 * @param last up to 65535
 * @param protocol tcp, udp or sctp, as it is written; tcp when it is not
 * @param published whether an address or a port of the host is given, which has no effect
 */
public record PortRange(int first, int last, String protocol, boolean published) {

    private static final int MAX_PORT = 65_535;

    /** As the image's configuration has them, {@code 80/tcp}, in order. */
    public List<String> ports() {
        String suffix = "/" + protocol.toLowerCase(Locale.ROOT);
        return IntStream.rangeClosed(first, last).mapToObj(it -> it + suffix).toList();
    }

    /**
     * Reads a word of EXPOSE whose variables are expanded.
     *
     * @throws DockerfileException naming the part that is wrong
     */
    public static PortRange parse(String text) {
        int colon = text.lastIndexOf(':');
        String container = text.substring(colon + 1);
        int slash = container.indexOf('/');
        String ports = slash < 0 ? container : container.substring(0, slash);
        String protocol = slash < 0 ? "" : container.substring(slash + 1);
        if (ports.isEmpty()) {
            throw invalid(text, "no port specified");
        }
        int[] range = range(ports).orElseThrow(() -> invalid(text, "invalid port " + ports));
        if (colon >= 0) {
            checkPublished(text, text.substring(0, colon), range);
        }
        return new PortRange(range[0], range[1], protocol(text, protocol), colon >= 0);
    }

    private static String protocol(String text, String protocol) {
        return switch (protocol.toLowerCase(Locale.ROOT)) {
            case "" -> "tcp";
            case "tcp", "udp", "sctp" -> protocol;
            default -> throw invalid(text, "invalid protocol " + protocol);
        };
    }

    private static void checkPublished(String text, String published, int[] container) {
        int colon = published.lastIndexOf(':');
        String port = published.substring(colon + 1);
        if (colon > 0) {
            checkAddress(text, published.substring(0, colon));
        }
        if (port.isEmpty()) {
            return;
        }
        int[] host = range(port).orElseThrow(() -> invalid(text, "invalid host port " + port));
        boolean sameSize = host[1] - host[0] == container[1] - container[0];
        if (!sameSize && container[0] != container[1]) {
            throw invalid(text, "ranges of host and container differ in size");
        }
    }

    private static void checkAddress(String text, String address) {
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        String bare = bracketed ? address.substring(1, address.length() - 1) : address;
        if (!IpLiteral.isValid(bare)) {
            throw invalid(text, "invalid IP address " + address);
        }
    }

    private static Optional<int[]> range(String text) {
        int dash = text.indexOf('-');
        int first = number(dash < 0 ? text : text.substring(0, dash));
        int last = dash < 0 ? first : number(text.substring(dash + 1));
        return first < 0 || last < first ? Optional.empty() : Optional.of(new int[] {first, last});
    }

    private static int number(String text) {
        if (text.isEmpty() || text.length() > 9) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + c - '0';
        }
        return value > MAX_PORT ? -1 : value;
    }

    private static DockerfileException invalid(String text, String reason) {
        return new DockerfileException("invalid port \"" + text + "\": " + reason);
    }
}
