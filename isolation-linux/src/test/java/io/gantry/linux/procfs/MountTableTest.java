package io.gantry.linux.procfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MountTableTest {

    private static final MountTable TABLE =
            MountTable.parse(
                    List.of(
                            "22 1 254:0 / / rw,relatime - ext4 /dev/root rw,errors=remount-ro",
                            "30 22 0:25 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=10%",
                            "31 30 0:26 /a\\040b /run/with\\040space\\134x ro master:2"
                                    + " propagate_from:1 - ext4 /dev/x\\011y rw",
                            "40 30 0:31 / /run rw - tmpfs second rw",
                            ""));

    @Test
    void fieldsAreReadFromBothSidesOfTheSeparator() {
        MountInfo mount = TABLE.mounts().get(1);

        assertThat(mount)
                .isEqualTo(
                        new MountInfo(
                                30,
                                22,
                                "0:25",
                                "/",
                                "/run",
                                List.of("rw", "nosuid"),
                                List.of("shared:5"),
                                "tmpfs",
                                "tmpfs",
                                List.of("rw", "size=10%")));
        assertThat(mount.shared()).isTrue();
        assertThat(mount.slave()).isFalse();
    }

    @Test
    void escapesAreUndone() {
        MountInfo mount = TABLE.mounts().get(2);

        assertThat(mount.root()).isEqualTo("/a b");
        assertThat(mount.mountPoint()).isEqualTo("/run/with space\\x");
        assertThat(mount.source()).isEqualTo("/dev/x\ty");
        assertThat(mount.slave()).isTrue();
        assertThat(mount.shared()).isFalse();
    }

    @Test
    void backslashWithoutThreeDigitsStays() {
        MountInfo mount = MountInfo.parse("1 1 0:1 / /a\\9\\04 rw - tmpfs t rw");

        assertThat(mount.mountPoint()).isEqualTo("/a\\9\\04");
    }

    @Test
    void lastOfStackedMountsIsSeen() {
        assertThat(TABLE.at(Path.of("/run")).orElseThrow().source()).isEqualTo("second");
    }

    @Test
    void pathLiesInTheNearestMountAbove() {
        assertThat(TABLE.containing(Path.of("/run/with space\\x/deep/er")).orElseThrow().id())
                .isEqualTo(31);
        assertThat(TABLE.containing(Path.of("/running")).orElseThrow().id()).isEqualTo(22);
    }

    @Test
    void lineWithoutSeparatorIsRefused() {
        assertThatThrownBy(() -> MountInfo.parse("22 1 254:0 / / rw,relatime ext4"))
                .hasMessage("not a line of mountinfo: 22 1 254:0 / / rw,relatime ext4");
    }
}
