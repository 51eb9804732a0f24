package io.gantry.cri.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WorkTimesTest {

    private final WorkTimes times = new WorkTimes();

    private String text() {
        Exposition text = new Exposition();
        times.writeTo(text);
        return text.toString();
    }

    @Test
    void pullsAreCountedByResultAndTheirBytesTogether() {
        times.pulled("pulled", 1000, TimeUnit.SECONDS.toNanos(2));
        times.pulled("failed", 24, TimeUnit.MILLISECONDS.toNanos(500));
        assertThat(text())
                .contains(
                        "gantry_image_pull_seconds_count{result=\"pulled\"} 1\n",
                        "gantry_image_pull_seconds_sum{result=\"pulled\"} 2.0\n",
                        "gantry_image_pull_seconds_count{result=\"failed\"} 1\n",
                        "gantry_image_pull_bytes_total 1024\n");
    }

    @Test
    void phasesAreToldOfWhatIsStarted() {
        times.started("sandbox", "network", TimeUnit.MILLISECONDS.toNanos(40));
        times.started("container", "launch", TimeUnit.MILLISECONDS.toNanos(3));
        assertThat(text())
                .contains(
                        "gantry_start_phase_seconds_bucket{of=\"sandbox\",phase=\"network\","
                                + "le=\"0.05\"} 1\n",
                        "gantry_start_phase_seconds_count{of=\"container\",phase=\"launch\"} 1\n");
    }

    @Test
    void beforeAnythingHappenedThereAreHeadsAndNoBytes() {
        assertThat(text())
                .contains("# TYPE gantry_image_pull_seconds histogram\n")
                .contains("gantry_image_pull_bytes_total 0\n");
    }

    @Test
    void asManyValuesAreNeededAsThereAreLabels() {
        assertThatThrownBy(() -> new Times("t_seconds", "h", List.of("a")).add(List.of(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[a]");
    }
}
