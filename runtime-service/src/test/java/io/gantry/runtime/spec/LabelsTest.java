package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.PodSandboxStatus;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SelinuxLabels;
import io.gantry.runtime.pod.SelinuxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelsTest {

    private static final SelinuxOptions NONE = SelinuxOptions.none();
    private static final NamespaceOptions OWN = NamespaceOptions.defaults();
    private static final NamespaceOptions HOST_PID =
            new NamespaceOptions(
                    NamespaceMode.POD, NamespaceMode.NODE, NamespaceMode.POD, "", null);
    private static final NamespaceOptions HOST_IPC =
            new NamespaceOptions(
                    NamespaceMode.POD, NamespaceMode.POD, NamespaceMode.NODE, "", null);
    private static final SelinuxLabels STANDARD =
            new SelinuxLabels(
                    "system_u:system_r:container_t:s0:c1,c2",
                    "system_u:object_r:container_file_t:s0:c1,c2");

    @TempDir private Path root;
    private Labels labels;

    @BeforeEach
    void machine() throws IOException {
        Files.createDirectories(root.resolve("sys/fs/selinux"));
        Files.createFile(root.resolve("sys/fs/selinux/context"));
        labels = new Labels(new Selinux(true, Syscalls.system(), root));
    }

    private static PodSandboxConfig config(NamespaceOptions namespaces, SelinuxOptions selinux) {
        SandboxSecurity standard = SandboxSecurity.defaults();
        SandboxSecurity security =
                new SandboxSecurity(
                        namespaces,
                        selinux,
                        null,
                        null,
                        false,
                        List.of(),
                        standard.supplementalGroupsPolicy(),
                        true,
                        null,
                        null);
        return new PodSandboxConfig(
                new PodSandboxMetadata("shop", "uid-1", "default", 0),
                "",
                "",
                null,
                List.of(),
                Map.of(),
                Map.of(),
                "",
                security,
                Map.of(),
                LinuxResources.none(),
                LinuxResources.none());
    }

    private SelinuxLabels pod(NamespaceOptions namespaces, SelinuxOptions selinux) {
        return labels.ofPod(config(namespaces, selinux), () -> "s0:c1,c2");
    }

    private SelinuxLabels container(
            SelinuxLabels ofPod,
            SelinuxOptions selinux,
            @Nullable NamespaceOptions namespaces,
            boolean privileged) {
        PodSandbox pod =
                new PodSandbox(
                        new PodSandboxId("b".repeat(64)),
                        PodOwner.CRI,
                        "",
                        config(OWN, NONE),
                        "",
                        "/x",
                        Instant.EPOCH,
                        ofPod,
                        PodSandboxStatus.creating());
        ContainerSecurity standard = ContainerSecurity.defaults();
        ContainerSecurity security =
                new ContainerSecurity(
                        standard.capabilities(),
                        privileged,
                        namespaces,
                        selinux,
                        null,
                        null,
                        "",
                        false,
                        List.of(),
                        standard.supplementalGroupsPolicy(),
                        false,
                        List.of(),
                        List.of(),
                        null,
                        null);
        ContainerConfig plain = ContainerConfig.of("c", "busybox", List.of("true"));
        ContainerConfig config =
                new ContainerConfig(
                        plain.metadata(),
                        plain.image(),
                        plain.command(),
                        plain.args(),
                        "",
                        List.of(),
                        List.of(),
                        List.of(),
                        Map.of(),
                        Map.of(),
                        "",
                        false,
                        false,
                        false,
                        LinuxResources.none(),
                        security,
                        List.of(),
                        null);
        return labels.ofContainer(pod, config);
    }

    @Test
    void aPodHasALevelOfItsOwnAndItsContainersShareIt() {
        assertThat(pod(OWN, NONE)).isEqualTo(STANDARD);
        assertThat(container(STANDARD, NONE, OWN, false)).isEqualTo(STANDARD);
        assertThat(container(STANDARD, NONE, null, false)).isEqualTo(STANDARD);
    }

    @Test
    void withoutSelinuxOptionsAreIgnored() {
        Labels off = new Labels(new Selinux(false, Syscalls.system(), root));
        SelinuxOptions asked = new SelinuxOptions("", "", "nonsense", "");
        assertThat(off.ofPod(config(OWN, asked), () -> "s0")).isEqualTo(SelinuxLabels.NONE);
        assertThat(container(SelinuxLabels.NONE, asked, OWN, false)).isEqualTo(SelinuxLabels.NONE);
    }

    @Test
    void whatIsAskedForTakesThePlaceOfAPart() {
        SelinuxOptions asked = new SelinuxOptions("u", "r", "spc_t", "s0:c9");
        SelinuxLabels all =
                new SelinuxLabels("u:r:spc_t:s0:c9", "u:object_r:container_file_t:s0:c9");
        assertThat(pod(OWN, asked)).isEqualTo(all);
        assertThat(container(STANDARD, asked, OWN, false)).isEqualTo(all);
        assertThat(container(STANDARD, new SelinuxOptions("", "", "spc_t", ""), OWN, false))
                .isEqualTo(new SelinuxLabels("system_u:system_r:spc_t:s0:c1,c2", STANDARD.mount()));
    }

    @Test
    void whoIsMeantToSeeOthersHasNoLabelUnlessOneIsAskedFor() {
        SelinuxLabels bare = new SelinuxLabels("", STANDARD.mount());
        assertThat(pod(HOST_PID, NONE)).isEqualTo(bare);
        assertThat(pod(HOST_IPC, NONE)).isEqualTo(bare);
        assertThat(pod(HOST_PID, new SelinuxOptions("", "", "container_t", "")))
                .isEqualTo(STANDARD);
        assertThat(container(STANDARD, NONE, HOST_PID, false)).isEqualTo(bare);
        assertThat(container(bare, new SelinuxOptions("", "", "container_t", ""), OWN, false))
                .isEqualTo(STANDARD);
    }

    @Test
    void aPrivilegedContainerHasNoLabelAndThePodsFiles() {
        SelinuxOptions asked = new SelinuxOptions("", "", "spc_t", "");
        SelinuxLabels bare = new SelinuxLabels("", STANDARD.mount());
        assertThat(container(STANDARD, NONE, OWN, true)).isEqualTo(bare);
        assertThat(container(STANDARD, asked, OWN, true)).isEqualTo(bare);
    }

    @Test
    void whatThePolicyDoesNotKnowIsRefused() throws IOException {
        Path context = root.resolve("sys/fs/selinux/context");
        Files.delete(context);
        Files.createSymbolicLink(context, Path.of("/dev/full"));
        assertThatThrownBy(() -> pod(OWN, new SelinuxOptions("", "", "no_t", "s0")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "linux.security_context.selinux_options: SELinux label"
                            + " \"system_u:system_r:no_t:s0\" is not one of the policy in force");
    }

    @Test
    void aPartThatIsNoWordIsRefusedByItsField() {
        Map<String, SelinuxOptions> parts =
                Map.of(
                        "user", new SelinuxOptions("u:r:spc_t", "", "", ""),
                        "role", new SelinuxOptions("", "r\n", "", ""),
                        "type", new SelinuxOptions("", "", "spc_t\0", ""),
                        "level", new SelinuxOptions("", "", "", "s0:c1\",x=\""));
        parts.forEach(
                (part, asked) -> {
                    String field = "linux.security_context.selinux_options." + part + ": ";
                    assertThatThrownBy(() -> pod(OWN, asked))
                            .isInstanceOf(InvalidArgumentException.class)
                            .hasMessageStartingWith(field);
                    assertThatThrownBy(() -> container(STANDARD, asked, OWN, false))
                            .isInstanceOf(InvalidArgumentException.class)
                            .hasMessageStartingWith(field);
                });
    }
}
