package io.gantry.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.runtime.container.CapabilityChanges;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerDevice;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerMetadata;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.EnvVar;
import io.gantry.runtime.container.ImageSpec;
import io.gantry.runtime.container.MountPropagation;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.DnsConfig;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.pod.PortMapping;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SecurityProfile;
import io.gantry.runtime.pod.SelinuxLabels;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.pod.ShimProcess;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import io.gantry.runtime.pod.UserNamespaceOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every field of a record comes back from the database as it went in. */
class RecordJsonTest {

    private static final PodSandboxId POD = PodSandboxId.random();
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678901234Z");
    private static final LinuxResources RESOURCES =
            new LinuxResources(
                    1, 2, 3, 4, 5, "0-1", "0", Map.of("2MB", 6L), Map.of("memory.high", "max"), 7);
    private static final NamespaceOptions NAMESPACES =
            new NamespaceOptions(
                    NamespaceMode.NODE,
                    NamespaceMode.TARGET,
                    NamespaceMode.POD,
                    "target",
                    new UserNamespaceOptions(
                            NamespaceMode.NODE,
                            List.of(new IdMapping(0, 65536, 65536)),
                            List.of()));

    private static <T> T copy(Class<T> type, T value) throws IOException {
        JsonCodec<T> codec = new JsonCodec<>(type);
        return codec.read(codec.write(value));
    }

    @Test
    void wholePodSandbox() throws IOException {
        PodSandboxConfig config =
                new PodSandboxConfig(
                        new PodSandboxMetadata("name", "uid", "namespace", 3),
                        "host",
                        "/var/log/pods/x",
                        new DnsConfig(List.of("1.1.1.1"), List.of("local"), List.of("ndots:5")),
                        List.of(new PortMapping(PortMapping.Protocol.UDP, 53, 5353, "127.0.0.1")),
                        Map.of("a", "b"),
                        Map.of("c", "d"),
                        "/kubepods",
                        new SandboxSecurity(
                                NAMESPACES,
                                new SelinuxOptions("u", "r", "t", "l"),
                                1L,
                                2L,
                                true,
                                List.of(3L),
                                SupplementalGroupsPolicy.STRICT,
                                true,
                                SecurityProfile.runtimeDefault(),
                                new SecurityProfile(SecurityProfile.Type.LOCALHOST, "p")),
                        Map.of("net.ipv4.ip_forward", "1"),
                        RESOURCES,
                        RESOURCES);
        PodSandboxStatus status =
                PodSandboxStatus.creating()
                        .launched(new ShimProcess(12, 34))
                        .attaching()
                        .ready(new PodNetworkStatus(List.of("10.0.0.2", "fd00::2")))
                        .notReady("why");
        PodSandbox pod =
                new PodSandbox(POD, PodOwner.GANTRY, "", config, "host", "/x/y", TIME, status)
                        .with(new SelinuxLabels("p", "m"));

        assertThat(copy(PodSandbox.class, pod)).isEqualTo(pod);
    }

    /** For an earlier daemon, which takes a field that it does not know for damage. */
    @Test
    void aPodWithoutLabelsIsWrittenAsByADaemonThatKnewOfNone() throws IOException {
        PodSandbox pod =
                new PodSandbox(
                        POD,
                        PodOwner.CRI,
                        "",
                        PodSandboxConfig.of(new PodSandboxMetadata("n", "u", "ns", 0)),
                        "host",
                        "/x/y",
                        TIME,
                        PodSandboxStatus.creating());
        JsonCodec<PodSandbox> codec = new JsonCodec<>(PodSandbox.class);
        byte[] written = codec.write(pod);
        assertThat(new ObjectMapper().readTree(written).properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder(
                        "cgroup",
                        "config",
                        "createdAt",
                        "hostname",
                        "id",
                        "owner",
                        "runtimeHandler",
                        "status");
        assertThat(codec.read(written)).isEqualTo(pod);
    }

    @Test
    void wholeContainer() throws IOException {
        Container container =
                new Container(
                        ContainerId.random(),
                        POD,
                        containerConfig(),
                        "sha256:1",
                        "busybox@sha256:2",
                        "/log",
                        "/cgroup",
                        new ContainerUser(1, 2, List.of(3L)),
                        Signal.SIGTERM,
                        RESOURCES,
                        TIME,
                        ContainerStatus.creating()
                                .created()
                                .started(7, TIME)
                                .exited(137, TIME, true));

        assertThat(copy(Container.class, container)).isEqualTo(container);
    }

    private static ContainerMount mount() {
        return new ContainerMount(
                "/in",
                "",
                true,
                true,
                true,
                MountPropagation.BIDIRECTIONAL,
                List.of(new IdMapping(1, 2, 3)),
                List.of(new IdMapping(4, 5, 6)),
                new ImageSpec("image", Map.of("k", "v"), "user", "handler", "ref"),
                "sub",
                List.of("noexec"));
    }

    private static ContainerSecurity security() {
        return new ContainerSecurity(
                new CapabilityChanges(List.of("ALL"), List.of("KILL"), List.of()),
                true,
                NAMESPACES,
                SelinuxOptions.none(),
                1L,
                null,
                "nobody",
                true,
                List.of(9L),
                SupplementalGroupsPolicy.STRICT,
                true,
                List.of("/proc/kcore"),
                List.of("/proc/sys"),
                SecurityProfile.unconfined(),
                null);
    }

    private static ContainerConfig containerConfig() {
        return new ContainerConfig(
                new ContainerMetadata("name", 2),
                ImageSpec.of("busybox"),
                List.of("sh"),
                List.of("-c"),
                "/w",
                List.of(new EnvVar("A", "b=c")),
                List.of(mount()),
                List.of(new ContainerDevice("/dev/kvm", "/dev/kvm", "rw")),
                Map.of("l", "m"),
                Map.of("n", "o"),
                "0.log",
                true,
                true,
                true,
                RESOURCES,
                security(),
                List.of("vendor.com/device=a"),
                Signal.parse("SIGRTMIN+3"));
    }
}
