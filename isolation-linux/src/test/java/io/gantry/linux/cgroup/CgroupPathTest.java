package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CgroupPathTest {

    @Test
    void childIsBelow() {
        assertThat(new CgroupPath("/kubepods/burstable/pod1").child("id").value())
                .isEqualTo("/kubepods/burstable/pod1/id");
    }

    @Test
    void groupBesideAnotherIsCalledInTheSameManner() {
        assertThat(new CgroupPath("/gantry/one").beside("two").value()).isEqualTo("/gantry/two");
        assertThat(new CgroupPath("/a.slice/gantry-one.scope").beside("two").value())
                .isEqualTo("/a.slice/gantry-two.scope");
    }

    @Test
    void idIsFoundInEitherForm() {
        assertThat(new CgroupPath("/gantry/one").id()).isEqualTo("one");
        assertThat(new CgroupPath("/a.slice/gantry-one.scope").id()).isEqualTo("one");
        assertThat(new CgroupPath("/a.slice/session-1.scope").id()).isEqualTo("session-1.scope");
    }

    @Test
    void scopeIsGivenToRuntimesAsSlicePrefixAndName() {
        assertThat(new CgroupPath("/a.slice/a-b.slice/gantry-one.scope").systemdForm())
                .isEqualTo("a-b.slice:gantry:one");
        CgroupPath plain = new CgroupPath("/gantry/one");
        assertThatThrownBy(plain::systemdForm).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "gantry/x", "/gantry//x", "/gantry/", "/gantry/../x", "/./x"})
    void pathThatIsNotCanonicalIsRefused(String path) {
        assertThatThrownBy(() -> new CgroupPath(path))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("\"" + path + "\"");
    }
}
