package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.spec.Seccomp;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DefaultProfilesTest {

    private final List<List<String>> made = new ArrayList<>();
    private final DefaultProfiles profiles =
            new DefaultProfiles(
                    capabilities -> {
                        made.add(capabilities);
                        return new Seccomp(
                                "SCMP_ACT_ERRNO", made.size(), List.of(), List.of(), List.of());
                    });

    @Test
    void theProfileOfEqualCapabilitiesIsTheSameObject() {
        Seccomp first = profiles.apply(new ArrayList<>(List.of("CAP_CHOWN", "CAP_KILL")));

        assertThat(profiles.apply(List.of("CAP_CHOWN", "CAP_KILL"))).isSameAs(first);
        assertThat(profiles.apply(List.of("CAP_KILL"))).isNotEqualTo(first);
        assertThat(made).containsExactly(List.of("CAP_CHOWN", "CAP_KILL"), List.of("CAP_KILL"));
    }

    @Test
    void noMoreThanABoundedNumberIsKept() {
        for (int i = 0; i < 100; i++) {
            profiles.apply(List.of("CAP_" + i));
        }
        made.clear();

        for (int i = 0; i < 100; i++) {
            profiles.apply(List.of("CAP_" + i));
        }

        assertThat(made).hasSize(36).startsWith(List.of("CAP_64"));
    }
}
