package io.gantry.runtime.cni;

import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.pod.PortMapping;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Pods to be connected. */
final class CniPods {

    private CniPods() {}

    static PodSandbox pod(List<PortMapping> ports, Map<String, String> annotations) {
        PodSandboxConfig plain =
                PodSandboxConfig.of(new PodSandboxMetadata("web", "uid-1", "default", 0));
        PodSandboxConfig config =
                new PodSandboxConfig(
                        plain.metadata(),
                        plain.hostname(),
                        plain.logDirectory(),
                        plain.dns(),
                        ports,
                        plain.labels(),
                        annotations,
                        plain.cgroupParent(),
                        plain.security(),
                        plain.sysctls(),
                        plain.overhead(),
                        plain.resources());
        return new PodSandbox(
                PodSandboxId.random(),
                PodOwner.CRI,
                "",
                config,
                "web",
                "/gantry/x",
                Instant.EPOCH,
                PodSandboxStatus.creating());
    }
}
