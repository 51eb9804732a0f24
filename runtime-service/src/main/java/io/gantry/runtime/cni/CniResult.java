package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads results of every version of the specification. */
final class CniResult {

    private CniResult() {}

    /**
     * The addresses of a pod's interface, without prefix lengths, IPv4 and IPv6 in the plugin's
     * order. An address that says of no interface to be on is on the one that was asked for.
     */
    static List<String> addresses(JsonNode result, Attachment attachment) {
        List<String> ips = new ArrayList<>();
        for (JsonNode ip : result.path("ips")) {
            JsonNode index = ip.path("interface");
            if (!index.isIntegralNumber()
                    || result.path("interfaces")
                            .path(index.asInt())
                            .path("name")
                            .asText()
                            .equals(attachment.interfaceName())) {
                add(ips, ip.path("address"));
            }
        }
        // Before 0.3.0 there was one address of each family.
        add(ips, result.path("ip4").path("ip"));
        add(ips, result.path("ip6").path("ip"));
        return ips;
    }

    private static void add(List<String> ips, JsonNode address) {
        String text = address.asText("");
        if (!text.isEmpty()) {
            int slash = text.indexOf('/');
            ips.add(slash < 0 ? text : text.substring(0, slash));
        }
    }
}
