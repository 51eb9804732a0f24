package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Tar;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.IDMapping;
import io.gantry.proto.cri.Int64Value;
import io.gantry.proto.cri.Mount;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.NamespaceOption;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.StatusResponse;
import io.gantry.proto.cri.UserNamespace;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Pods with user namespaces of their own. */
class UserNamespacesE2eIT {

    @RegisterExtension static final Node NODE = Node.mappingIds();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String IDLE = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";
    private static final IDMapping UIDS = mapping(0, 100_000, 65_536);
    private static final IDMapping GIDS = mapping(0, 200_000, 65_536);

    private static IDMapping mapping(int container, int host, int length) {
        return IDMapping.newBuilder()
                .setContainerId(container)
                .setHostId(host)
                .setLength(length)
                .build();
    }

    private static UserNamespace.Builder users() {
        return UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(UIDS).addGids(GIDS);
    }

    private static NamespaceOption.Builder options(UserNamespace users) {
        return NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER).setUsernsOptions(users);
    }

    private static PodSandboxConfig.Builder pod(String name, NamespaceOption.Builder options) {
        PodSandboxConfig.Builder pod = NODE.pod(name);
        pod.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(options);
        return pod;
    }

    private static PodSandboxConfig.Builder pod(String name) {
        return pod(name, options(users().build()));
    }

    private static ContainerConfig.Builder container(PodSandboxConfig.Builder pod, String script) {
        return container(pod, NODE.image(), script);
    }

    private static ContainerConfig.Builder container(
            PodSandboxConfig.Builder pod, String image, String script) {
        ContainerConfig.Builder config = Requests.script("c", image, script);
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setNamespaceOptions(pod.getLinux().getSecurityContext().getNamespaceOptions());
        return config;
    }

    private static Mount mapped(Path source, String target) {
        return Requests.bind(source, target).toBuilder()
                .addUidMappings(UIDS)
                .addGidMappings(GIDS)
                .build();
    }

    private static Path directory(String name) throws IOException {
        Path path = Files.createDirectories(NODE.home().resolve(name));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
        return path;
    }

    private static String owner(Path path) throws IOException {
        return Files.getAttribute(path, "unix:uid") + ":" + Files.getAttribute(path, "unix:gid");
    }

    private static Path host(String container) {
        String pid = NODE.cri().verboseStatus(container).getInfoOrThrow("info");
        return Path.of("/proc", pid.replaceFirst("(?s).*\"pid\" ?: ?([0-9]+).*", "$1"));
    }

    @Test
    void aKubeletIsToldWhetherPodsCanHaveThem() {
        StatusResponse status = NODE.cri().runtime().status(StatusRequest.getDefaultInstance());
        assertThat(status.getRuntimeHandlers(0).getName()).isEmpty();
        assertThat(status.getRuntimeHandlers(0).getFeatures().getUserNamespaces()).isTrue();
        assertThat(status.getFeatures().getUserNamespacesHostNetwork()).isTrue();
    }

    @Test
    void rootInsideIsAnotherOutsideAndFilesOfThePodAreHis() throws IOException {
        PodSandboxConfig.Builder pod = pod("mapped");
        Path plain = directory("plain");
        Path volume = directory("volume");
        String container =
                NODE.run(
                        pod.build(),
                        container(pod, IDLE)
                                .addMounts(Requests.bind(plain, "/plain"))
                                .addMounts(mapped(volume, "/volume"))
                                .build());
        assertThat(NODE.cri().shell(container, "cat /proc/self/uid_map /proc/self/gid_map; id -u"))
                .matches("\\s+0\\s+100000\\s+65536\\n\\s+0\\s+200000\\s+65536\\n0\\n");
        assertThat(
                        NODE.cri()
                                .shell(
                                        container,
                                        "touch /plain/x /volume/x; echo 1.2.3.4 peer >> /etc/hosts;"
                                                + " echo > /dev/shm/x; stat -c %u:%g /bin/busybox"
                                                + " /etc/hosts /etc/hostname /etc/resolv.conf"
                                                + " /dev/shm /plain/x /volume/x"))
                .isEqualTo("0:0\n".repeat(7));
        assertThat(owner(plain.resolve("x"))).isEqualTo("100000:200000");
        assertThat(owner(volume.resolve("x"))).isEqualTo("0:0");
        assertThat(owner(host(container))).isEqualTo("100000:200000");
        assertThat(owner(Path.of(NODE.cri().status(container).getLogPath()))).isEqualTo("0:0");
    }

    @Test
    void usersOfTheContainerAreThoseOfTheImage() throws IOException {
        PodSandboxConfig.Builder pod = pod("user");
        ContainerConfig.Builder config = container(pod, IDLE);
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(1000))
                .setRunAsGroup(Int64Value.newBuilder().setValue(1001))
                .addSupplementalGroups(2000);
        String container = NODE.run(pod.build(), config.build());
        assertThat(NODE.cri().shell(container, "id -u; id -G")).isEqualTo("1000\n1001 2000\n");
        assertThat(owner(host(container))).isEqualTo("101000:201001");
        ContainerStatus status = NODE.cri().status(container);
        assertThat(status.getUser().getLinux().getUid()).isEqualTo(1000);
        assertThat(status.getUser().getLinux().getSupplementalGroupsList())
                .containsExactly(1001L, 2000L);
        NamespaceOption asked = pod.getLinux().getSecurityContext().getNamespaceOptions();
        assertThat(
                        NODE.cri()
                                .podStatus(NODE.cri().pods().getFirst().getId())
                                .getLinux()
                                .getNamespaces()
                                .getOptions())
                .isEqualTo(asked);
    }

    @Test
    @DisabledIfSystemProperty(
            named = "gantry.test.kernel",
            matches = "uml",
            disabledReason = "the start of a daemon takes as long as all the others together there")
    void theNamespaceIsSharedByContainersAndSurvivesTheDaemon() {
        PodSandboxConfig.Builder pod =
                pod("kept", options(users().build()).setPid(NamespaceMode.POD));
        String first = NODE.run(pod.build(), container(pod, IDLE).build());
        String namespaces = "for n in user net ipc uts pid; do readlink /proc/self/ns/$n; done";
        String before = NODE.cri().shell(first, namespaces);
        NODE.daemon().kill();
        NODE.daemon().start();
        // What a daemon opens for its first pull it keeps.
        NODE.cri().pull(NODE.image());
        String sandbox = NODE.cri().pods().getFirst().getId();
        ContainerConfig.Builder later = container(pod, IDLE);
        later.getMetadataBuilder().setName("later");
        String second = NODE.cri().create(sandbox, pod.build(), later.build());
        NODE.cri().start(second);
        assertThat(NODE.cri().shell(first, namespaces)).isEqualTo(before);
        assertThat(NODE.cri().shell(second, namespaces)).isEqualTo(before);
        NODE.cri().stop(first, 0);
        NODE.cri().remove(first);
        assertThat(NODE.cri().shell(second, "id -u")).isEqualTo("0\n");
    }

    @Test
    void volumesOfImagesHaveTheirOwnersInside() {
        String image =
                NODE.bed()
                        .registry()
                        .push(
                                NODE.bed()
                                        .images()
                                        .layered(
                                                "declared",
                                                new Tar().file("data/seed", "seed\n"),
                                                Map.of("Volumes", Map.of("/data", Map.of()))),
                                "e2e/declared:1");
        NODE.cri().pull(image);
        PodSandboxConfig.Builder pod = pod("volumes");
        String container =
                NODE.run(
                        pod.build(),
                        container(pod, image, IDLE)
                                .addMounts(Requests.imageVolume(image, "", "/image"))
                                .build());
        assertThat(
                        NODE.cri()
                                .shell(
                                        container,
                                        "touch /data/new; stat -c %u:%g /data /data/seed /data/new"
                                                + " /image/data/seed"))
                .isEqualTo("0:0\n".repeat(4));
        NODE.daemon().removeEverything();
        NODE.cri().removeImage(image);
    }

    @Test
    void aPrivilegedContainerIsSoInItsNamespaceOnly() {
        PodSandboxConfig.Builder pod = pod("privileged");
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        ContainerConfig.Builder config = container(pod, IDLE);
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        String container = NODE.run(pod.build(), config.build());
        assertThat(
                        NODE.cri()
                                .shell(
                                        container,
                                        "exec 2>&1; mount -t tmpfs none /mnt || mkdir /mnt &&"
                                                + " mount -t tmpfs none /mnt && echo mounted;"
                                                + " mknod /dev/new b 8 0;"
                                                + " echo 1 > /proc/sys/vm/drop_caches; true"))
                .contains("mounted\n")
                .contains("mknod: /dev/new: Operation not permitted\n")
                .contains("can't create /proc/sys/vm/drop_caches: Permission denied\n");
    }

    @Test
    void groupsInSysctlsAreThoseOfThePod() {
        String read = "cat /proc/sys/net/ipv4/ping_group_range /proc/sys/kernel/shm_rmid_forced";
        PodSandboxConfig.Builder pod = pod("sysctls");
        assertThat(NODE.cri().shell(NODE.run(pod.build(), container(pod, IDLE).build()), read))
                .isEqualTo("0\t65535\n0\n");
        PodSandboxConfig.Builder other = pod("other");
        other.getLinuxBuilder()
                .putSysctls("net.ipv4.ping_group_range", "5 1000")
                .putSysctls("kernel.shm_rmid_forced", "1");
        assertThat(NODE.cri().shell(NODE.run(other.build(), container(other, IDLE).build()), read))
                .isEqualTo("5\t1000\n1\n");
        PodSandboxConfig.Builder wrong = pod("wrong");
        wrong.getLinuxBuilder().putSysctls("net.ipv4.ping_group_range", "0 65536");
        Failures.is(
                catchThrowable(() -> NODE.cri().runPod(wrong.build())),
                Status.Code.INVALID_ARGUMENT,
                "group 65536 is not in the pod's user namespace, which has 0 to 65535");
        assertThat(NODE.cri().pods()).hasSize(2);
    }

    @Test
    void aPodOfTheHostsNetworkHasNoPowerOverIt() throws IOException {
        PodSandboxConfig.Builder pod =
                pod("hostnet", options(users().build()).setNetwork(NamespaceMode.NODE))
                        .clearHostname();
        String container = NODE.run(pod.build(), container(pod, IDLE).build());
        assertThat(NODE.cri().shell(container, "readlink /proc/self/ns/net").strip())
                .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString());
        assertThat(
                        NODE.cri()
                                .shell(
                                        container,
                                        "ip link set lo mtu $(cat /sys/class/net/lo/mtu) 2>&1 ||"
                                                + " echo refused"))
                .endsWith("refused\n");
    }

    @Test
    void mappingsThatMakeNoSenseAreRefused() {
        assertPodRefused(
                UserNamespace.newBuilder()
                        .setMode(NamespaceMode.POD)
                        .addUids(UIDS)
                        .addUids(mapping(70_000, 300_000, 1))
                        .addGids(GIDS),
                ".uids is ");
        assertPodRefused(
                UserNamespace.newBuilder()
                        .setMode(NamespaceMode.POD)
                        .addUids(UIDS)
                        .addGids(mapping(1, 200_000, 10)),
                ".gids is ");
        assertPodRefused(
                UserNamespace.newBuilder()
                        .setMode(NamespaceMode.POD)
                        .addUids(mapping(0, 100_000, 0))
                        .addGids(GIDS),
                ".uids is ");
        assertPodRefused(UserNamespace.newBuilder().setMode(NamespaceMode.POD), ".uids is ");
        assertPodRefused(users().setMode(NamespaceMode.CONTAINER), ".mode is \"CONTAINER\"");
        assertPodRefused(
                UserNamespace.newBuilder()
                        .setMode(NamespaceMode.POD)
                        .addUids(mapping(0, -10, 11))
                        .addGids(GIDS),
                "the host has 0 to 4294967294");
    }

    private static void assertPodRefused(UserNamespace.Builder users, String message) {
        PodSandboxConfig pod = pod("refused", options(users.build())).build();
        Throwable thrown = catchThrowable(() -> NODE.cri().runPod(pod));
        Failures.is(thrown, Status.Code.INVALID_ARGUMENT, message);
        assertThat(NODE.cri().pods()).isEmpty();
    }

    @Test
    void containersThatDoNotFitTheirPodAreRefused() {
        PodSandboxConfig.Builder pod = pod("fit");
        String sandbox = NODE.cri().runPod(pod.build());
        ContainerConfig.Builder other = container(pod, "true");
        other.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setNamespaceOptions(
                        options(users().setUids(0, mapping(0, 100_001, 65_536)).build()));
        assertRefused(
                sandbox, pod, other, Status.Code.INVALID_ARGUMENT, "its userns_options are not");
        ContainerConfig.Builder none = container(pod, "true");
        none.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .clearUsernsOptions();
        assertRefused(
                sandbox, pod, none, Status.Code.INVALID_ARGUMENT, "its userns_options are not");
        ContainerConfig.Builder user = container(pod, "true");
        user.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setRunAsUser(Int64Value.newBuilder().setValue(65_536));
        assertRefused(
                sandbox,
                pod,
                user,
                Status.Code.INVALID_ARGUMENT,
                "user 65536 is not in the pod's user namespace, which has 0 to 65535");
        assertRefused(
                sandbox,
                pod,
                container(pod, "true")
                        .addMounts(
                                mapped(NODE.home(), "/v").toBuilder()
                                        .setUidMappings(0, mapping(0, 5, 6))),
                Status.Code.INVALID_ARGUMENT,
                "volume /v: its id mappings are not those of the pod's user namespace");
        assertRefused(
                sandbox,
                pod,
                container(pod, "true").addMounts(mapped(Path.of("/proc/sys"), "/v")),
                Status.Code.FAILED_PRECONDITION,
                "volume /v: ids cannot be mapped on /proc/sys: its file system proc");
        assertThat(NODE.cri().containers()).isEmpty();
    }

    @Test
    void aVolumeWithMappingsNeedsAPodWithANamespace() {
        PodSandboxConfig.Builder pod = NODE.pod("none");
        String sandbox = NODE.cri().runPod(pod.build());
        assertRefused(
                sandbox,
                pod,
                Requests.script("c", NODE.image(), "true").addMounts(mapped(NODE.home(), "/v")),
                Status.Code.INVALID_ARGUMENT,
                "volume /v has id mappings, but its pod has no user namespace");
    }

    private static void assertRefused(
            String sandbox,
            PodSandboxConfig.Builder pod,
            ContainerConfig.Builder config,
            Status.Code code,
            String message) {
        Throwable thrown =
                catchThrowable(() -> NODE.cri().create(sandbox, pod.build(), config.build()));
        Failures.is(thrown, code, message);
    }
}
