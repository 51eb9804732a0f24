package io.gantry.runtime.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodSysctlsTest {

    private static final NamespaceOptions OWN = NamespaceOptions.defaults();
    private static final NamespaceOptions HOST_NETWORK =
            new NamespaceOptions(
                    NamespaceMode.NODE, NamespaceMode.POD, NamespaceMode.POD, "", null);
    private static final NamespaceOptions HOST_IPC =
            new NamespaceOptions(
                    NamespaceMode.POD, NamespaceMode.POD, NamespaceMode.NODE, "", null);

    private static void assertRefused(
            String name, NamespaceOptions namespaces, String... alsoInMessage) {
        assertThatThrownBy(() -> PodSysctls.of(Map.of(name, "1"), namespaces))
                .as(name)
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("config.linux.sysctls has \"" + name.replace("\0", "\\0"))
                .hasMessageContainingAll(alsoInMessage);
    }

    @Test
    void thoseOfThePodsNamespacesAreTaken() {
        for (String name :
                List.of(
                        "kernel.shm_rmid_forced",
                        "kernel.sem",
                        "fs.mqueue.msg_max",
                        "kernel.domainname",
                        "net.core.somaxconn")) {
            assertThat(PodSysctls.of(Map.of(name, "1"), OWN).values()).isEqualTo(Map.of(name, "1"));
        }
    }

    @Test
    void slashesMaySeparateAndDotsThenBelongToAnElement() {
        assertThat(PodSysctls.of(Map.of("net/ipv4/conf/eth0.100/forwarding", "1"), OWN).values())
                .containsOnlyKeys("net.ipv4.conf.eth0/100.forwarding");
        assertThat(PodSysctls.of(Map.of("net.ipv4.conf.eth0/100.forwarding", "1"), OWN).values())
                .containsOnlyKeys("net.ipv4.conf.eth0/100.forwarding");
        Map<String, String> twice = new LinkedHashMap<>();
        twice.put("net.core.somaxconn", "1");
        twice.put("net/core/somaxconn", "2");
        assertThatThrownBy(() -> PodSysctls.of(twice, OWN))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("net/core/somaxconn\": it is there twice");
    }

    @Test
    void thoseOfTheHostAreRefused() {
        String why = "it belongs to no namespace of a pod";
        for (String name :
                List.of(
                        "kernel.panic",
                        "kernel/core_pattern",
                        "vm.overcommit_memory",
                        "fs.file-max",
                        "user.max_user_namespaces",
                        "kernel.shm_next_id",
                        "fs.mqueue",
                        "network.x")) {
            assertRefused(name, OWN, why);
        }
        assertRefused("kernel.hostname", OWN, "its hostname");
    }

    @Test
    void thoseOfANamespaceThatIsTheHostsAreRefused() {
        assertRefused("net.ipv4.ip_forward", HOST_NETWORK, "network namespace of the host");
        assertRefused("kernel.domainname", HOST_NETWORK, "UTS namespace of the host");
        assertRefused("kernel.msgmax", HOST_IPC, "IPC namespace of the host");
        assertRefused("fs/mqueue/msg_max", HOST_IPC, "IPC namespace of the host");
        assertThat(PodSysctls.of(Map.of("kernel.msgmax", "1"), HOST_NETWORK).values()).hasSize(1);
        assertThat(PodSysctls.of(Map.of("net.core.somaxconn", "1"), HOST_IPC).values()).hasSize(1);
    }

    @Test
    void whatIsNoNameAndWhatIsNoValueIsRefused() {
        for (String name :
                List.of("", "net..ipv4", "net.ipv4.", ".net", "net/../vm/panic", "net/\0")) {
            assertRefused(name, OWN, "no name of a kernel parameter");
        }
        for (String value : List.of("", " ", "1\0")) {
            assertThatThrownBy(() -> PodSysctls.of(Map.of("kernel.msgmax", value), OWN))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessageContaining("config.linux.sysctls has \"kernel.msgmax\": its value");
        }
    }
}
