package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.shim.ProcessEntry;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.linux.spec.Spec;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.bundle.Layout;
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
import io.gantry.runtime.oci.OciDocument;
import io.gantry.runtime.oci.PodNamespaces;
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
import io.gantry.runtime.pod.SecurityProfile;
import io.gantry.runtime.pod.SelinuxLabels;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.pod.SupplementalGroupsPolicy;
import io.gantry.runtime.pod.UserNamespaceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Requests as a kubelet and Gantry's own client make them, and the specifications that they become.
 * The files are rewritten with -Dgolden.update=true only.
 */
final class ContainerSpecGoldenTest {

    /** The first process of the pod's own pid namespace. */
    private static final ProcessEntry REAPER =
            new ProcessEntry(
                    "reaper",
                    ProcessEntry.Kind.REAPER,
                    "",
                    4711,
                    ProcessEntry.State.RUNNING,
                    0,
                    0,
                    Instant.EPOCH,
                    Optional.empty());

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private static final Layout LAYOUT = new Layout(Path.of("/lib"), Path.of("/run"));

    private static final Accounts ACCOUNTS =
            Accounts.parse(
                    "root:x:0:0::/root:/bin/sh\nweb:x:1000:1001::/srv/web:/bin/sh\n",
                    "root:x:0:\nlog:x:50000:web\n");

    private static final ImageConfig IMAGE =
            new ImageConfig(
                    List.of("/entry"),
                    List.of("serve"),
                    List.of("PATH=/usr/bin:/bin", "LANG=C.UTF-8"),
                    "/srv",
                    "web",
                    "SIGQUIT",
                    Set.of("/data"),
                    Map.of());

    private final TestNode node = new TestNode();
    private final ContainerSpecBuilder builder = new ContainerSpecBuilder(LAYOUT, node);

    private static PodSandbox pod(PodOwner owner, boolean privileged, NamespaceOptions namespaces) {
        PodSandboxMetadata metadata = new PodSandboxMetadata("shop", "uid-1", "default", 0);
        PodSandboxConfig plain = PodSandboxConfig.of(metadata);
        SandboxSecurity standard = SandboxSecurity.defaults();
        SandboxSecurity security =
                new SandboxSecurity(
                        namespaces,
                        standard.selinux(),
                        null,
                        null,
                        false,
                        List.of(),
                        standard.supplementalGroupsPolicy(),
                        privileged,
                        null,
                        null);
        PodSandboxConfig config =
                new PodSandboxConfig(
                        metadata,
                        "",
                        "",
                        null,
                        List.of(),
                        Map.of(),
                        Map.of(),
                        "",
                        security,
                        Map.of("net.ipv4.ip_forward", "1"),
                        plain.overhead(),
                        plain.resources());
        return new PodSandbox(
                new PodSandboxId("b".repeat(64)),
                owner,
                "",
                config,
                "shop",
                "/kubepods/pod1/" + "b".repeat(64),
                Instant.EPOCH,
                PodSandboxStatus.creating());
    }

    private static PodSandbox pod() {
        return pod(PodOwner.CRI, false, NamespaceOptions.defaults());
    }

    private static Container container(ContainerConfig config) {
        return new Container(
                new ContainerId("c".repeat(64)),
                new PodSandboxId("b".repeat(64)),
                config,
                "sha256:1",
                "sha256:1",
                "",
                "/kubepods/pod1/" + "c".repeat(64),
                new ContainerUser(0, 0, List.of()),
                Signal.SIGTERM,
                config.resources(),
                Instant.EPOCH,
                ContainerStatus.creating());
    }

    private static ContainerConfig config(
            List<ContainerMount> mounts, LinuxResources resources, ContainerSecurity security) {
        return new ContainerConfig(
                new ContainerMetadata("web", 0),
                ImageSpec.of("registry.example/web:1"),
                List.of(),
                List.of("serve", "--port=80"),
                "",
                List.of(new EnvVar("PORT", "80")),
                mounts,
                List.of(new ContainerDevice("/dev/fuse", "/dev/fuse", "rw")),
                Map.of(),
                Map.of("example/note", "kept"),
                "web/0.log",
                false,
                false,
                false,
                resources,
                security,
                List.of(),
                null);
    }

    private static ContainerSecurity security(
            boolean privileged,
            @Nullable NamespaceOptions namespaces,
            @Nullable SecurityProfile seccomp,
            List<String> masked) {
        return new ContainerSecurity(
                new CapabilityChanges(List.of("NET_ADMIN"), List.of("ALL"), List.of()),
                privileged,
                namespaces,
                SelinuxOptions.none(),
                null,
                null,
                "",
                true,
                List.of(4000L),
                SupplementalGroupsPolicy.MERGE,
                true,
                masked,
                masked,
                seccomp,
                null);
    }

    private void check(String name, PodSandbox pod, ContainerConfig config) throws IOException {
        node.devices.put(Path.of("/dev/fuse"), new Node.Device("c", 10, 229, 0666, 0, 0));
        Spec spec =
                builder.build(
                        pod,
                        container(config),
                        new ContainerImage(IMAGE, ACCOUNTS, ImageVolumes.NONE));
        String json = JSON.writeValueAsString(spec) + "\n";
        checkGolden(name + ".json", json);
        assertThat(JSON.readValue(json, Spec.class)).isEqualTo(spec);
        PodNamespaces namespaces =
                PodNamespaces.of(pod, container(config), LAYOUT.sandbox(pod.id()), List.of(REAPER));
        byte[] document = OciDocument.config(namespaces.join(spec));
        checkGolden(name + ".config.json", JSON.writeValueAsString(JSON.readTree(document)) + "\n");
    }

    private static void checkGolden(String name, String json) throws IOException {
        Path file = GOLDEN.resolve(name);
        if (Boolean.getBoolean("golden.update") && !"true".equals(System.getenv("CI"))) {
            Files.createDirectories(GOLDEN);
            Files.writeString(file, json);
        }
        assertThat(json).isEqualTo(Files.readString(file));
    }

    @Test
    void containerOfAKubelet() throws IOException {
        node.propagation = Node.Propagation.SHARED;
        check(
                "kubelet",
                pod(),
                config(
                        List.of(
                                ContainerMount.bind("/pods/1/etc-hosts", "/etc/hosts", false),
                                ContainerMount.bind("/pods/1/token", "/var/run/secrets", true),
                                new ContainerMount(
                                        "/mnt",
                                        "/mnt",
                                        false,
                                        false,
                                        false,
                                        MountPropagation.HOST_TO_CONTAINER,
                                        List.of(),
                                        List.of(),
                                        null,
                                        "",
                                        List.of())),
                        new LinuxResources(
                                100_000,
                                50_000,
                                512,
                                64 << 20,
                                985,
                                "0",
                                "",
                                Map.of("2MB", 0L),
                                Map.of("memory.high", "max"),
                                0),
                        security(
                                false,
                                null,
                                SecurityProfile.runtimeDefault(),
                                List.of("/proc/kcore"))));
    }

    @Test
    void containerOfGantrysOwnClient() throws IOException {
        check(
                "own",
                pod(PodOwner.GANTRY, false, NamespaceOptions.defaults()),
                ContainerConfig.of("run", "busybox", List.of("sh", "-c", "true")));
    }

    @Test
    void containerWithLabels() throws IOException {
        PodSandbox pod =
                pod(PodOwner.GANTRY, false, NamespaceOptions.defaults())
                        .with(
                                new SelinuxLabels(
                                        "system_u:system_r:container_t:s0:c1,c2",
                                        "system_u:object_r:container_file_t:s0:c1,c2"));
        check("selinux", pod, ContainerConfig.of("run", "busybox", List.of("sh", "-c", "true")));
    }

    @Test
    void privilegedContainerWithItsOwnPids() throws IOException {
        check(
                "privileged",
                pod(PodOwner.CRI, true, NamespaceOptions.defaults()),
                config(
                        List.of(),
                        LinuxResources.none(),
                        security(
                                true,
                                new NamespaceOptions(
                                        NamespaceMode.POD,
                                        NamespaceMode.CONTAINER,
                                        NamespaceMode.NODE,
                                        "",
                                        null),
                                SecurityProfile.runtimeDefault(),
                                List.of("/proc/kcore"))));
    }

    @Test
    void privilegedContainerNeedsAPrivilegedPod() {
        ContainerConfig config =
                config(List.of(), LinuxResources.none(), security(true, null, null, List.of()));

        assertThatThrownBy(
                        () ->
                                builder.build(
                                        pod(),
                                        container(config),
                                        new ContainerImage(IMAGE, ACCOUNTS, ImageVolumes.NONE)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("container web cannot be privileged");
    }

    @Test
    void profileOfTheHostIsReadFromItsFile() throws IOException {
        node.devices.put(Path.of("/dev/fuse"), new Node.Device("c", 10, 229, 0666, 0, 0));
        node.files.put(Path.of("/profiles/p.json"), "{\"defaultAction\": \"SCMP_ACT_LOG\"}");
        SecurityProfile there =
                new SecurityProfile(SecurityProfile.Type.LOCALHOST, "localhost//profiles/p.json");
        SecurityProfile missing =
                new SecurityProfile(SecurityProfile.Type.LOCALHOST, "/profiles/none.json");

        Spec spec =
                builder.build(
                        pod(),
                        container(
                                config(
                                        List.of(),
                                        LinuxResources.none(),
                                        security(false, null, there, List.of()))),
                        new ContainerImage(IMAGE, ACCOUNTS, ImageVolumes.NONE));

        assertThat(spec.linux().seccomp()).extracting("defaultAction").isEqualTo("SCMP_ACT_LOG");
        assertThat(spec.linux().maskedPaths()).isEmpty();
        assertThatThrownBy(
                        () ->
                                builder.build(
                                        pod(),
                                        container(
                                                config(
                                                        List.of(),
                                                        LinuxResources.none(),
                                                        security(false, null, missing, List.of()))),
                                        new ContainerImage(IMAGE, ACCOUNTS, ImageVolumes.NONE)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("seccomp profile /profiles/none.json cannot be read");
    }

    private static NamespaceOptions mapped(long host) {
        List<IdMapping> ids = List.of(new IdMapping(0, host, 65_536));
        return new NamespaceOptions(
                NamespaceMode.POD,
                NamespaceMode.CONTAINER,
                NamespaceMode.POD,
                "",
                new UserNamespaceOptions(NamespaceMode.POD, ids, ids));
    }

    @Test
    void containerInAUserNamespace() throws IOException {
        check(
                "userns",
                pod(PodOwner.CRI, false, mapped(100_000)),
                config(
                        List.of(),
                        LinuxResources.none(),
                        security(false, mapped(100_000), null, List.of())));
    }

    @Test
    void aContainerHasTheUserNamespaceOfItsPod() throws IOException {
        ContainerImage image = new ContainerImage(IMAGE, ACCOUNTS, ImageVolumes.NONE);
        node.devices.put(Path.of("/dev/fuse"), new Node.Device("c", 10, 229, 0666, 0, 0));
        PodSandbox pod = pod(PodOwner.CRI, false, mapped(100_000));
        Container silent =
                container(
                        config(
                                List.of(),
                                LinuxResources.none(),
                                security(false, null, null, List.of())));
        assertThat(builder.build(pod, silent, image).linux().uidMappings()).hasSize(1);
        for (NamespaceOptions asked : List.of(mapped(100_001), NamespaceOptions.defaults())) {
            Container other =
                    container(
                            config(
                                    List.of(),
                                    LinuxResources.none(),
                                    security(false, asked, null, List.of())));
            assertThatThrownBy(() -> builder.build(pod, other, image))
                    .isInstanceOf(InvalidArgumentException.class)
                    .hasMessage(
                            "container web: its userns_options are not those of pod sandbox "
                                    + "b".repeat(64));
        }
    }

    @Test
    void idsThatTheUserNamespaceLacksAreNamed() {
        NamespaceOptions few =
                new NamespaceOptions(
                        NamespaceMode.POD,
                        NamespaceMode.CONTAINER,
                        NamespaceMode.POD,
                        "",
                        new UserNamespaceOptions(
                                NamespaceMode.POD,
                                List.of(new IdMapping(0, 100_000, 65_536)),
                                List.of(new IdMapping(0, 100_000, 4_000))));
        Container container =
                container(
                        config(
                                List.of(),
                                LinuxResources.none(),
                                security(false, null, null, List.of())));
        assertThatThrownBy(
                        () ->
                                builder.build(
                                        pod(PodOwner.CRI, false, few),
                                        container,
                                        new ContainerImage(IMAGE, ACCOUNTS, ImageVolumes.NONE)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("is not in the pod's user namespace, which has 0 to 3999");
    }
}
