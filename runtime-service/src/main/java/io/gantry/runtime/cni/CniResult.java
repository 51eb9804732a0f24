package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.JsonNode;
import io.gantry.runtime.pod.PodNetworkStatus;
import java.util.ArrayList;
import java.util.List;

/** Reads results of every version of the specification. */
final class CniResult {

    private CniResult() {}

    /** The pod's addresses, without prefix lengths, IPv4 and IPv6 in the plugin's order. */
    static PodNetworkStatus addresses(JsonNode result) {
        List<String> ips = new ArrayList<>();
        for (JsonNode ip : result.path("ips")) {
            add(ips, ip.path("address"));
        }
        // Before 0.3.0 there was one address of each family.
        add(ips, result.path("ip4").path("ip"));
        add(ips, result.path("ip6").path("ip"));
        return new PodNetworkStatus(ips);
    }

    private static void add(List<String> ips, JsonNode address) {
        String text = address.asText("");
        if (!text.isEmpty()) {
            int slash = text.indexOf('/');
            ips.add(slash < 0 ? text : text.substring(0, slash));
        }
    }
}
