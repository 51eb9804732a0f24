package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.error.UnavailableException;
import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerFilter;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.stats.ContainerDetails;
import io.gantry.runtime.stats.ContainerUse;
import io.gantry.runtime.stats.PodDetails;
import io.gantry.runtime.stats.PodUse;
import io.gantry.runtime.stats.RuntimeStats;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is told of what pods and containers use. */
class StatsTest {

    private static final Deadline SOON = Deadline.after(Duration.ofMinutes(10), Clock.SYSTEM);

    @TempDir Path directory;
    private FakeNode node;
    private RuntimeService runtime;
    private RuntimeStats stats;

    @BeforeEach
    void boot() throws IOException {
        node = new FakeNode(directory);
        runtime = node.boot();
        stats = runtime.stats();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private String pod(String name, String cgroupParent) {
        PodSandboxConfig config =
                new PodSandboxConfig(
                        new PodSandboxMetadata(name, "uid-" + name, "default", 0),
                        "",
                        "",
                        null,
                        List.of(),
                        Map.of(),
                        Map.of(),
                        cgroupParent,
                        SandboxSecurity.defaults(),
                        Map.of(),
                        LinuxResources.none(),
                        LinuxResources.none());
        return runtime.pods().run(PodOwner.CRI, config, "", SOON).value();
    }

    private String started(String pod, String name) {
        String id =
                runtime.containers()
                        .create(pod, ContainerConfig.of(name, "busybox", List.of("sh")), SOON)
                        .value();
        runtime.containers().start(id, SOON);
        return id;
    }

    private static CgroupUsage using(long nanos, long memory) {
        return new CgroupUsage(
                new CgroupUsage.Cpu(nanos, 0, 0, 0, 0, 0),
                new CgroupUsage.Memory(
                        memory,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        OptionalLong.empty(),
                        OptionalLong.empty()),
                new CgroupUsage.Stalls(Optional.empty(), Optional.empty(), Optional.empty()),
                2);
    }

    @Test
    void aPodWithoutAGroupOfItsOwnUsesWhatItsPartsUse() {
        String pod = pod("p", "");
        String one = started(pod, "one");
        String two = started(pod, "two");
        node.usage.put(runtime.pods().get(pod).cgroup(), using(1, 10));
        node.usage.put(runtime.containers().get(one).cgroup(), using(20, 100));
        node.usage.put(runtime.containers().get(two).cgroup(), using(300, 1000));

        PodUse use = stats.pod(pod);

        assertThat(use.group().usage().cpu().usageNanos()).isEqualTo(321);
        assertThat(use.group().usage().memory().usage()).isEqualTo(1110);
        assertThat(use.group().usage().pids()).isEqualTo(6);
        assertThat(use.containers())
                .extracting(each -> each.container().id().value())
                .containsExactly(one, two);
        assertThat(stats.pods(PodSandboxFilter.of(PodOwner.CRI))).hasSize(1);
    }

    @Test
    void whatAContainerHasUsedStillCountsAfterItsEndButNotWhatItHeld() {
        String pod = pod("p", "");
        String one = started(pod, "one");
        String two = started(pod, "two");
        node.usage.put(runtime.pods().get(pod).cgroup(), using(1, 10));
        node.usage.put(runtime.containers().get(one).cgroup(), using(20, 100));
        node.usage.put(runtime.containers().get(two).cgroup(), using(300, 1000));
        assertThat(stats.pod(pod).group().usage().cpu().usageNanos()).isEqualTo(321);

        node.shimOf(runtime.pods().get(pod).id()).exit(one, 0);
        runtime.containers().awaitExit(one, SOON);
        node.usage.put(runtime.containers().get(two).cgroup(), using(400, 2000));

        for (int again = 0; again < 2; again++) {
            CgroupUsage usage = stats.pod(pod).group().usage();
            assertThat(usage.cpu().usageNanos()).isEqualTo(421);
            assertThat(usage.memory().usage()).isEqualTo(2010);
            assertThat(usage.pids()).isEqualTo(4);
        }
        runtime.containers().remove(one, SOON);
        assertThat(stats.pods(PodSandboxFilter.of(null)))
                .extracting(each -> each.group().usage().cpu().usageNanos())
                .containsExactly(421L);
    }

    @Test
    void aPodInAGroupThatIsNamedAfterItUsesWhatThatUses() {
        String pod = pod("p", "/kubepods/poduid-p");
        started(pod, "one");
        node.cgroups.add("/kubepods/poduid-p");
        node.usage.put("/kubepods/poduid-p", using(4711, 5));

        assertThat(stats.pod(pod).group().usage().cpu().usageNanos()).isEqualTo(4711);
    }

    @Test
    void aContainerThatDoesNotRunUsesItsLayerOnly() {
        String pod = pod("p", "");
        String id = started(pod, "one");
        assertThat(stats.container(id).group()).isPresent();
        node.shimOf(runtime.pods().get(pod).id()).exit(id, 0);
        runtime.containers().awaitExit(id, SOON);
        String created =
                runtime.containers()
                        .create(pod, ContainerConfig.of("two", "busybox", List.of("sh")), SOON)
                        .value();

        List<ContainerUse> all = stats.containers(ContainerFilter.of(PodOwner.CRI));
        // Who asks first does not wait long for a size.
        while (all.stream().anyMatch(each -> each.layer().isEmpty())) {
            SOON.check("waiting for the sizes of layers");
            all = stats.containers(ContainerFilter.of(PodOwner.CRI));
        }

        assertThat(all).extracting(each -> each.container().id().value()).contains(id, created);
        assertThat(all)
                .allSatisfy(
                        each -> {
                            assertThat(each.group()).isEmpty();
                            assertThat(each.layer().orElseThrow().bytes()).isEqualTo(4096);
                        });
        assertThat(stats.pod(pod).containers()).isEmpty();
    }

    @Test
    void whatCannotBeReadIsLeftOutOfLists() {
        String pod = pod("p", "");
        String id = started(pod, "one");
        node.cgroups.remove(runtime.containers().get(id).cgroup());
        node.failing.add("usage");

        assertThat(stats.container(id).group()).isEmpty();
        assertThat(stats.container(id).layer()).isEmpty();
        node.cgroups.remove(runtime.pods().get(pod).cgroup());
        assertThat(stats.pods(PodSandboxFilter.of(null))).isEmpty();
    }

    @Test
    void detailsAreOfRunningContainersAndTellTheFileSystemThatTheyWriteTo() {
        String pod = pod("p", "");
        String id = started(pod, "one");
        runtime.containers().create(pod, ContainerConfig.of("two", "busybox", List.of("sh")), SOON);

        List<PodDetails> all = stats.details(PodSandboxFilter.of(PodOwner.CRI));

        assertThat(all).hasSize(1);
        assertThat(all.getFirst().containers()).hasSize(1);
        ContainerDetails details = all.getFirst().containers().getFirst();
        assertThat(details.use().container().id().value()).isEqualTo(id);
        assertThat(details.accounts().threadLimit()).isPresent();
        assertThat(details.space().orElseThrow().bytes()).isPositive();
        assertThat(details.space().orElseThrow().device()).isNotEmpty();
        assertThat(stats.details(PodSandboxFilter.of(PodOwner.GANTRY))).isEmpty();
    }

    @Test
    void aPodThatIsNotReadyIsUnavailable() {
        String pod = pod("p", "");
        runtime.pods().stop(pod, SOON);
        assertThatThrownBy(() -> stats.pod(pod))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining(pod);
        assertThat(stats.pods(PodSandboxFilter.of(null))).isEmpty();
    }
}
