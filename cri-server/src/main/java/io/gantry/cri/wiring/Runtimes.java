package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.runtime.cdi.CdiDirectories;
import io.gantry.runtime.cni.CniPodNetwork;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlers;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.service.RuntimePorts;
import io.gantry.runtime.service.RuntimeService;
import io.gantry.runtime.service.RuntimeSettings;
import java.nio.file.Path;
import java.util.List;

/** The runtime of pods and containers, joined to images and network. */
final class Runtimes {

    private Runtimes() {}

    static PodNetwork network(CriServerConfig config, Clock clock) {
        return new EnginePodNetwork(
                new CniPodNetwork(
                        config.cni().confDir(),
                        config.cni().binDirs(),
                        config.root().resolve("cni"),
                        clock));
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

    static RuntimeService open(
            CriServerConfig config,
            Path shim,
            Stores stores,
            PodNetwork network,
            OciHandlers handlers,
            Clock clock) {
        LocalImages images = stores.localImages();
        return RuntimeService.open(
                new RuntimeSettings(
                        config.root(),
                        config.state(),
                        shim,
                        ParentCgroup.path(config.root()).value(),
                        new CdiDirectories(config.runtime().cdiSpecDirs())),
                new RuntimePorts(images, images, stores.rootfs(), network, handlers),
                clock);
    }
}
