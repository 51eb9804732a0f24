package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Resources;
import io.gantry.runtime.pod.LinuxResources;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LimitsTest {

    @Test
    void aLimitOfProcessesWorksWithEitherVersionOfCgroups() {
        Resources limits = of(Map.of("pids.max", "64", "memory.high", "max"));

        assertThat(limits.pidsLimit()).isEqualTo(64);
        assertThat(limits.unified()).containsOnlyKeys("memory.high");
        assertThat(of(Map.of("pids.max", "max")).pidsLimit()).isEqualTo(-1);
        assertThat(of(Map.of()).pidsLimit()).isNull();
    }

    @Test
    void aLimitOfProcessesThatIsNoneIsNamed() {
        assertThatThrownBy(() -> of(Map.of("pids.max", "many")))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("unified resource pids.max is \"many\": it must be a number or max");
    }

    private static Resources of(Map<String, String> unified) {
        return Limits.of(
                new LinuxResources(0, 0, 0, 0, 0, "", "", Map.of(), unified, 0), List.of());
    }
}
