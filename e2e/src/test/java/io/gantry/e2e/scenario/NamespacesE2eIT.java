package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.PodSandboxStatusRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NamespacesE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final List<String> OF_CONTAINER = List.of("pid", "mnt", "cgroup");
    private static final List<String> OF_POD = List.of("net", "uts", "ipc");
    private static final List<String> ALL = List.of("pid", "mnt", "cgroup", "net", "uts", "ipc");

    @Test
    void eachContainerHasItsOwnNamespacesAndSharesThoseOfItsPod() throws IOException {
        PodSandboxConfig pod = NODE.pod("shared").build();
        String sandbox = NODE.cri().runPod(pod);
        List<Map<String, String>> seen = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            String container =
                    NODE.cri()
                            .create(
                                    sandbox,
                                    pod,
                                    Requests.script(name, NODE.image(), "sleep 1000").build());
            NODE.cri().start(container);
            seen.add(namespaces(container));
        }
        Map<String, String> other = namespaces(NODE.idle("other"));
        Map<String, String> host = hostNamespaces();

        for (String kind : ALL) {
            assertThat(seen.get(0).get(kind))
                    .as(kind)
                    .startsWith(kind + ":[")
                    .isNotEqualTo(host.get(kind))
                    .isNotEqualTo(other.get(kind));
        }
        for (String kind : OF_CONTAINER) {
            assertThat(seen.get(0).get(kind)).as(kind).isNotEqualTo(seen.get(1).get(kind));
        }
        for (String kind : OF_POD) {
            assertThat(seen.get(0).get(kind)).as(kind).isEqualTo(seen.get(1).get(kind));
        }
    }

    @Test
    void aContainerSeesItsOwnProcessesOnly() {
        String container = NODE.idle("alone");
        assertThat(NODE.cri().shell(container, "cat /proc/1/comm").strip()).isEqualTo("sh");
        assertThat(NODE.cri().shell(container, "ls -d /proc/[0-9]* | wc -l").strip())
                .matches("[2-6]");
    }

    @Test
    void thePidNamespaceOfAPodCanBeSharedByItsContainers() {
        PodSandboxConfig pod =
                NODE.pod("shared-pid")
                        .setLinux(Requests.namespaces(NamespaceMode.POD, NamespaceMode.POD))
                        .build();
        String sandbox = NODE.cri().runPod(pod);
        List<String> seen = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            ContainerConfig.Builder config =
                    Requests.script(name, NODE.image(), "exec sleep 100" + seen.size());
            config.getLinuxBuilder()
                    .getSecurityContextBuilder()
                    .setNamespaceOptions(pod.getLinux().getSecurityContext().getNamespaceOptions());
            String container = NODE.cri().create(sandbox, pod, config.build());
            NODE.cri().start(container);
            seen.add(NODE.cri().shell(container, "readlink /proc/self/ns/pid; ps -o args"));
        }
        assertThat(seen.get(1)).startsWith(seen.get(0).lines().findFirst().orElseThrow());
        assertThat(seen.get(1)).contains("sleep 1000", "sleep 1001");
    }

    @Test
    void aPodHasItsHostNameAndLoopback() {
        String container = NODE.idle("named");
        assertThat(NODE.cri().shell(container, "hostname").strip()).isEqualTo("named");
        assertThat(NODE.cri().shell(container, "ip -o link show"))
                .contains("lo:")
                .contains("UP")
                .hasLineCount(1);
    }

    @Test
    void aPodOfTheHostNetworkIsInTheHostsNetworkAndHasItsName() throws IOException {
        PodSandboxConfig pod =
                NODE.pod("hostnet")
                        .clearHostname()
                        .setLinux(Requests.namespaces(NamespaceMode.NODE))
                        .build();
        String container = NODE.run(pod, Requests.script("c", NODE.image(), "sleep 1000").build());
        Map<String, String> inside = namespaces(container);
        Map<String, String> host = hostNamespaces();
        assertThat(inside).containsEntry("net", host.get("net"));
        assertThat(inside.get("pid")).isNotEqualTo(host.get("pid"));
        assertThat(inside.get("ipc")).isNotEqualTo(host.get("ipc"));
        String sandbox = NODE.cri().pods().getFirst().getId();
        assertThat(NODE.cri().podStatus(sandbox).getNetwork().getIp()).isEmpty();
        assertThat(NODE.cri().podStatus(sandbox).getLinux().getNamespaces().getOptions())
                .isEqualTo(pod.getLinux().getSecurityContext().getNamespaceOptions());
        assertThat(NODE.cri().shell(container, "hostname").strip())
                .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    }

    @Test
    void thePodsControlGroupIsBelowTheDaemonsAndCarriesItsId() throws IOException {
        NODE.idle("grouped");
        String sandbox = NODE.cri().pods().getFirst().getId();
        String info =
                NODE.cri()
                        .runtime()
                        .podSandboxStatus(
                                PodSandboxStatusRequest.newBuilder()
                                        .setPodSandboxId(sandbox)
                                        .setVerbose(true)
                                        .build())
                        .getInfoOrThrow("info");
        String cgroup = new ObjectMapper().readTree(info).get("cgroup").asText();
        assertThat(cgroup).startsWith(NODE.daemon().cgroupParent() + "/").endsWith(sandbox);
    }

    private static Map<String, String> namespaces(String container) {
        Map<String, String> links = new TreeMap<>();
        for (String kind : ALL) {
            links.put(kind, NODE.cri().shell(container, "readlink /proc/self/ns/" + kind).strip());
        }
        return links;
    }

    private static Map<String, String> hostNamespaces() throws IOException {
        Map<String, String> links = new TreeMap<>();
        for (String kind : ALL) {
            links.put(kind, Files.readSymbolicLink(Path.of("/proc/self/ns", kind)).toString());
        }
        return links;
    }
}
