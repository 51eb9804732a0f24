package io.gantry.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

    @Test
    void bothFamiliesAreRead() {
        assertThat(IpAddress.parse("10.0.0.9").getHostAddress()).isEqualTo("10.0.0.9");
        assertThat(IpAddress.parse("fd00::9").getHostAddress()).isEqualTo("fd00:0:0:0:0:0:0:9");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "10", "10.0", "10.0.0", "10.0.0.256", "10.0.0.0.1", "a.b.c.d", "fd00"})
    void whatIsNoneIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpAddress.parse(text))
                .withMessage("\"" + text + "\" is no IP address");
    }
}
