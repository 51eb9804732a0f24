package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.runtime.cni.CniPodNetwork;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.service.RuntimePorts;
import io.gantry.runtime.service.RuntimeService;
import io.gantry.runtime.service.RuntimeSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The runtime of pods and containers, joined to images and network. */
final class Runtimes {

    private static final String CGROUP_PARENT = "/gantry";
    private static final int SUFFIX_BYTES = 4;

    private Runtimes() {}

    static PodNetwork network(CriServerConfig config) {
        return new EnginePodNetwork(
                new CniPodNetwork(
                        config.cni().confDir(),
                        config.cni().binDirs(),
                        config.root().resolve("cni")));
    }

    static RuntimeService open(
            CriServerConfig config, Path shim, Stores stores, PodNetwork network, Clock clock) {
        LocalImages images = stores.localImages();
        return RuntimeService.open(
                new RuntimeSettings(
                        config.root(), config.state(), shim, cgroupParent(config.root())),
                new RuntimePorts(images, images, stores.rootfs(), network),
                clock);
    }

    /**
     * Where cgroups go that no client places. A daemon clears its own at start, so daemons on
     * different directories must not share them.
     */
    static String cgroupParent(Path root) {
        if (root.equals(CriServerConfig.defaults().root())) {
            return CGROUP_PARENT;
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(root.toString().getBytes(StandardCharsets.UTF_8));
            return CGROUP_PARENT + "-" + HexFormat.of().formatHex(hash, 0, SUFFIX_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
