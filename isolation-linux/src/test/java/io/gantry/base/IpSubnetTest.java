package io.gantry.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpSubnetTest {

    @ParameterizedTest
    @CsvSource({
        "10.1.0.0/16, 10.1.255.0/24, true",
        "10.1.255.0/24, 10.1.0.0/16, true",
        "10.1.0.0/16, 10.2.0.0/16, false",
        "10.0.0.0/8, 10.2.0.0/16, true",
        "0.0.0.0/0, 10.2.0.0/16, true",
        "0.0.0.0/0, fd00::/64, false",
        "fd00::/64, fd00:0:0:1::/64, false",
        "fd00::/63, fd00:0:0:1::/64, true",
        "10.1.2.3/32, 10.1.2.3/32, true",
        "10.1.2.3/32, 10.1.2.2/32, false"
    })
    void subnetsOverlapWhenAnAddressIsInBoth(String one, String other, boolean overlap) {
        assertThat(IpSubnet.parse(one).overlaps(IpSubnet.parse(other))).isEqualTo(overlap);
        assertThat(IpSubnet.parse(other).overlaps(IpSubnet.parse(one))).isEqualTo(overlap);
    }

    @Test
    void itIsWrittenAsItIsRead() {
        assertThat(IpSubnet.parse("10.1.0.0/16")).hasToString("10.1.0.0/16");
        assertThat(IpSubnet.parse("fd00::/64")).hasToString("fd00:0:0:0:0:0:0:0/64");
        assertThat(IpSubnet.parse("fd00::/64").isIpv4()).isFalse();
        assertThat(IpSubnet.parse("10.1.0.0/16").isIpv4()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "10.1.0.0, it is written as 10.1.0.0/16 or fd00::/64",
        "10.1.0.0/x, it is written as 10.1.0.0/16 or fd00::/64",
        "example.org/24, it does not begin with an IP address",
        "10.1.0.0/33, /33 is no length of a prefix of 32 bits",
        "fd00::/129, /129 is no length of a prefix of 128 bits",
        "10.1.2.3/16, '10.1.2.3 is in the midst of a subnet, which begins at 10.1.0.0'"
    })
    void whatIsNoSubnetIsRefusedWithTheReason(String text, String reason) {
        assertThatThrownBy(() -> IpSubnet.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"" + text + "\" is no subnet: " + reason);
    }
}
