package io.gantry.runtime.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.runtime.pod.DnsConfig;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What all containers of a pod find in /etc. */
class SandboxFilesTest {

    @TempDir private Path directory;
    private Path etc;
    private SandboxFiles files;

    @BeforeEach
    void lay() throws IOException {
        etc = Files.createDirectory(directory.resolve("etc"));
        files =
                new SandboxFiles(
                        new Layout(directory.resolve("root"), directory.resolve("state")), etc);
    }

    private static PodSandbox pod(@Nullable DnsConfig dns) {
        PodSandboxConfig plain =
                PodSandboxConfig.of(new PodSandboxMetadata("web", "uid-1", "default", 0));
        PodSandboxConfig config =
                new PodSandboxConfig(
                        plain.metadata(),
                        plain.hostname(),
                        plain.logDirectory(),
                        dns,
                        plain.portMappings(),
                        plain.labels(),
                        plain.annotations(),
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
                "web-0",
                "/gantry/x",
                Instant.EPOCH,
                PodSandboxStatus.creating());
    }

    private Layout.Sandbox made(PodSandbox pod) throws IOException {
        files.create(pod);
        return files.layout().sandbox(pod.id());
    }

    @Test
    void withoutDnsConfigurationAPodResolvesAsItsHost() throws IOException {
        Files.writeString(etc.resolve("resolv.conf"), "nameserver 192.0.2.1\n");
        assertThat(made(pod(null)).resolvConf()).hasContent("nameserver 192.0.2.1\n");
    }

    @Test
    void anEmptyDnsConfigurationIsAnEmptyFile() throws IOException {
        Files.writeString(etc.resolve("resolv.conf"), "nameserver 192.0.2.1\n");
        DnsConfig nothing = new DnsConfig(List.of(), List.of(), List.of());
        assertThat(made(pod(nothing)).resolvConf()).isEmptyFile();
    }

    @Test
    void aDnsConfigurationIsWrittenAsResolversReadIt() throws IOException {
        DnsConfig dns =
                new DnsConfig(
                        List.of("10.96.0.10", "fd00::a"),
                        List.of("default.svc.cluster.local", "svc.cluster.local"),
                        List.of("ndots:5", "edns0"));
        assertThat(Files.readString(made(pod(dns)).resolvConf()))
                .isEqualTo(
                        """
                        search default.svc.cluster.local svc.cluster.local
                        nameserver 10.96.0.10
                        nameserver fd00::a
                        options ndots:5 edns0
                        """);
    }

    @Test
    void theHostNameFileNamesThePod() throws IOException {
        assertThat(Files.readString(made(pod(null)).hostname())).isEqualTo("web-0\n");
    }

    @Test
    void theHostsFileIsTheHostsWithThePodAtEachOfItsAddresses() throws IOException {
        Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost\n192.0.2.7 other");
        PodSandbox pod = pod(null);
        Path hosts = made(pod).hosts();
        assertThat(Files.readString(hosts)).isEqualTo("127.0.0.1 localhost\n192.0.2.7 other");

        files.nameAddresses(pod, List.of("10.1.2.3", "fd00::3"));
        assertThat(Files.readString(hosts))
                .isEqualTo(
                        "127.0.0.1 localhost\n192.0.2.7 other\n10.1.2.3\tweb-0\nfd00::3\tweb-0\n");
    }

    @Test
    void aPodWithoutAnAddressHasTheHostsFileOfItsHost() throws IOException {
        Files.writeString(etc.resolve("hosts"), "127.0.0.1 localhost\n");
        PodSandbox pod = pod(null);
        Path hosts = made(pod).hosts();
        files.nameAddresses(pod, List.of());
        assertThat(Files.readString(hosts)).isEqualTo("127.0.0.1 localhost\n");
    }
}
