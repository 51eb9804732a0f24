package io.gantry.e2e.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.Device;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.SecurityProfile;
import io.gantry.proto.cri.SecurityProfile.ProfileType;
import io.gantry.proto.cri.UpdateContainerResourcesRequest;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What holds a container in, looked at from inside of it, in either version of cgroups: its limits
 * by the files of its group, and what it is forbidden by trying it.
 */
public final class Confinement {

    private static final long MIB = 1L << 20;
    private static final long PERIOD = 50_000;

    /** Whether this machine has version 2. */
    public static final boolean V2 = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));

    /** What is in force, a line each, with the set and the share of processors as the last. */
    private static final String LIMITS =
            V2
                    ? "cd /sys/fs/cgroup; cat memory.max cpu.max cpu.weight"
                    : "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes;"
                            + " echo $(cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us);"
                            + " cat cpuset/cpuset.cpus; nproc; cat cpu/cpu.shares";

    /** One that this process may use; the guest with version 2 has no sets of them. */
    private static final String PROCESSOR = V2 ? "" : firstProcessor();

    /** Runtimes of before 2025 count 512 shares of 1024 as 20 of 100, those since as 59. */
    private static final String SHARES = V2 ? "(20|59)" : PROCESSOR + "\n1\n512";

    private static final String OWN_GROUP = "/sys/fs/cgroup" + (V2 ? "" : "/memory");

    /** What nobody may who is not privileged, with what the kernel says to it. */
    private static final String TRIES =
            """
            ; exec 2>&1
            mount -t tmpfs none /tmp
            hostname other
            echo 1 > /proc/sys/kernel/panic
            mkdir %s/new
            mknod /tmp/disk b 7 0 && cat /tmp/disk
            wc -c < /proc/interrupts
            { true > /dev/given/log; } && echo written
            { true < /dev/given/log; }
            cat /proc/self/cgroup
            """
                    .formatted(OWN_GROUP);

    private static final String FAILURES =
            """
            mount: permission denied (are you root?)
            hostname: sethostname: Operation not permitted
            /bin/sh: can't create /proc/sys/kernel/panic: Read-only file system
            mkdir: can't create directory '%s/new': Read-only file system
            cat: can't open '/tmp/disk': Operation not permitted
            0
            written
            /bin/sh: can't open /dev/given/log: Operation not permitted
            """
                    .formatted(OWN_GROUP);

    /** Opens a device that a container is not given, the kernel's log. */
    private static final String OPEN_DEVICE =
            "mknod %1$s c 1 11; { true < %1$s; } 2>/dev/null && echo opened || echo kept out;"
                    + " rm %1$s";

    private Confinement() {}

    private static String firstProcessor() {
        String allowed = Texts.read(Path.of("/proc/self/status"));
        String list = allowed.replaceFirst("(?s).*Cpus_allowed_list:\\s*", "");
        return list.replaceFirst("(?s)[^0-9].*", "");
    }

    private static LinuxContainerResources.Builder limits(long mebibytes, long quota) {
        return Requests.memory(mebibytes * MIB).toBuilder()
                .setCpuShares(512)
                .setCpusetCpus(PROCESSOR)
                .setCpuQuota(quota)
                .setCpuPeriod(PERIOD);
    }

    /**
     * Limits a container, and secures it as a kubelet does what asks for nothing special but a
     * directory of devices to read.
     *
     * @param scratch fresh directory for the devices
     */
    public static ContainerConfig.Builder of(ContainerConfig.Builder config, Path scratch) {
        String log = scratch.resolve("log").toString();
        Command.of("mknod", log, "c", "1", "11").run().orThrow();
        config.addDevices(
                Device.newBuilder()
                        .setHostPath(scratch.toString())
                        .setContainerPath("/dev/given")
                        .setPermissions("w"));
        config.getLinuxBuilder()
                .setResources(limits(64, 20_000))
                .getSecurityContextBuilder()
                .setSeccomp(SecurityProfile.newBuilder().setProfileType(ProfileType.RuntimeDefault))
                .addMaskedPaths("/proc/interrupts")
                .addReadonlyPaths("/proc/sys");
        return config;
    }

    /**
     * A started container that was made so is held in, and is held to other limits when they
     * change.
     *
     * @param ownGroups whether it is to see its control group as the root of all, whatever the
     *     version
     */
    public static void assertHolds(Cri cri, String container, boolean ownGroups) {
        String seen = cri.shell(container, LIMITS + TRIES);
        assertThat(seen)
                .matches("(?s)" + 64 * MIB + "\n20000 " + PERIOD + "\n" + SHARES + "\n.*")
                .contains(FAILURES);
        if (ownGroups || V2) {
            assertThat(seen.substring(seen.indexOf(FAILURES) + FAILURES.length()).lines())
                    .isNotEmpty()
                    .allMatch(line -> line.endsWith(":/"));
        }
        cri.runtime()
                .updateContainerResources(
                        UpdateContainerResourcesRequest.newBuilder()
                                .setContainerId(container)
                                .setLinux(limits(96, 25_000))
                                .build());
        assertThat(cri.shell(container, LIMITS))
                .matches(96 * MIB + "\n25000 " + PERIOD + "\n" + SHARES + "\n");
    }

    /** A pod and a container in it that nothing is to hold in. */
    public static ContainerConfig.Builder without(
            PodSandboxConfig.Builder pod, ContainerConfig.Builder config) {
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        return config;
    }

    /**
     * A started container that was made so may what its node may.
     *
     * @param scratch directory for files of this
     */
    public static void assertDoesNotHold(Cri cri, String container, Path scratch) {
        String onNode =
                Command.of("sh", "-c", OPEN_DEVICE.formatted(scratch.resolve("kmsg")))
                        .run()
                        .out()
                        .strip();
        assertThat(
                        cri.shell(
                                container,
                                "exec 2>&1; mount -t tmpfs none /tmp && umount /tmp && echo"
                                        + " mounted; cat /proc/sys/kernel/panic > /tmp/panic; cat"
                                        + " /tmp/panic > /proc/sys/kernel/panic && echo set;"
                                        + " mkdir %1$s/gantry-e2e-new && rmdir %1$s/gantry-e2e-new"
                                                .formatted(OWN_GROUP)
                                        + " && echo made; grep Seccomp: /proc/self/status; "
                                        + OPEN_DEVICE.formatted("/tmp/kmsg")))
                .isEqualTo("mounted\nset\nmade\nSeccomp:\t0\n" + onNode + "\n");
    }
}
