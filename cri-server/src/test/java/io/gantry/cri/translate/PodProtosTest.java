package io.gantry.cri.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.proto.cri.DNSConfig;
import io.gantry.proto.cri.LinuxPodSandboxConfig;
import io.gantry.proto.cri.LinuxSandboxSecurityContext;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.NamespaceOption;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxFilter;
import io.gantry.proto.cri.PodSandboxMetadata;
import io.gantry.proto.cri.PodSandboxState;
import io.gantry.proto.cri.PodSandboxStateValue;
import io.gantry.proto.cri.PodSandboxStatus;
import io.gantry.proto.cri.PortMapping;
import io.gantry.proto.cri.Protocol;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PodProtosTest {

    @Test
    void everyPartOfARequestArrives() {
        var config =
                convert(
                        c ->
                                c.setHostname("h")
                                        .setLogDirectory("/logs")
                                        .putLabels("l", "1")
                                        .putAnnotations("a", "2")
                                        .addPortMappings(
                                                PortMapping.newBuilder()
                                                        .setProtocol(Protocol.UDP)
                                                        .setContainerPort(53)
                                                        .setHostPort(5353)
                                                        .setHostIp("127.0.0.1"))
                                        .setLinux(
                                                LinuxPodSandboxConfig.newBuilder()
                                                        .setCgroupParent("/kubepods/pod1")
                                                        .putSysctls("net.ipv4.ip_forward", "1")));

        assertThat(config.metadata())
                .isEqualTo(new io.gantry.runtime.pod.PodSandboxMetadata("n", "u", "ns", 3));
        assertThat(config.hostname()).isEqualTo("h");
        assertThat(config.logDirectory()).isEqualTo("/logs");
        assertThat(config.labels()).containsEntry("l", "1");
        assertThat(config.annotations()).containsEntry("a", "2");
        assertThat(config.portMappings())
                .containsExactly(
                        new io.gantry.runtime.pod.PortMapping(
                                io.gantry.runtime.pod.PortMapping.Protocol.UDP,
                                53,
                                5353,
                                "127.0.0.1"));
        assertThat(config.cgroupParent()).isEqualTo("/kubepods/pod1");
        assertThat(config.sysctls()).containsEntry("net.ipv4.ip_forward", "1");
    }

    @Test
    void noDnsConfigurationIsNotAnEmptyOne() {
        assertThat(convert(c -> {}).dns()).isNull();
        assertThat(convert(c -> c.setDnsConfig(DNSConfig.getDefaultInstance())).dns())
                .isEqualTo(new io.gantry.runtime.pod.DnsConfig(List.of(), List.of(), List.of()));
    }

    @Test
    void aDirectoryOfLogsThatHoldsANulIsRefused() {
        assertThatThrownBy(() -> convert(c -> c.setLogDirectory("/a\0b")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("config.log_directory is \"/a\\0b\": it holds a NUL");
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> convert(c -> c.getMetadataBuilder().clearUid()))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("config.metadata.uid is missing");
        assertThatThrownBy(() -> convert(c -> c.getMetadataBuilder().clearNamespace()))
                .hasMessage("config.metadata.namespace is missing");
        assertThatThrownBy(() -> convert(c -> c.getMetadataBuilder().clearName()))
                .hasMessage("config.metadata.name is missing");
    }

    @Test
    void aPortThatIsNoneIsRefused() {
        assertThatThrownBy(
                        () ->
                                convert(
                                        c ->
                                                c.addPortMappings(
                                                        PortMapping.newBuilder()
                                                                .setContainerPort(70_000))))
                .hasMessage(
                        "config.port_mappings.container_port is \"70000\": it must be between 0"
                                + " and 65535");
    }

    @Test
    void aStatusHasTheFirstAddressAndTheOthers() {
        PodSandboxStatus status = PodProtos.toStatus(pod(c -> {}, "10.0.0.2", "fd00::2"));

        assertThat(status.getState()).isEqualTo(PodSandboxState.SANDBOX_READY);
        assertThat(status.getNetwork().getIp()).isEqualTo("10.0.0.2");
        assertThat(status.getNetwork().getAdditionalIpsList())
                .extracting(io.gantry.proto.cri.PodIP::getIp)
                .containsExactly("fd00::2");
        assertThat(status.getCreatedAt()).isEqualTo(1_000_000_005L);
        assertThat(status.getMetadata().getAttempt()).isEqualTo(3);
    }

    @Test
    void aPodOnTheHostsNetworkHasNoAddress() {
        NamespaceOption host = NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE).build();
        PodSandboxStatus status =
                PodProtos.toStatus(
                        pod(
                                c ->
                                        c.setLinux(
                                                LinuxPodSandboxConfig.newBuilder()
                                                        .setSecurityContext(
                                                                LinuxSandboxSecurityContext
                                                                        .newBuilder()
                                                                        .setNamespaceOptions(
                                                                                host))),
                                "10.0.0.2"));

        assertThat(status.getNetwork().getIp()).isEmpty();
        assertThat(status.getLinux().getNamespaces().getOptions()).isEqualTo(host);
    }

    @Test
    void filtersAreThoseOfTheCrisOwnPods() {
        var filter =
                PodProtos.toDomain(
                        PodSandboxFilter.newBuilder()
                                .setId("a")
                                .setState(
                                        PodSandboxStateValue.newBuilder()
                                                .setState(PodSandboxState.SANDBOX_NOTREADY))
                                .putLabelSelector("k", "v")
                                .build());

        assertThat(filter.owner()).isEqualTo(PodOwner.CRI);
        assertThat(filter.state()).isEqualTo(io.gantry.runtime.pod.PodSandboxState.NOTREADY);
        assertThat(filter.id()).isEqualTo("a");
        assertThat(filter.labelSelector()).containsEntry("k", "v");
    }

    private static PodSandbox pod(Consumer<PodSandboxConfig.Builder> change, String... ips) {
        return new PodSandbox(
                PodSandboxId.random(),
                PodOwner.CRI,
                "",
                convert(change),
                "host",
                "/c",
                Instant.ofEpochSecond(1, 5),
                io.gantry.runtime.pod.PodSandboxStatus.creating()
                        .ready(new PodNetworkStatus(List.of(ips))));
    }

    private static io.gantry.runtime.pod.PodSandboxConfig convert(
            Consumer<PodSandboxConfig.Builder> change) {
        PodSandboxConfig.Builder config =
                PodSandboxConfig.newBuilder()
                        .setMetadata(
                                PodSandboxMetadata.newBuilder()
                                        .setName("n")
                                        .setUid("u")
                                        .setNamespace("ns")
                                        .setAttempt(3));
        change.accept(config);
        return PodProtos.toDomain(config.build());
    }
}
