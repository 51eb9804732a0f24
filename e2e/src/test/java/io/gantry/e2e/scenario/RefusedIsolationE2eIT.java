package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.Capability;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.Device;
import io.gantry.proto.cri.IDMapping;
import io.gantry.proto.cri.Int64Value;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.Mount;
import io.gantry.proto.cri.MountPropagation;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.SecurityProfile;
import io.gantry.proto.cri.SecurityProfile.ProfileType;
import io.gantry.proto.cri.UserNamespace;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pod or a container cannot ask for is refused by its field, and leaves nothing. */
class RefusedIsolationE2eIT {

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static void assertPodRefused(
            Consumer<PodSandboxConfig.Builder> edit, CharSequence... words) {
        PodSandboxConfig.Builder pod = NODE.pod("refused");
        edit.accept(pod);
        Throwable failure = catchThrowable(() -> NODE.cri().runPod(pod.build()));
        Failures.is(failure, Status.Code.INVALID_ARGUMENT, words);
        assertThat(NODE.cri().pods()).isEmpty();
    }

    @Test
    void kernelParametersThatAreNotThePodsOwn() throws IOException {
        Path panic = Path.of("/proc/sys/kernel/panic");
        String before = Files.readString(panic);
        assertPodRefused(
                pod -> pod.getLinuxBuilder().putSysctls("kernel.panic", "77"),
                "config.linux.sysctls",
                "kernel.panic");
        assertPodRefused(
                pod -> pod.getLinuxBuilder().putSysctls("kernel/panic", "77"),
                "config.linux.sysctls",
                "kernel/panic");
        assertThat(Files.readString(panic)).isEqualTo(before);
        assertPodRefused(
                pod ->
                        pod.clearHostname()
                                .setLinux(Requests.namespaces(NamespaceMode.NODE))
                                .getLinuxBuilder()
                                .putSysctls("net.ipv4.ip_forward", "1"),
                "config.linux.sysctls",
                "network namespace of the host");
        assertPodRefused(
                pod -> {
                    pod.getLinuxBuilder().putSysctls("kernel.shmmax", "4096");
                    pod.getLinuxBuilder()
                            .getSecurityContextBuilder()
                            .getNamespaceOptionsBuilder()
                            .setIpc(NamespaceMode.NODE);
                },
                "config.linux.sysctls",
                "IPC namespace of the host");
    }

    @Test
    void aGroupOfAPodWithoutAUser() {
        assertPodRefused(
                pod ->
                        pod.getLinuxBuilder()
                                .getSecurityContextBuilder()
                                .setRunAsGroup(Int64Value.newBuilder().setValue(1)),
                "config.linux.security_context.run_as_group");
    }

    @Test
    void aUserNamespaceWhereIdsOfImagesCannotBeMapped() {
        String type =
                Command.of("stat", "-f", "-c", "%T", NODE.daemon().root().toString())
                        .run()
                        .orThrow();
        // A tmpfs, as in the guest, maps ids since 6.3; the others that tests run on since 5.19.
        assumeThat(type.strip() + " " + System.getProperty("os.version"))
                .matches("tmpfs (5|6\\.[012])\\..*");
        IDMapping ids = IDMapping.newBuilder().setHostId(100_000).setLength(65_536).build();
        PodSandboxConfig.Builder pod = NODE.pod("refused");
        pod.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setUsernsOptions(UserNamespace.newBuilder().addUids(ids).addGids(ids));
        Failures.is(
                catchThrowable(() -> NODE.cri().runPod(pod.build())),
                Status.Code.FAILED_PRECONDITION,
                "whose ids can be mapped: tmpfs, which has ");
        assertThat(NODE.cri().pods()).isEmpty();
    }

    private static final class Attempts {

        private final PodSandboxConfig pod = NODE.pod("holds").build();
        private final String sandbox = NODE.cri().runPod(pod);

        void refused(Consumer<ContainerConfig.Builder> edit, CharSequence... words) {
            ContainerConfig.Builder config = Requests.script("c", NODE.image(), "exit 0");
            edit.accept(config);
            Throwable failure =
                    catchThrowable(() -> NODE.cri().create(sandbox, pod, config.build()));
            Failures.is(failure, Status.Code.INVALID_ARGUMENT, words);
            assertThat(NODE.cri().containers()).isEmpty();
        }

        void secured(Consumer<LinuxContainerSecurityContext.Builder> edit, CharSequence... words) {
            refused(
                    config -> edit.accept(config.getLinuxBuilder().getSecurityContextBuilder()),
                    words);
        }

        /** Neither the name nor the pod is lost by what was refused. */
        void succeed() {
            ContainerConfig config = Requests.script("c", NODE.image(), "exit 0").build();
            String container = NODE.cri().create(sandbox, pod, config);
            NODE.cri().start(container);
            NODE.cri().awaitExit(container);
            assertThat(NODE.cri().status(container).getState())
                    .isEqualTo(ContainerState.CONTAINER_EXITED);
        }
    }

    @Test
    void identitiesAndCapabilitiesThatThereAreNot() {
        Attempts attempts = new Attempts();
        attempts.secured(
                with -> with.setRunAsGroup(Int64Value.newBuilder().setValue(1)),
                "config.linux.security_context.run_as_group");
        attempts.secured(
                with -> with.setCapabilities(Capability.newBuilder().addAddCapabilities("FLY")),
                "capabilities.add_capabilities",
                "FLY");
        attempts.secured(
                with -> with.setCapabilities(Capability.newBuilder().addDropCapabilities("FLY")),
                "capabilities.drop_capabilities",
                "FLY");
        attempts.succeed();
    }

    private static SecurityProfile profile(Path file) {
        return SecurityProfile.newBuilder()
                .setProfileType(ProfileType.Localhost)
                .setLocalhostRef(file.toString())
                .build();
    }

    @Test
    void profilesOfSystemCallsThatAreMissingOrMalformed() throws IOException {
        Path file = NODE.home().resolve("seccomp.json");
        Attempts attempts = new Attempts();
        attempts.secured(
                with -> with.setSeccomp(profile(file)),
                "seccomp profile " + file,
                "cannot be read");
        Files.writeString(file, "{\"defaultAction\": ");
        attempts.secured(with -> with.setSeccomp(profile(file)), "seccomp profile " + file);
        Files.writeString(file, "{\"defaultAction\": \"SCMP_ACT_DENY\"}");
        attempts.secured(
                with -> with.setSeccomp(profile(file)),
                "seccomp profile " + file,
                "defaultAction is \"SCMP_ACT_DENY\"");
        Files.delete(file);
        attempts.succeed();
    }

    @Test
    void mountsAndDevicesThatCannotBe() {
        Mount.Builder mount = Requests.bind(NODE.home(), "/v").toBuilder();
        Attempts attempts = new Attempts();
        attempts.refused(
                config ->
                        config.addMounts(
                                mount.setReadonly(true)
                                        .setRecursiveReadOnly(true)
                                        .setPropagation(
                                                MountPropagation.PROPAGATION_HOST_TO_CONTAINER)),
                "config.mounts[0].recursive_read_only");
        attempts.refused(
                config -> config.addMounts(Requests.bind(Path.of("relative"), "/v")),
                "volume /v",
                "host_path");
        Path file = NODE.daemon().config();
        attempts.refused(
                config ->
                        config.addDevices(
                                Device.newBuilder()
                                        .setHostPath(file.toString())
                                        .setContainerPath("/dev/x")
                                        .setPermissions("rw")),
                "device " + file,
                "host_path");
        attempts.succeed();
    }
}
