package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.runtime.container.CapabilityChanges;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CapabilitySetsTest {

    private static Capabilities of(List<String> add, List<String> drop) {
        return CapabilitySets.of(new CapabilityChanges(add, drop, List.of()));
    }

    @Test
    void defaultsAreHeldAndNotInherited() {
        Capabilities capabilities = CapabilitySets.of(CapabilityChanges.none());

        assertThat(capabilities.bounding())
                .containsExactlyInAnyOrderElementsOf(CapabilityNames.defaults())
                .contains("CAP_NET_RAW");
        assertThat(capabilities.effective()).isEqualTo(capabilities.bounding());
        assertThat(capabilities.permitted()).isEqualTo(capabilities.bounding());
        assertThat(capabilities.inheritable()).isEmpty();
        assertThat(capabilities.ambient()).isEmpty();
    }

    @Test
    void nameNeedsNeitherPrefixNorCapitals() {
        assertThat(of(List.of("net_admin", "CAP_SYS_TIME"), List.of("Cap_Net_Raw")).bounding())
                .contains("CAP_NET_ADMIN", "CAP_SYS_TIME")
                .doesNotContain("CAP_NET_RAW");
    }

    @Test
    void allIsTakenBeforeSingleNames() {
        assertThat(of(List.of(), List.of("ALL")).bounding()).isEmpty();
        assertThat(of(List.of("CHOWN"), List.of("all")).bounding()).containsExactly("CAP_CHOWN");
        assertThat(of(List.of("ALL"), List.of("SYS_ADMIN")).bounding())
                .hasSize(CapabilityNames.all().size() - 1)
                .doesNotContain("CAP_SYS_ADMIN");
    }

    @Test
    void ambientCapabilityIsHeldAndInherited() {
        Capabilities capabilities =
                CapabilitySets.of(
                        new CapabilityChanges(List.of(), List.of("ALL"), List.of("NET_ADMIN")));

        assertThat(capabilities.ambient()).containsExactly("CAP_NET_ADMIN");
        assertThat(capabilities.inheritable()).containsExactly("CAP_NET_ADMIN");
        assertThat(capabilities.permitted()).containsExactly("CAP_NET_ADMIN");
        assertThat(capabilities.bounding()).containsExactly("CAP_NET_ADMIN");
    }

    @Test
    void unknownNameIsRefused() {
        assertThatThrownBy(() -> of(List.of("FLY"), List.of()))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("FLY");
        assertThatThrownBy(() -> of(List.of(), List.of("FLY")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("FLY");
    }
}
