package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.mount.Mounter;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.oci.OciDocument;
import io.gantry.runtime.oci.PodNamespaces;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.SandboxSecurity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The specification of a container, handed to an OCI runtime on the host. */
@Tag("privileged")
@Timeout(120)
class OciDocumentPrivilegedIT {

    @Test
    void theSpecificationOfAContainerRunsUnchangedUnderRuncRun() throws Exception {
        try (RuntimeHarness node = RuntimeHarness.start()) {
            PodSandbox pod = node.pod(ownPids());
            String id =
                    node.create(
                            pod,
                            RuntimeHarness.config(
                                    "sh", "-c", "hostname; echo $$; ls /sys/class/net; exit 7"));
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
                assertThat(new String(runc.getInputStream().readAllBytes(), UTF_8))
                        .isEqualTo("it-host\n1\nlo\n");
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
