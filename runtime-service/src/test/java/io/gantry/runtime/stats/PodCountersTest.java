package io.gantry.runtime.stats;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.runtime.pod.PodSandboxId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PodCountersTest {

    private static final PodSandboxId POD = new PodSandboxId("a".repeat(64));

    private final PodCounters counters = new PodCounters();

    private static CgroupUsage using(long number) {
        return new CgroupUsage(
                new CgroupUsage.Cpu(number, number, number, number, number, number),
                new CgroupUsage.Memory(
                        number,
                        number,
                        number,
                        number,
                        number,
                        number,
                        number,
                        number,
                        number,
                        number,
                        number,
                        number,
                        OptionalLong.empty(),
                        OptionalLong.empty()),
                new CgroupUsage.Stalls(Optional.empty(), Optional.empty(), Optional.empty()),
                number);
    }

    private long nanos(Map<String, CgroupUsage> groups) {
        return counters.sum(POD, groups).cpu().usageNanos();
    }

    @Test
    void countersOfAGroupThatIsGoneStayAndWhatItHeldDoesNot() {
        counters.sum(POD, Map.of("/a", using(5), "/b", using(7)));
        CgroupUsage usage = counters.sum(POD, Map.of("/a", using(6)));

        assertThat(usage.cpu().usageNanos()).isEqualTo(13);
        assertThat(usage.cpu().throttledPeriods()).isEqualTo(13);
        assertThat(usage.memory().pageFaults()).isEqualTo(13);
        assertThat(usage.memory().oomKills()).isEqualTo(13);
        assertThat(usage.memory().usage()).isEqualTo(6);
        assertThat(usage.pids()).isEqualTo(6);
    }

    @Test
    void aGroupThatAReaderMissedIsNotCountedTwiceWhenItIsSeenAgain() {
        assertThat(nanos(Map.of("/a", using(5), "/b", using(7)))).isEqualTo(12);
        assertThat(nanos(Map.of("/a", using(5)))).isEqualTo(12);
        assertThat(nanos(Map.of("/a", using(5), "/b", using(8)))).isEqualTo(13);
        assertThat(nanos(Map.of("/a", using(5)))).isEqualTo(13);
    }

    @Test
    void anyNumberOfGroupsThatAreGoneIsCounted() {
        for (int i = 0; i < 1000; i++) {
            Map<String, CgroupUsage> groups = new HashMap<>(Map.of("/sandbox", using(1)));
            groups.put("/" + i, using(1));
            assertThat(nanos(groups)).isEqualTo(i + 2);
        }
    }

    @Test
    void aPodThatIsGoneIsForgotten() {
        nanos(Map.of("/a", using(5)));
        counters.retain(Set.of());
        assertThat(nanos(Map.of("/b", using(1)))).isEqualTo(1);
    }
}
