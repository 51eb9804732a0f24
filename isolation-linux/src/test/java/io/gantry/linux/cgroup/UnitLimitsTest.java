package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.systemd.UnitProperty;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UnitLimitsTest {

    private static List<String> of(String... writes) {
        List<Write> plan =
                Arrays.stream(writes)
                        .map(each -> each.split("=", 2))
                        .map(parts -> Write.of(parts[0], parts[1]))
                        .toList();
        return UnitLimits.of(plan).stream().map(UnitLimitsTest::text).toList();
    }

    private static String text(UnitProperty property) {
        return switch (property.value()) {
            case UnitProperty.Number number -> property.name() + "=" + number;
            case UnitProperty.Numbers(Set<Integer> members) ->
                    property.name() + "=" + new TreeSet<>(members);
            default -> throw new AssertionError(property);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "cpu.weight=59, CPUWeight=59",
        "memory.max=67108864, MemoryMax=67108864",
        "memory.max=max, MemoryMax=infinity",
        "memory.high=1000, MemoryHigh=1000",
        "memory.low=1000, MemoryLow=1000",
        "memory.min=1000, MemoryMin=1000",
        "memory.swap.max=0, MemorySwapMax=0",
        "pids.max=100, TasksMax=100",
        "pids.max=max, TasksMax=infinity"
    })
    void limitHasItsProperty(String write, String property) {
        assertThat(of(write)).containsExactly(property);
    }

    @ParameterizedTest
    @CsvSource({
        "50000 100000, 500000, 100000",
        "12345 100000, 130000, 100000",
        "1000 50000, 20000, 50000",
        "400000, 4000000, 100000",
        "max 100000, infinity, 100000"
    })
    void quotaIsATimePerSecondInWholePercents(String write, String perSecond, String period) {
        assertThat(of("cpu.max=" + write))
                .containsExactly("CPUQuotaPerSecUSec=" + perSecond, "CPUQuotaPeriodUSec=" + period);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0|[0]", "0-3|[0, 1, 2, 3]", "1,8-9|[1, 8, 9]", "8191|[8191]"})
    void setOfProcessorsIsASetOfNumbers(String list, String numbers) {
        assertThat(of("cpuset.cpus=" + list)).containsExactly("AllowedCPUs=" + numbers);
        assertThat(of("cpuset.mems=" + list)).containsExactly("AllowedMemoryNodes=" + numbers);
    }

    @Test
    void lastWriteOfAFileCounts() {
        assertThat(of("memory.max=1000", "pids.max=5", "memory.max=2000"))
                .containsExactly("MemoryMax=2000", "TasksMax=5");
    }

    @Test
    void whatSystemdCannotBeToldIsLeftToTheFiles() {
        assertThat(
                        of(
                                "memory.max=64M",
                                "memory.oom.group=1",
                                "hugetlb.2MB.max=0",
                                "cpu.idle=1",
                                "cpuset.cpus=0-3:1/2",
                                "cpuset.cpus=3-1",
                                "cpu.max=x",
                                "cpu.max=1000 0"))
                .isEmpty();
    }
}
