package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.linux.procfs.MountTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CgroupMountsTest {

    private static final Path ROOT = Path.of("/sys/fs/cgroup");

    private static MountTable table(String... mounts) {
        return MountTable.parse(
                List.of(mounts).stream().map(mount -> "31 23 0:28 / " + mount).toList());
    }

    @Test
    void cgroup2AtTheUsualPlaceIsVersion2() throws IOException {
        MountTable table = table("/sys/fs/cgroup rw,relatime - cgroup2 cgroup rw,nsdelegate");

        assertThat(CgroupMounts.of(table)).isEqualTo(new CgroupMounts.V2(ROOT));
    }

    @Test
    void controllersBesideAnEmptyCgroup2AreVersion1() throws IOException {
        MountTable table =
                table(
                        "/sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755",
                        "/sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
                        "/sys/fs/cgroup/memory rw - cgroup cgroup rw,xattr,memory",
                        "/sys/fs/cgroup/systemd rw - cgroup systemd"
                                + " rw,xattr,release_agent=/x,name=systemd",
                        "/sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");

        assertThat(CgroupMounts.of(table))
                .isEqualTo(
                        new CgroupMounts.V1(
                                Map.of(
                                        "cpu", ROOT.resolve("cpu,cpuacct"),
                                        "cpuacct", ROOT.resolve("cpu,cpuacct"),
                                        "memory", ROOT.resolve("memory")),
                                List.of(ROOT.resolve("systemd")),
                                Optional.of(ROOT.resolve("unified"))));
    }

    @Test
    void hierarchiesInContainersDoNotCount() throws IOException {
        MountTable table =
                table(
                        "/sys/fs/cgroup rw - cgroup2 cgroup rw",
                        "/run/x/rootfs/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory");

        assertThat(CgroupMounts.of(table)).isEqualTo(new CgroupMounts.V2(ROOT));
    }

    @Test
    void machineWithoutCgroupsIsToldWhatToMount() {
        assertThatThrownBy(() -> CgroupMounts.of(table("/sys rw - sysfs sysfs rw")))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "no control groups are mounted at /sys/fs/cgroup; mount cgroup2 there,"
                                + " or the controllers of version 1 below it");
    }
}
