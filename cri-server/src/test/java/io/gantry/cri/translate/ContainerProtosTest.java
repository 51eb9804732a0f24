package io.gantry.cri.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.proto.cri.CDIDevice;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerFilter;
import io.gantry.proto.cri.ContainerMetadata;
import io.gantry.proto.cri.ContainerResources;
import io.gantry.proto.cri.ContainerStateValue;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.Device;
import io.gantry.proto.cri.HugepageLimit;
import io.gantry.proto.cri.IDMapping;
import io.gantry.proto.cri.ImageSpec;
import io.gantry.proto.cri.KeyValue;
import io.gantry.proto.cri.LinuxContainerConfig;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.Mount;
import io.gantry.proto.cri.MountPropagation;
import io.gantry.proto.cri.Signal;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerState;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.EnvVar;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxId;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class ContainerProtosTest {

    private static final Instant CREATED = Instant.parse("2026-01-31T12:00:00Z");
    private static final long CREATED_NANOS = 1_769_860_800_000_000_000L;

    @Test
    void everyPartOfARequestArrives() {
        var config =
                convert(
                        c ->
                                c.addCommand("sh")
                                        .addArgs("-c")
                                        .setWorkingDir("/tmp")
                                        .addEnvs(env("A", "b=c"))
                                        .addDevices(
                                                Device.newBuilder()
                                                        .setHostPath("/dev/null")
                                                        .setContainerPath("/dev/x")
                                                        .setPermissions("rw"))
                                        .putLabels("l", "1")
                                        .putAnnotations("a", "2")
                                        .setLogPath("main/0.log")
                                        .setStdin(true)
                                        .setStdinOnce(true)
                                        .setTty(true)
                                        .addCDIDevices(CDIDevice.newBuilder().setName("v/c=n"))
                                        .setStopSignal(Signal.SIGNAL_SIGRTMINPLUS3));

        assertThat(config.metadata())
                .isEqualTo(new io.gantry.runtime.container.ContainerMetadata("main", 2));
        assertThat(config.image().image()).isEqualTo("busybox");
        assertThat(config.command()).containsExactly("sh");
        assertThat(config.args()).containsExactly("-c");
        assertThat(config.workingDir()).isEqualTo("/tmp");
        assertThat(config.envs()).containsExactly(new EnvVar("A", "b=c"));
        assertThat(config.devices().getFirst().permissions()).isEqualTo("rw");
        assertThat(config.labels()).containsEntry("l", "1");
        assertThat(config.annotations()).containsEntry("a", "2");
        assertThat(config.logPath()).isEqualTo("main/0.log");
        assertThat(config.stdin() && config.stdinOnce() && config.tty()).isTrue();
        assertThat(config.cdiDevices()).containsExactly("v/c=n");
        assertThat(config.stopSignal()).isEqualTo(new io.gantry.runtime.container.Signal(37));
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> ContainerProtos.toDomain(ContainerConfig.getDefaultInstance()))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("config.metadata is missing");
        assertThatThrownBy(() -> convert(c -> c.getMetadataBuilder().clearName()))
                .hasMessage("config.metadata.name is missing");
        assertThatThrownBy(() -> convert(ContainerConfig.Builder::clearImage))
                .hasMessage("config.image.image is missing");
        assertThatThrownBy(() -> convert(c -> c.addMounts(Mount.newBuilder().setHostPath("/a"))))
                .hasMessage("config.mounts[0].container_path is missing");
        assertThatThrownBy(
                        () -> convert(c -> c.addMounts(Mount.newBuilder().setContainerPath("/a"))))
                .hasMessage("config.mounts[0].host_path is missing");
    }

    @Test
    void pathsThatHoldANulAreRefused() {
        assertThatThrownBy(
                        () ->
                                convert(
                                        c ->
                                                c.addMounts(
                                                        Mount.newBuilder()
                                                                .setHostPath("/a")
                                                                .setContainerPath("/a\0b"))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("config.mounts[0].container_path is \"/a\\0b\": it holds a NUL");
        assertThatThrownBy(
                        () ->
                                convert(
                                        c ->
                                                c.addDevices(
                                                        Device.newBuilder()
                                                                .setHostPath("/dev/null")
                                                                .setContainerPath("/a\0b"))))
                .hasMessage("config.devices.container_path is \"/a\\0b\": it holds a NUL");
        assertThatThrownBy(() -> convert(c -> c.setLogPath("a\0b")))
                .hasMessage("config.log_path is \"a\\0b\": it holds a NUL");
    }

    @Test
    void anEnvironmentThatNoProgramCouldReadIsRefused() {
        assertThatThrownBy(() -> convert(c -> c.addEnvs(env("A=B", ""))))
                .hasMessage("config.envs.key is \"A=B\": a name has neither '=' nor NUL");
        assertThatThrownBy(() -> convert(c -> c.addEnvs(env("", "x"))))
                .hasMessage("config.envs.key is missing");
        assertThatThrownBy(
                        () ->
                                convert(
                                        c ->
                                                c.addEnvs(
                                                        KeyValue.newBuilder()
                                                                .setKey("A")
                                                                .setValue(
                                                                        ByteString.fromHex("ff")))))
                .hasMessage("config.envs.key is \"A\": its value is not UTF-8");
    }

    @Test
    void devicePermissionsAreThreeLetters() {
        assertThatThrownBy(
                        () -> convert(c -> c.addDevices(Device.newBuilder().setPermissions("x"))))
                .hasMessage("config.devices.permissions is \"x\": it must be made of r, w and m");
    }

    @Test
    void mountsAreEchoedAsTheyCame() {
        Mount bind =
                Mount.newBuilder()
                        .setHostPath("/h")
                        .setContainerPath("/c")
                        .setReadonly(true)
                        .setRecursiveReadOnly(true)
                        .setSelinuxRelabel(true)
                        .addUidMappings(IDMapping.newBuilder().setHostId(5).setLength(1))
                        .addMountOptions("noexec")
                        .build();
        Mount shared =
                Mount.newBuilder()
                        .setHostPath("/s")
                        .setContainerPath("/s")
                        .setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL)
                        .build();
        Mount image =
                Mount.newBuilder()
                        .setContainerPath("/i")
                        .setReadonly(true)
                        .setImage(spec("data").toBuilder().setUserSpecifiedImage("d"))
                        .setImageSubPath("sub")
                        .build();

        assertThat(
                        status(c -> c.addMounts(bind).addMounts(shared).addMounts(image))
                                .getMountsList())
                .containsExactly(bind, shared, image);
    }

    @Test
    void mountsThatContradictThemselvesAreRefused() {
        Mount.Builder image = Mount.newBuilder().setContainerPath("/i").setImage(spec("data"));
        assertThatThrownBy(() -> convert(c -> c.addMounts(image)))
                .hasMessage(
                        "config.mounts[0].readonly is false: an image volume must be read-only");
        assertThatThrownBy(() -> convert(c -> c.addMounts(image.setHostPath("/h"))))
                .hasMessage("config.mounts[0].host_path is \"/h\": an image volume has none");
        Mount.Builder rro =
                Mount.newBuilder()
                        .setContainerPath("/c")
                        .setHostPath("/h")
                        .setRecursiveReadOnly(true);
        assertThatThrownBy(() -> convert(c -> c.addMounts(rro)))
                .hasMessage("config.mounts[0].recursive_read_only is set without readonly");
        assertThatThrownBy(
                        () ->
                                convert(
                                        c ->
                                                c.addMounts(
                                                        rro.setReadonly(true)
                                                                .setPropagation(
                                                                        MountPropagation
                                                                                .PROPAGATION_HOST_TO_CONTAINER))))
                .hasMessageStartingWith(
                        "config.mounts[0].recursive_read_only needs private propagation");
    }

    @Test
    void resourcesGoThereAndBack() {
        LinuxContainerResources resources =
                LinuxContainerResources.newBuilder()
                        .setCpuPeriod(100_000)
                        .setCpuQuota(50_000)
                        .setCpuShares(512)
                        .setMemoryLimitInBytes(1 << 26)
                        .setMemorySwapLimitInBytes(1 << 26)
                        .setOomScoreAdj(-5)
                        .setCpusetCpus("0")
                        .setCpusetMems("0")
                        .addHugepageLimits(
                                HugepageLimit.newBuilder().setPageSize("2MB").setLimit(4))
                        .putUnified("memory.high", "max")
                        .build();

        assertThat(
                        status(
                                        c ->
                                                c.setLinux(
                                                        LinuxContainerConfig.newBuilder()
                                                                .setResources(resources)))
                                .getResources())
                .isEqualTo(ContainerResources.newBuilder().setLinux(resources).build());
    }

    @Test
    void resourcesThatTheKernelWouldNotTakeAreRefused() {
        assertThatThrownBy(() -> resources(r -> r.setCpuQuota(-2)))
                .hasMessage(
                        "config.linux.resources.cpu_quota is \"-2\": it must not be below -1, no"
                                + " limit");
        assertThatThrownBy(() -> resources(r -> r.setCpuShares(-1)))
                .hasMessage("config.linux.resources.cpu_shares is \"-1\": it must not be negative");
        assertThatThrownBy(
                        () ->
                                resources(
                                        r ->
                                                r.setMemoryLimitInBytes(20)
                                                        .setMemorySwapLimitInBytes(10)))
                .hasMessage(
                        "config.linux.resources.memory_swap_limit_in_bytes is \"10\": it includes"
                                + " memory, so it must not be below memory_limit_in_bytes, 20");
        assertThatThrownBy(
                        () ->
                                resources(
                                        r ->
                                                r.addHugepageLimits(
                                                        HugepageLimit.newBuilder()
                                                                .setPageSize("../x"))))
                .hasMessage(
                        "config.linux.resources.hugepage_limits.page_size is \"../x\": it must be"
                                + " as 2MB or 1GB");
        assertThatThrownBy(() -> resources(r -> r.setOomScoreAdj(1001)))
                .hasMessage(
                        "config.linux.resources.oom_score_adj is \"1001\": it must be between"
                                + " -1000 and 1000");
        assertThatThrownBy(() -> resources(r -> r.setMemoryLimitInBytes(-1)))
                .hasMessageStartingWith("config.linux.resources.memory_limit_in_bytes is \"-1\"");
    }

    @Test
    void aStatusTellsWhatTheKubeletAsks() {
        ContainerStatus created = status(c -> {});
        assertThat(created.getState())
                .isEqualTo(io.gantry.proto.cri.ContainerState.CONTAINER_CREATED);
        assertThat(created.getCreatedAt()).isEqualTo(CREATED_NANOS);
        assertThat(created.getStartedAt()).isZero();
        assertThat(created.getLogPath()).isEqualTo("/logs/main.log");
        assertThat(created.getStopSignal()).isEqualTo(Signal.SIGNAL_SIGTERM);
        assertThat(created.getUser().getLinux().getSupplementalGroupsList())
                .containsExactly(1L, 3L);

        Container running = container(c -> {});
        ContainerStatus exited =
                ContainerProtos.toStatus(
                        running.with(
                                running.status()
                                        .started(5, CREATED.plusSeconds(1))
                                        .exited(0, CREATED.plusSeconds(2), true)));
        assertThat(exited.getState())
                .isEqualTo(io.gantry.proto.cri.ContainerState.CONTAINER_EXITED);
        assertThat(exited.getReason()).isEqualTo("OOMKilled");
        assertThat(exited.getFinishedAt()).isEqualTo(CREATED_NANOS + 2_000_000_000L);
    }

    @Test
    void filtersAreThoseOfTheCrisOwnContainers() {
        var filter =
                ContainerProtos.toDomain(
                        ContainerFilter.newBuilder()
                                .setId("a")
                                .setState(
                                        ContainerStateValue.newBuilder()
                                                .setState(
                                                        io.gantry.proto.cri.ContainerState
                                                                .CONTAINER_RUNNING))
                                .putLabelSelector("k", "v")
                                .build());

        assertThat(filter.owner()).isEqualTo(PodOwner.CRI);
        assertThat(filter.id()).isEqualTo("a");
        assertThat(filter.state()).isEqualTo(ContainerState.RUNNING);
        assertThat(filter.labelSelector()).containsEntry("k", "v");
        assertThat(ContainerProtos.toDomain(ContainerFilter.getDefaultInstance()).state()).isNull();
    }

    @Test
    void everySignalOfTheCriGoesThereAndBack() {
        for (Signal signal : Signal.values()) {
            if (signal != Signal.UNRECOGNIZED && signal != Signal.SIGNAL_RUNTIME_DEFAULT) {
                var domain = Objects.requireNonNull(SignalProtos.toDomain("x", signal));
                // Some numbers have two names; what comes back means the same.
                assertThat(SignalProtos.toDomain("x", SignalProtos.toProto(domain)))
                        .isEqualTo(domain);
            }
        }
        assertThat(SignalProtos.toDomain("x", Signal.SIGNAL_RUNTIME_DEFAULT)).isNull();
    }

    private static void resources(Consumer<LinuxContainerResources.Builder> change) {
        LinuxContainerResources.Builder resources = LinuxContainerResources.newBuilder();
        change.accept(resources);
        convert(c -> c.setLinux(LinuxContainerConfig.newBuilder().setResources(resources)));
    }

    private static ContainerStatus status(Consumer<ContainerConfig.Builder> change) {
        return ContainerProtos.toStatus(container(change));
    }

    private static Container container(Consumer<ContainerConfig.Builder> change) {
        var config = convert(change);
        return new Container(
                ContainerId.random(),
                PodSandboxId.random(),
                config,
                "sha256:i",
                "r@sha256:d",
                "/logs/main.log",
                "/c",
                new ContainerUser(1, 2, List.of(1L, 3L)),
                io.gantry.runtime.container.Signal.SIGTERM,
                config.resources(),
                CREATED,
                io.gantry.runtime.container.ContainerStatus.creating().created());
    }

    private static io.gantry.runtime.container.ContainerConfig convert(
            Consumer<ContainerConfig.Builder> change) {
        ContainerConfig.Builder config =
                ContainerConfig.newBuilder()
                        .setMetadata(ContainerMetadata.newBuilder().setName("main").setAttempt(2))
                        .setImage(spec("busybox"));
        change.accept(config);
        return ContainerProtos.toDomain(config.build());
    }

    private static ImageSpec spec(String name) {
        return ImageSpec.newBuilder().setImage(name).build();
    }

    private static KeyValue env(String key, String value) {
        return KeyValue.newBuilder().setKey(key).setValue(ByteString.copyFromUtf8(value)).build();
    }
}
