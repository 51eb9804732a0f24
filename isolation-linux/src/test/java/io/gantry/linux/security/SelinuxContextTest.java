package io.gantry.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SelinuxContextTest {

    @Test
    void aLevelMayHaveColonsOfItsOwn() {
        SelinuxContext context = SelinuxContext.parse("u:r:t:s0-s0:c0.c1023");
        assertThat(context).isEqualTo(new SelinuxContext("u", "r", "t", "s0-s0:c0.c1023"));
        assertThat(context.label()).isEqualTo("u:r:t:s0-s0:c0.c1023");
    }

    @Test
    void aPolicyWithoutLevelsHasThreeParts() {
        assertThat(SelinuxContext.parse("u:r:t").label()).isEqualTo("u:r:t");
        assertThatThrownBy(() -> SelinuxContext.parse("kernel"))
                .hasMessage("\"kernel\" is no SELinux label");
    }

    @Test
    void partsThatAreNotGivenStay() {
        SelinuxContext context = SelinuxContext.parse("u:r:t:s0:c1,c2");
        assertThat(context.with(new SelinuxContext("", "", "spc_t", "")).label())
                .isEqualTo("u:r:spc_t:s0:c1,c2");
        assertThat(context.with(new SelinuxContext("a", "b", "", "s1")).label())
                .isEqualTo("a:b:t:s1");
    }
}
