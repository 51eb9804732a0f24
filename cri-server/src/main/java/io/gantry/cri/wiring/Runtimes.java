package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.CniConfig;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.metrics.WorkTimes;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.runtime.cdi.CdiDirectories;
import io.gantry.runtime.cni.AddressOrder;
import io.gantry.runtime.cni.CniPodNetwork;
import io.gantry.runtime.cni.CniSettings;
import io.gantry.runtime.cni.DefaultNetwork;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlers;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.service.RuntimePorts;
import io.gantry.runtime.service.RuntimeService;
import io.gantry.runtime.service.RuntimeSettings;
import io.gantry.runtime.service.StartPhases;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The runtime of pods and containers, joined to images and network. */
final class Runtimes {

    private Runtimes() {}

    /**
     * The node's network as configured.
     *
     * @param root directory of the daemon that keeps what is connected
     */
    static PodNetwork network(CniConfig cni, Path root, Clock clock) {
        Path kept = root.resolve("cni");
        return new CniPodNetwork(
                new CniSettings(
                        cni.confDir(),
                        cni.binDirs(),
                        kept,
                        cni.maxConfNum(),
                        order(cni.ipPref()),
                        Optional.ofNullable(cni.confTemplate()),
                        cni.defaultNetwork()
                                ? Optional.of(defaultNetwork(cni, root))
                                : Optional.empty()),
                clock);
    }

    private static AddressOrder order(CniConfig.IpPref preference) {
        return switch (preference) {
            case IPV4 -> AddressOrder.IPV4;
            case IPV6 -> AddressOrder.IPV6;
            case CNI -> AddressOrder.CNI;
        };
    }

    /** Its bridge is named as the daemon's control group: no other daemon's is. */
    private static DefaultNetwork defaultNetwork(CniConfig cni, Path root) {
        return new DefaultNetwork(
                ParentCgroup.name(root), cni.defaultSubnets(), root.resolve("cni/networks"));
    }

    static List<OciHandler> handlers(CriServerConfig config) {
        return config.handlers().stream()
                .map(
                        handler ->
                                new OciHandler(
                                        handler.name(),
                                        handler.path().toString(),
                                        handler.root().toString()))
                .toList();
    }

    /** How control groups are called, who measures starts, and by what. */
    record Surroundings(CgroupNames cgroups, WorkTimes times, Clock clock) {

        /** Words in labels are small: sandbox and network, of SANDBOX_NETWORK. */
        StartPhases phases() {
            return (phase, nanos) -> {
                String[] words = phase.name().toLowerCase(Locale.ROOT).split("_", 2);
                times.started(words[0], words[1], nanos);
            };
        }
    }

    static RuntimeService open(
            CriServerConfig config,
            Path shim,
            Stores stores,
            PodNetwork network,
            OciHandlers handlers,
            Surroundings surroundings) {
        LocalImages images = stores.localImages();
        return RuntimeService.open(
                new RuntimeSettings(
                        config.root(),
                        config.state(),
                        shim,
                        surroundings.cgroups(),
                        new CdiDirectories(config.runtime().cdiSpecDirs()),
                        config.runtime().enableSelinux()),
                new RuntimePorts(
                        images, images, stores.rootfs(), network, handlers, surroundings.phases()),
                surroundings.clock());
    }
}
