package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.mount.Mounter;
import io.gantry.linux.security.DefaultPaths;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.container.EnvVar;
import io.gantry.runtime.oci.OciDocument;
import io.gantry.runtime.oci.PodNamespaces;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SecurityProfile;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The specification of a container, handed to an OCI runtime on the host. */
@Tag("privileged")
@Timeout(120)
class OciDocumentPrivilegedIT {

    private static final boolean V2 = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));

    /** Shows the pod's namespaces, then what holds the container in. */
    private static final String SCRIPT =
            """
            exec 2>&1; hostname; echo $$; ls /sys/class/net; id -u; id -G
            grep -e CapEff -e NoNewPrivs -e Seccomp: /proc/self/status
            cat /proc/self/oom_score_adj %s /proc/interrupts
            touch /made; touch /data/made; hostname other; exit 7
            """
                    .formatted(
                            V2
                                    ? "/sys/fs/cgroup/memory.max"
                                    : "/sys/fs/cgroup/memory/memory.limit_in_bytes");

    private static final String SEEN =
            """
            it-host
            1
            lo
            1000
            1001 4000
            CapEff:\t0000000000000000
            NoNewPrivs:\t1
            Seccomp:\t2
            900
            67108864
            touch: /made: Read-only file system
            touch: /data/made: Read-only file system
            hostname: sethostname: Operation not permitted
            """;

    /** With all that a restricted pod has a kubelet ask for. */
    private static ContainerConfig asOfAKubelet(ContainerConfig plain, RuntimeHarness node)
            throws IOException {
        Path volume = Files.createDirectory(node.directory.resolve("volume"));
        Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxrwxrwx"));
        long memory = 64 << 20;
        LinuxResources limits =
                new LinuxResources(
                        50_000, 20_000, 512, memory, 900, "", "", Map.of(), Map.of(), memory);
        ContainerSecurity security =
                new ContainerSecurity(
                        new CapabilityChanges(
                                List.of("NET_BIND_SERVICE"), List.of("ALL"), List.of()),
                        false,
                        ownPids().namespaces(),
                        SelinuxOptions.none(),
                        1000L,
                        1001L,
                        "",
                        true,
                        List.of(4000L),
                        SupplementalGroupsPolicy.STRICT,
                        true,
                        DefaultPaths.masked(),
                        DefaultPaths.readonly(),
                        SecurityProfile.runtimeDefault(),
                        null);
        return new ContainerConfig(
                plain.metadata(),
                plain.image(),
                plain.command(),
                plain.args(),
                "/tmp",
                List.of(new EnvVar("PORT", "80")),
                List.of(ContainerMount.bind(volume.toString(), "/data", true)),
                List.of(),
                Map.of(),
                Map.of(),
                plain.logPath(),
                false,
                false,
                false,
                limits,
                security,
                List.of(),
                null);
    }

    @Test
    void theSpecificationOfAContainerRunsUnchangedUnderRuncRun() throws Exception {
        try (RuntimeHarness node = RuntimeHarness.start()) {
            PodSandbox pod = node.pod(ownPids());
            String id =
                    node.create(pod, asOfAKubelet(RuntimeHarness.config("sh", "-c", SCRIPT), node));
            Container container = node.runtime().containers().get(id);
            Bundle bundle = new Bundles(node.layout()).read(new ContainerId(id));
            PodNamespaces namespaces =
                    PodNamespaces.of(pod, container, node.layout().sandbox(pod.id()), List.of());
            Path directory = Files.createDirectory(node.directory.resolve("bundle"));
            Files.write(
                    directory.resolve("config.json"),
                    OciDocument.config(namespaces.join(bundle.spec())));
            Path root = Path.of(bundle.spec().root().path());
            Mounter mounter = new Mounter(Syscalls.system());
            mounter.mount(bundle.rootfs(), root);
            try {
                Process runc =
                        new ProcessBuilder(
                                        RuntimeHarness.RUNC,
                                        "--root",
                                        node.directory.resolve("run/runc").toString(),
                                        "run",
                                        "--bundle",
                                        directory.toString(),
                                        id)
                                .redirectErrorStream(true)
                                .start();
                runc.getOutputStream().close();
                assertThat(new String(runc.getInputStream().readAllBytes(), UTF_8)).isEqualTo(SEEN);
                assertThat(runc.waitFor()).isEqualTo(7);
            } finally {
                mounter.unmount(root);
                node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
            }
            assertThat(node.leftovers()).isEmpty();
        }
    }

    private static SandboxSecurity ownPids() {
        return SandboxSecurity.defaults()
                .withNamespaces(
                        new NamespaceOptions(
                                NamespaceMode.POD,
                                NamespaceMode.CONTAINER,
                                NamespaceMode.POD,
                                "",
                                null));
    }
}
