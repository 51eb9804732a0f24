package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Resources;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlanTest {

    private static final PlanV1.Current FRESH = new PlanV1.Current(Long.MAX_VALUE, 100_000);

    private static List<String> v1(Resources wanted, PlanV1.Current current) {
        return PlanV1.of(wanted, current).stream().map(PlanTest::text).toList();
    }

    private static List<String> v2(Resources wanted) {
        return PlanV2.of(wanted).stream().map(PlanTest::text).toList();
    }

    private static String text(Write write) {
        return write.file() + "=" + write.value() + (write.dispensable() ? "?" : "");
    }

    @Test
    void nothingAskedIsNothingWritten() {
        assertThat(v1(Resources.none(), FRESH)).isEmpty();
        assertThat(v2(Resources.none())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0,1", "2,1", "3,2", "100,17", "512,59", "1024,100", "2048,174", "262144,10000"})
    void sharesBecomeWeightOnACurveThroughBothDefaults(long shares, long weight) {
        assertThat(PlanV2.weight(shares)).isEqualTo(weight);
    }

    @Test
    void sharesAreSharesInVersion1AndWeightInVersion2() {
        assertThat(v1(Limits.shares(512), FRESH)).containsExactly("cpu.shares=512");
        assertThat(v2(Limits.shares(512))).containsExactly("cpu.weight=59");
    }

    @Test
    void periodIsSetFirstWhenItGrowsAndLastWhenItShrinks() {
        Resources wanted = Limits.bandwidth(20_000, 50_000);

        assertThat(v1(wanted, new PlanV1.Current(0, 10_000)))
                .containsExactly("cpu.cfs_period_us=50000", "cpu.cfs_quota_us=20000");
        assertThat(v1(wanted, FRESH))
                .containsExactly("cpu.cfs_quota_us=20000", "cpu.cfs_period_us=50000");
    }

    @Test
    void bandwidthIsOneFileInVersion2() {
        assertThat(v2(Limits.bandwidth(20_000, 50_000))).containsExactly("cpu.max=20000 50000");
        assertThat(v2(Limits.bandwidth(20_000, 0))).containsExactly("cpu.max=20000 100000");
        assertThat(v2(Limits.bandwidth(-1, 0))).containsExactly("cpu.max=max 100000?");
    }

    @Test
    void swapIsRaisedBeforeMemoryAndLoweredAfterIt() {
        assertThat(v1(Limits.memory(200, 300), new PlanV1.Current(100, 0)))
                .containsExactly("memory.memsw.limit_in_bytes=300", "memory.limit_in_bytes=200");
        assertThat(v1(Limits.memory(200, 300), FRESH))
                .containsExactly("memory.limit_in_bytes=200", "memory.memsw.limit_in_bytes=300");
        assertThat(v1(Limits.memory(200, -1), FRESH))
                .containsExactly("memory.memsw.limit_in_bytes=-1?", "memory.limit_in_bytes=200");
    }

    @Test
    void noMemoryLimitIsNoSwapLimitEither() {
        assertThat(v1(Limits.memory(-1), FRESH))
                .containsExactly("memory.memsw.limit_in_bytes=-1?", "memory.limit_in_bytes=-1?");
        assertThat(v2(Limits.memory(-1)))
                .containsExactly("memory.swap.max=max?", "memory.max=max?");
    }

    @Test
    void swapOfVersion2IsWhatExceedsMemory() {
        assertThat(v2(Limits.memory(200, 300)))
                .containsExactly("memory.swap.max=100", "memory.max=200");
    }

    @Test
    void noSwapNeedsNoSwapAccounting() {
        assertThat(v1(Limits.memory(200, 200), FRESH))
                .containsExactly("memory.limit_in_bytes=200", "memory.memsw.limit_in_bytes=200?");
        assertThat(v2(Limits.memory(200, 200)))
                .containsExactly("memory.swap.max=0?", "memory.max=200");
    }

    @Test
    void swapBelowMemoryIsRefused() {
        assertThatThrownBy(() -> PlanV2.of(Limits.memory(200, 100)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("limit of memory and swap 100 is below that of memory, 200");
    }

    @Test
    void noLimitOfPidsIsMax() {
        assertThat(v1(Limits.pids(7), FRESH)).containsExactly("pids.max=7");
        assertThat(v1(Limits.pids(-1), FRESH)).containsExactly("pids.max=max?");
        assertThat(v2(Limits.pids(7))).containsExactly("pids.max=7");
        assertThat(v2(Limits.pids(-1))).containsExactly("pids.max=max?");
    }

    @Test
    void noHugepagesNeedNoController() {
        assertThat(v1(Limits.hugepages(Map.of("2MB", 0L)), FRESH))
                .containsExactly("hugetlb.2MB.limit_in_bytes=0?");
        assertThat(v2(Limits.hugepages(Map.of("1GB", 1L << 30))))
                .containsExactly("hugetlb.1GB.max=1073741824");
    }

    @Test
    void unifiedResourcesAreFilesOfVersion2Only() {
        Resources wanted = Limits.unified(Map.of("memory.high", "max"));

        assertThat(v2(wanted)).containsExactly("memory.high=max");
        assertThatThrownBy(() -> PlanV1.of(wanted, FRESH))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("unified resources [memory.high] need cgroup v2, this machine has v1");
    }

    @Test
    void unifiedResourceIsNoPath() {
        assertThatThrownBy(() -> PlanV2.of(Limits.unified(Map.of("../x/memory.max", "1"))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("../x/memory.max");
    }
}
