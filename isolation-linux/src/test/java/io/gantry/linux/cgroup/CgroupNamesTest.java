package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CgroupNamesTest {

    private static final CgroupNames FILES = new CgroupNames(CgroupDriver.CGROUPFS, "/gantry");
    private static final CgroupNames UNITS = new CgroupNames(CgroupDriver.SYSTEMD, "gantry.slice");

    @Test
    void withoutAParentTheDefaultOneIsMeant() {
        assertThat(FILES.of("id").value()).isEqualTo("/gantry/id");
        assertThat(UNITS.of("id").value()).isEqualTo("/gantry.slice/gantry-id.scope");
        assertThat(UNITS.parentPath().value()).isEqualTo("/gantry.slice");
    }

    @ParameterizedTest
    @CsvSource({
        "a.slice, /a.slice/gantry-id.scope",
        "kubepods-burstable-pod1_2.slice,"
            + " /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/gantry-id.scope",
        "/kubepods.slice/kubepods-pod1.slice, /kubepods.slice/kubepods-pod1.slice/gantry-id.scope",
        "a\\x2db-c.slice, /a\\x2db.slice/a\\x2db-c.slice/gantry-id.scope"
    })
    void sliceIsWhereSystemdHasIt(String parent, String path) {
        assertThat(UNITS.in(parent, "id").value()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/kubepods/burstable/pod1", "kubepods", "/a.slice/b", "a.slice/", "/"})
    void parentThatIsNoSliceIsRefusedBySystemd(String parent) {
        assertThatThrownBy(() -> UNITS.in(parent, "id"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("linux.cgroup_parent \"" + parent + "\" is not a slice")
                .hasMessageContaining("cgroupDriver");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-.slice", ".slice", "a--b.slice", "-a.slice", "a-.slice", "a b.slice"})
    void nameThatNoSliceHasIsRefused(String parent) {
        assertThatThrownBy(() -> UNITS.in(parent, "id"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("linux.cgroup_parent \"" + parent + "\"");
    }

    @Test
    void nameOfASliceIsNotLongerThanThatOfAUnit() {
        String parent = "a".repeat(250) + ".slice";
        assertThatThrownBy(() -> UNITS.in(parent, "id"))
                .isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void sliceThatIsSaidToBeElsewhereIsRefused() {
        assertThatThrownBy(() -> UNITS.in("/other.slice/kubepods-pod1.slice", "id"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("/kubepods.slice/kubepods-pod1.slice");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/kubepods.slice/kubepods-burstable.slice",
                "/kubepods-pod1.slice",
                "kubepods-pod1.slice",
                "/a/kubepods.slice:cri:id"
            })
    void sliceIsRefusedByCgroupfs(String parent) {
        assertThatThrownBy(() -> FILES.in(parent, "id"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("linux.cgroup_parent \"" + parent + "\"")
                .hasMessageContaining("systemd cgroup driver");
    }
}
