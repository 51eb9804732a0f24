package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.IpAddress;
import io.gantry.runtime.pod.DnsConfig;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PortMapping;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a pod asks of plugins that declare the capability for it: port mappings, bandwidth, DNS, its
 * control group and addresses (the conventions of https://www.cni.dev/docs/conventions/).
 */
final class PodCapabilities {

    private static final String INGRESS = "kubernetes.io/ingress-bandwidth";
    private static final String EGRESS = "kubernetes.io/egress-bandwidth";

    /** Addresses that a pod wants for its first interface, with commas between them. */
    static final String ADDRESSES = "io.gantry.ips";

    private static final String IPS = "ips";

    private final ObjectNode wanted;

    private PodCapabilities(ObjectNode wanted) {
        this.wanted = wanted;
    }

    /**
     * What the pod's configuration says, for its first network.
     *
     * @throws CniException when a bandwidth is not a quantity, or an address is none
     */
    static PodCapabilities of(PodSandboxConfig pod, ObjectMapper json) throws CniException {
        PodCapabilities all = ofFurther(pod, json);
        addresses(pod.annotations(), all.wanted);
        return all;
    }

    /** The same for another: addresses are of one network. */
    static PodCapabilities ofFurther(PodSandboxConfig pod, ObjectMapper json) throws CniException {
        ObjectNode wanted = json.createObjectNode();
        ports(pod.portMappings(), wanted);
        bandwidth(pod.annotations(), wanted);
        DnsConfig dns = pod.dns();
        if (dns != null) {
            ObjectNode node = wanted.putObject("dns");
            dns.servers().forEach(node.putArray("servers")::add);
            dns.searches().forEach(node.putArray("searches")::add);
            dns.options().forEach(node.putArray("options")::add);
        }
        ObjectNode annotations = wanted.putObject("io.kubernetes.cri.pod-annotations");
        pod.annotations().forEach(annotations::put);
        if (!pod.cgroupParent().isEmpty()) {
            wanted.put("cgroupPath", pod.cgroupParent());
        }
        return new PodCapabilities(wanted);
    }

    /**
     * Checks that somebody sees to the addresses that the pod wants; the rest is for whoever cares.
     *
     * @throws CniException when nobody does
     */
    void require(CniNetwork network) throws CniException {
        if (wanted.has(IPS)
                && network.plugins().stream()
                        .noneMatch(
                                plugin -> plugin.path("capabilities").path(IPS).asBoolean(false))) {
            throw new CniException(
                    "annotation "
                            + ADDRESSES
                            + ": no plugin of network "
                            + network.name()
                            + " has the capability "
                            + IPS);
        }
    }

    /** Puts what {@code plugin} declares into its runtimeConfig. */
    void addTo(ObjectNode plugin) {
        JsonNode declared = plugin.path("capabilities");
        ObjectNode runtimeConfig = plugin.objectNode();
        wanted.properties()
                .forEach(
                        entry -> {
                            if (declared.path(entry.getKey()).asBoolean(false)) {
                                runtimeConfig.set(entry.getKey(), entry.getValue());
                            }
                        });
        plugin.remove("capabilities");
        if (!runtimeConfig.isEmpty()) {
            plugin.set("runtimeConfig", runtimeConfig);
        }
    }

    private static void ports(List<PortMapping> mappings, ObjectNode wanted) {
        ArrayNode ports = wanted.arrayNode();
        for (PortMapping mapping : mappings) {
            if (mapping.hostPort() > 0) {
                ports.addObject()
                        .put("hostPort", mapping.hostPort())
                        .put("containerPort", mapping.containerPort())
                        .put("protocol", mapping.protocol().name().toLowerCase(Locale.ROOT))
                        .put("hostIP", mapping.hostIp());
            }
        }
        if (!ports.isEmpty()) {
            wanted.set("portMappings", ports);
        }
    }

    private static void addresses(Map<String, String> annotations, ObjectNode wanted)
            throws CniException {
        String list = annotations.get(ADDRESSES);
        if (list == null) {
            return;
        }
        ArrayNode ips = wanted.putArray(IPS);
        for (String address : list.split(",", -1)) {
            try {
                ips.add(IpAddress.parse(address.strip()).getHostAddress());
            } catch (IllegalArgumentException e) {
                throw new CniException(
                        "annotation " + ADDRESSES + ": \"" + address + "\" is no IP address", e);
            }
        }
    }

    private static void bandwidth(Map<String, String> annotations, ObjectNode wanted)
            throws CniException {
        String ingress = annotations.get(INGRESS);
        String egress = annotations.get(EGRESS);
        if (ingress == null && egress == null) {
            return;
        }
        ObjectNode bandwidth = wanted.putObject("bandwidth");
        if (ingress != null) {
            rate(bandwidth, "ingress", INGRESS, ingress);
        }
        if (egress != null) {
            rate(bandwidth, "egress", EGRESS, egress);
        }
    }

    private static void rate(ObjectNode bandwidth, String direction, String key, String text)
            throws CniException {
        bandwidth.put(direction + "Rate", Quantity.parse(key, text));
        // The burst that the peers use: as much as a token bucket can be told of.
        bandwidth.put(direction + "Burst", (long) Integer.MAX_VALUE);
    }
}
