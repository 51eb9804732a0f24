package io.gantry.linux.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdMappingsTest {

    private static final IdMappings TWO =
            new IdMappings(
                    List.of(new IdMapping(0, 100_000, 10), new IdMapping(50, 7, 1)),
                    List.of(new IdMapping(0, 200_000, 5)));

    @Test
    void idsAreThoseOfTheRangeThatHasThem() {
        assertThat(TWO.hostUid(0)).isEqualTo(100_000);
        assertThat(TWO.hostUid(9)).isEqualTo(100_009);
        assertThat(TWO.hostUid(50)).isEqualTo(7);
        assertThat(TWO.hostGid(4)).isEqualTo(200_004);
    }

    @Test
    void idsThatAreInNoRangeAreNamed() {
        assertThatThrownBy(() -> TWO.hostUid(10))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "user 10 is not in the pod's user namespace, which has 0 to 9, 50 to 50");
        assertThatThrownBy(() -> TWO.hostGid(5))
                .hasMessage("group 5 is not in the pod's user namespace, which has 0 to 4");
    }

    @Test
    void withoutAUserNamespaceIdsAreTheHosts() {
        assertThat(IdMappings.NONE.hostUid(70_000)).isEqualTo(70_000);
        assertThat(IdMappings.NONE.hostGid(3)).isEqualTo(3);
    }

    @Test
    void rangesAreWrittenAsTheKernelReadsThem() {
        assertThat(IdMappings.lines(TWO.uids())).isEqualTo("0 100000 10\n50 7 1\n");
    }
}
