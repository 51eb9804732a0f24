package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.IpSubnet;
import io.gantry.linux.procfs.Route;
import java.nio.file.Path;
import java.util.List;

/**
 * The network of a node that nobody has configured one for: a bridge, addresses from files, a
 * masquerade, mapped ports, and a way through the host's firewall. It is a configuration as any
 * other, but in memory: what is in the directory of configurations other runtimes use, too.
 * Loopback interfaces are none of its business; every pod has one that is up before.
 *
 * @param name of the network and of the bridge, 15 bytes at most; no other daemon's
 * @param subnets of pods, one a family at most; a pod gets an address of each
 * @param leases directory of its own for addresses that are taken
 */
public record DefaultNetwork(String name, List<IpSubnet> subnets, Path leases) {

    /** The newest that the plugins of Debian 12 speak. */
    private static final String VERSION = "1.0.0";

    /**
     * The longest prefix of a route that stands for all other addresses: 0.0.0.0/1 with 128.0.0.0/1
     * and 2000::/3 are what programs write to get before a default route.
     */
    private static final int REST_PREFIX = 3;

    public DefaultNetwork {
        subnets = List.copyOf(subnets);
    }

    /** Its configuration. */
    CniNetwork network(ObjectMapper json) {
        ObjectNode bridge = json.createObjectNode();
        bridge.put("type", "bridge");
        bridge.put("bridge", name);
        bridge.put("isGateway", true);
        bridge.put("ipMasq", true);
        bridge.put("hairpinMode", true);
        bridge.putObject("capabilities").put("ips", true);
        ObjectNode ipam = bridge.putObject("ipam");
        ipam.put("type", "host-local");
        ipam.put("dataDir", leases.toString());
        ArrayNode ranges = ipam.putArray("ranges");
        ArrayNode routes = ipam.putArray("routes");
        for (IpSubnet subnet : subnets) {
            ranges.addArray().addObject().put("subnet", subnet.toString());
            routes.addObject().put("dst", subnet.isIpv4() ? "0.0.0.0/0" : "::/0");
        }
        ObjectNode portmap = json.createObjectNode();
        portmap.put("type", "portmap");
        portmap.put("snat", true);
        portmap.putObject("capabilities").put("portMappings", true);
        ObjectNode firewall = json.createObjectNode().put("type", "firewall");
        return new CniNetwork(name, VERSION, false, false, List.of(bridge, portmap, firewall));
    }

    /** Addresses of it that pods have. */
    LeaseDirectory leased() {
        return new LeaseDirectory(leases.resolve(name));
    }

    /**
     * Checks that no address of it leads elsewhere. Where its own bridge has the subnet already,
     * that is settled.
     *
     * @throws CniException naming the route that is in the way
     */
    void check(List<Route> routes) throws CniException {
        for (IpSubnet subnet : subnets) {
            if (routes.contains(new Route(subnet, name))) {
                continue;
            }
            for (Route route : routes) {
                if (route.destination().prefix() > REST_PREFIX
                        && !route.device().equals(name)
                        && route.destination().overlaps(subnet)) {
                    throw new CniException(
                            "subnet "
                                    + subnet
                                    + " of the default network overlaps the route to "
                                    + route.destination()
                                    + " by "
                                    + route.device()
                                    + ": set cni.default_subnets to one that is free");
                }
            }
        }
    }
}
