package io.gantry.cli;

import io.gantry.proto.engine.PortMapping;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code -p [IP:]HOST:CONTAINER[/PROTOCOL]}. */
final class PortOption {

    private static final Pattern FORM =
            Pattern.compile(
                    "(?:(?<ip>\\[[0-9a-fA-F:]+]|[0-9.]+):)?(?<host>\\d{1,5}):(?<container>\\d{1,5})"
                            + "(?:/(?<protocol>[a-z]+))?");
    private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

    private PortOption() {}

    static PortMapping parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new UsageException(
                    "-p: '" + text + "' is not [IP:]HOST_PORT:CONTAINER_PORT[/tcp|udp|sctp]");
        }
        String protocol = matcher.group("protocol") == null ? "tcp" : matcher.group("protocol");
        if (!PROTOCOLS.contains(protocol)) {
            throw new UsageException("-p: protocol '" + protocol + "' is not tcp, udp or sctp");
        }
        String ip = matcher.group("ip") == null ? "" : matcher.group("ip");
        return PortMapping.newBuilder()
                .setHostIp(ip.startsWith("[") ? ip.substring(1, ip.length() - 1) : ip)
                .setHostPort(port(text, matcher.group("host")))
                .setContainerPort(port(text, matcher.group("container")))
                .setProtocol(protocol)
                .build();
    }

    private static int port(String text, String digits) {
        int port = Integer.parseInt(digits);
        if (port < 1 || port > 65_535) {
            throw new UsageException("-p: '" + text + "': ports are 1 to 65535");
        }
        return port;
    }
}
