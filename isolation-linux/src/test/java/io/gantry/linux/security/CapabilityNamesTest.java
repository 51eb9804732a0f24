package io.gantry.linux.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import java.util.List;
import org.junit.jupiter.api.Test;

class CapabilityNamesTest {

    @Test
    void bitsAreThoseOfTheKernel() {
        assertThat(CapabilityNames.mask(List.of("CAP_CHOWN"))).isEqualTo(1L);
        assertThat(CapabilityNames.mask(List.of("CAP_SYS_ADMIN"))).isEqualTo(1L << 21);
        assertThat(CapabilityNames.mask(List.of("CAP_SYSLOG"))).isEqualTo(1L << 34);
        assertThat(CapabilityNames.mask(List.of("CAP_CHECKPOINT_RESTORE"))).isEqualTo(1L << 40);
        assertThat(CapabilityNames.all()).hasSize(41).doesNotHaveDuplicates();
    }

    @Test
    void defaultSetIsThatOfDocker() {
        assertThat(CapabilityNames.mask(CapabilityNames.defaults())).isEqualTo(0xa80425fbL);
    }

    @Test
    void namesAreReadInAnyForm() {
        assertThat(CapabilityNames.canonical("net_admin")).isEqualTo("CAP_NET_ADMIN");
        assertThat(CapabilityNames.canonical("cap_Net_Raw")).isEqualTo("CAP_NET_RAW");
        assertThatThrownBy(() -> CapabilityNames.canonical("ALL"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("unknown capability: ALL");
    }

    @Test
    void maskAndNamesAreInverse() {
        long mask = CapabilityNames.mask(CapabilityNames.defaults());
        assertThat(CapabilityNames.mask(CapabilityNames.of(mask))).isEqualTo(mask);
        assertThat(CapabilityNames.of(1L << 60)).isEmpty();
    }
}
