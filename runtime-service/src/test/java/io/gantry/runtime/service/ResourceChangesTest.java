package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.spec.Resources;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.spec.Limits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResourceChangesTest {

    private static final Resources BEFORE =
            new Resources(
                    List.of(),
                    2L,
                    3L,
                    4L,
                    "0",
                    "0",
                    100L,
                    100L,
                    null,
                    50L,
                    Map.of("2MB", 1L),
                    Map.of("memory.high", "1"));

    @Test
    void whatIsNotGivenStays() {
        assertThat(ResourceChanges.apply(BEFORE, LinuxResources.none())).isEqualTo(BEFORE);
    }

    @Test
    void whatIsGivenReplaces() {
        Resources after =
                ResourceChanges.apply(
                        BEFORE,
                        new LinuxResources(
                                9,
                                8,
                                7,
                                600,
                                0,
                                "1",
                                "",
                                Map.of("1GB", 5L),
                                Map.of("memory.high", "max"),
                                700));
        assertThat(after.cpuPeriod()).isEqualTo(9);
        assertThat(after.cpuQuota()).isEqualTo(8);
        assertThat(after.cpuShares()).isEqualTo(7);
        assertThat(after.memoryLimit()).isEqualTo(600);
        assertThat(after.memorySwap()).isEqualTo(700);
        assertThat(after.cpusetCpus()).isEqualTo("1");
        assertThat(after.cpusetMems()).isEqualTo("0");
        assertThat(after.pidsLimit()).isEqualTo(50);
        assertThat(after.hugepageLimits())
                .containsExactlyInAnyOrderEntriesOf(Map.of("2MB", 1L, "1GB", 5L));
        assertThat(after.unified()).containsEntry("memory.high", "max");
    }

    @Test
    void pidsAmongTheUnifiedAreALimitOfTheirOwnAsWhenAContainerIsMade() {
        LinuxResources changes =
                new LinuxResources(0, 0, 0, 0, 0, "", "", Map.of(), Map.of("pids.max", "max"), 0);
        Resources after = ResourceChanges.apply(BEFORE, changes);
        assertThat(after.pidsLimit()).isEqualTo(-1);
        assertThat(after.unified()).containsOnlyKeys("memory.high");
    }

    @Test
    void memoryLimitWithoutOneOfSwapAllowsNoSwap() {
        Resources after =
                ResourceChanges.apply(
                        BEFORE, new LinuxResources(0, 0, 0, 600, 0, "", "", Map.of(), Map.of(), 0));
        assertThat(after.memorySwap()).isEqualTo(600);
    }

    @Test
    void whatWasNotLimitedIsNotWhenAChangeIsTakenBack() {
        Resources none = Limits.of(LinuxResources.none(), List.of());
        LinuxResources changes =
                new LinuxResources(9, 8, 7, 600, 0, "1", "", Map.of(), Map.of("pids.max", "5"), 0);
        Resources after = ResourceChanges.apply(none, changes);

        Resources back = ResourceChanges.back(none, after);

        assertThat(back.memoryLimit()).isEqualTo(-1);
        assertThat(back.memorySwap()).isEqualTo(-1);
        assertThat(back.cpuQuota()).isEqualTo(-1);
        assertThat(back.cpuPeriod()).isEqualTo(100_000);
        assertThat(back.cpuShares()).isEqualTo(1024);
        assertThat(back.pidsLimit()).isEqualTo(-1);
        assertThat(ResourceChanges.back(none, none)).isEqualTo(none);
        assertThat(ResourceChanges.back(BEFORE, ResourceChanges.apply(BEFORE, changes)))
                .isEqualTo(BEFORE);
    }
}
