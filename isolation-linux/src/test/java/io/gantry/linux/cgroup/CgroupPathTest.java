package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CgroupPathTest {

    @Test
    void pathOfACgroupfsDriverIsTaken() {
        assertThat(new CgroupPath("/kubepods/burstable/pod1").child("id").value())
                .isEqualTo("/kubepods/burstable/pod1/id");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/kubepods.slice/kubepods-burstable.slice/id",
                "/kubepods-pod1.slice",
                "/a/kubepods.slice:cri:id"
            })
    void pathOfTheSystemdDriverIsRefused(String path) {
        assertThatThrownBy(() -> new CgroupPath(path))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining(path)
                .hasMessageContaining("systemd cgroup driver");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "gantry/x", "/gantry//x", "/gantry/", "/gantry/../x", "/./x"})
    void pathThatIsNotCanonicalIsRefused(String path) {
        assertThatThrownBy(() -> new CgroupPath(path))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("\"" + path + "\"");
    }
}
