package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.DNSConfig;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.PodSandboxConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What containers of a pod find out about its name and how to resolve others. */
class PodFilesE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String SLEEP = "sleep 1000";

    private static String run(PodSandboxConfig.Builder pod) {
        return NODE.run(pod.build(), Requests.script("c", NODE.image(), SLEEP).build());
    }

    private static String read(String container, String file) {
        return NODE.cri().shell(container, "cat " + file);
    }

    @Test
    void withoutDnsConfigurationAPodResolvesAsItsHost() {
        String container = run(NODE.pod("as-host"));
        assertThat(read(container, "/etc/resolv.conf"))
                .isEqualTo(Texts.read(Path.of("/etc/resolv.conf")));
    }

    @Test
    void anEmptyDnsConfigurationIsAnEmptyFile() {
        String container = run(NODE.pod("no-dns").setDnsConfig(DNSConfig.getDefaultInstance()));
        assertThat(read(container, "/etc/resolv.conf")).isEmpty();
    }

    @Test
    void aDnsConfigurationIsWhatContainersResolveBy() {
        String container =
                run(
                        NODE.pod("dns")
                                .setDnsConfig(
                                        DNSConfig.newBuilder()
                                                .addServers("10.96.0.10")
                                                .addSearches("svc.cluster.local")
                                                .addSearches("cluster.local")
                                                .addOptions("ndots:5")));
        assertThat(read(container, "/etc/resolv.conf"))
                .isEqualTo(
                        """
                        search svc.cluster.local cluster.local
                        nameserver 10.96.0.10
                        options ndots:5
                        """);
    }

    @Test
    void thePodsHostNameIsThatOfItsContainersInTheirFileAndTheirEnvironment() {
        String container = run(NODE.pod("named").setHostname("web-0"));
        assertThat(NODE.cri().shell(container, "hostname; cat /etc/hostname; echo $HOSTNAME"))
                .isEqualTo("web-0\nweb-0\nweb-0\n");
    }

    @Test
    void aPodOfTheHostsNetworkIsNamedAsTheHost() {
        String host = Texts.read(Path.of("/proc/sys/kernel/hostname"));
        String container = run(NODE.pod("host").setLinux(Requests.namespaces(NamespaceMode.NODE)));
        assertThat(NODE.cri().shell(container, "hostname; cat /etc/hostname"))
                .isEqualTo(host + host);
    }

    @Test
    void withoutAnAddressAPodsHostsFileIsThatOfItsHost() {
        String container = run(NODE.pod("hosts"));
        assertThat(read(container, "/etc/hosts")).isEqualTo(Texts.read(Path.of("/etc/hosts")));
    }
}
