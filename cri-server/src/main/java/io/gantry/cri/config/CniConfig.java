package io.gantry.cri.config;

import io.gantry.base.IpSubnet;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Container Network Interface.
 *
 * @param binDirs where plug-ins are looked for, in order
 * @param confDir the first network lists in it, by name, are the pod networks
 * @param maxConfNum how many of them; 0: all
 * @param ipPref which of a pod's addresses is the primary one
 * @param confTemplate what a list is made from when the kubelet tells the addresses of pods; null:
 *     none is
 * @param defaultNetwork whether pods have a network of Gantry's own while none is configured
 * @param defaultSubnets what its addresses are from, one a family at most
 */
public record CniConfig(
        List<Path> binDirs,
        Path confDir,
        int maxConfNum,
        IpPref ipPref,
        @Nullable Path confTemplate,
        boolean defaultNetwork,
        List<IpSubnet> defaultSubnets) {

    /** Of a subnet that has room for a gateway and a pod, and that a scan of addresses ends in. */
    private static final int SHORTEST_IPV4_PREFIX = 8;

    private static final int LONGEST_IPV4_PREFIX = 29;
    private static final int SHORTEST_IPV6_PREFIX = 48;
    private static final int LONGEST_IPV6_PREFIX = 125;

    public CniConfig {
        binDirs = PathRules.allAbsolute("cni.bin_dirs", binDirs);
        PathRules.checkAbsolute("cni.conf_dir", confDir);
        if (confTemplate != null) {
            PathRules.checkAbsolute("cni.conf_template", confTemplate);
        }
        if (binDirs.isEmpty()) {
            throw new ConfigException("cni.bin_dirs is empty: name at least one directory");
        }
        defaultSubnets = List.copyOf(defaultSubnets);
        check(defaultSubnets);
    }

    /** The first of a family, or the first that plug-ins gave. */
    public enum IpPref {
        IPV4,
        IPV6,
        CNI
    }

    static CniConfig defaults() {
        return new CniConfig(
                List.of(Path.of("/opt/cni/bin"), Path.of("/usr/lib/cni")),
                Path.of("/etc/cni/net.d"),
                1,
                IpPref.IPV4,
                null,
                false,
                List.of(IpSubnet.parse("10.91.0.0/16")));
    }

    /** Reads a subnet of {@code cni.default_subnets}. */
    static IpSubnet subnet(String text) {
        try {
            return IpSubnet.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException("cni.default_subnets: " + e.getMessage(), e);
        }
    }

    private static void check(List<IpSubnet> subnets) {
        if (subnets.isEmpty()) {
            throw new ConfigException("cni.default_subnets is empty: name at least one subnet");
        }
        Set<Boolean> families = new HashSet<>();
        for (IpSubnet subnet : subnets) {
            int shortest = subnet.isIpv4() ? SHORTEST_IPV4_PREFIX : SHORTEST_IPV6_PREFIX;
            int longest = subnet.isIpv4() ? LONGEST_IPV4_PREFIX : LONGEST_IPV6_PREFIX;
            if (subnet.prefix() < shortest || subnet.prefix() > longest) {
                throw new ConfigException(
                        "cni.default_subnets has "
                                + subnet
                                + ", whose prefix is not from /"
                                + shortest
                                + " to /"
                                + longest);
            }
            if (subnet.address().isLoopbackAddress()
                    || subnet.address().isMulticastAddress()
                    || subnet.address().isLinkLocalAddress()
                    || subnet.address().isAnyLocalAddress()) {
                throw new ConfigException(
                        "cni.default_subnets has "
                                + subnet
                                + ", which no pod can have an address of");
            }
            if (!families.add(subnet.isIpv4())) {
                throw new ConfigException(
                        "cni.default_subnets has two subnets of one family: a pod has an address"
                                + " of each");
            }
        }
    }
}
