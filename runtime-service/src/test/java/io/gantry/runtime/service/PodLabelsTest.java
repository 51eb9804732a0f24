package io.gantry.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.linux.cgroup.CgroupDriver;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.security.SelinuxLevels;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.container.ContainerSecurity;
import io.gantry.runtime.container.ContainerStatus;
import io.gantry.runtime.container.ContainerUser;
import io.gantry.runtime.container.Signal;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SelinuxOptions;
import io.gantry.runtime.spec.Labels;
import io.gantry.runtime.store.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodLabelsTest {

    @TempDir private Path directory;
    private Database database;
    private RuntimeState state;
    private int draws;

    @BeforeEach
    void open() throws IOException {
        Files.createDirectories(directory.resolve("sys/fs/selinux"));
        Files.createFile(directory.resolve("sys/fs/selinux/context"));
        database = Database.open(directory.resolve("gantry.db"));
        state = state();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private RuntimeState state() {
        Layout layout = new Layout(directory, directory);
        return RuntimeState.over(database, layout, StartPhases.NONE, Clock.SYSTEM);
    }

    /** Draws the first levels, each as often as it is said. */
    private PodLabels labels(RuntimeState of, int times) {
        RandomGenerator random =
                new RandomGenerator() {
                    @Override
                    public long nextLong() {
                        throw new UnsupportedOperationException();
                    }

                    @Override
                    public int nextInt(int bound) {
                        int draw = draws++;
                        return draw % 2 == 0 ? 0 : Math.min(draw / 2 / times, bound - 1);
                    }
                };
        Selinux selinux = new Selinux(true, Syscalls.system(), directory);
        return new PodLabels(of, new Labels(selinux), new SelinuxLevels(random));
    }

    private static PodSandbox pod(String name, SelinuxOptions selinux) {
        SandboxSecurity standard = SandboxSecurity.defaults();
        SandboxSecurity security =
                new SandboxSecurity(
                        standard.namespaces(),
                        selinux,
                        null,
                        null,
                        false,
                        List.of(),
                        standard.supplementalGroupsPolicy(),
                        false,
                        null,
                        null);
        PodSandboxConfig config = PodConfigs.secured(name, security);
        return new PodSandboxRequest(PodOwner.CRI, config, "")
                .toSandbox(new CgroupNames(CgroupDriver.CGROUPFS, "/x"), Clock.SYSTEM);
    }

    private static PodSandbox pod(String name) {
        return pod(name, SelinuxOptions.none());
    }

    private static String level(PodSandbox pod) {
        return pod.selinux().mount().replace("system_u:object_r:container_file_t:", "");
    }

    @Test
    void noTwoPodsHaveTheSameLevelAndOneThatIsRemovedGivesItBack() {
        PodSandbox one = labels(state, 3).labelled(pod("one"));
        state.pods().put(one);
        assertThat(level(one)).isEqualTo("s0:c0,c1");
        draws = 0;
        // Drawn again, twice.
        PodSandbox other = labels(state, 3).labelled(pod("other"));
        assertThat(level(other)).isEqualTo("s0:c0,c2");
        state.forget(one);
        draws = 0;
        assertThat(level(labels(state, 3).labelled(pod("third")))).isEqualTo("s0:c0,c1");
    }

    @Test
    void afterARestartTheRecordsTellWhichLevelsAreTaken() {
        state.pods().put(labels(state, 1).labelled(pod("one")));
        RuntimeState later = state();
        later.load();
        draws = 0;
        assertThat(level(labels(later, 1).labelled(pod("other")))).isEqualTo("s0:c0,c2");
    }

    @Test
    void aLevelThatClientsAskForMayBeThatOfSeveralAndIsGivenToNobodyElse() {
        SelinuxOptions asked = new SelinuxOptions("", "", "", "s0:c0,c1");
        PodSandbox one = labels(state, 1).labelled(pod("one", asked));
        state.pods().put(one);
        PodSandbox other = labels(state, 1).labelled(pod("other", asked));
        state.pods().put(other);
        assertThat(level(other)).isEqualTo(level(one));
        state.forget(one);
        assertThat(level(labels(state, 1).labelled(pod("third")))).isEqualTo("s0:c0,c2");
    }

    @Test
    void aLevelIsTakenHoweverItIsSpelt() {
        SelinuxOptions asked = new SelinuxOptions("", "", "", "s0:c1,c0");
        state.pods().put(labels(state, 1).labelled(pod("one", asked)));
        assertThat(level(labels(state, 1).labelled(pod("other")))).isEqualTo("s0:c0,c2");
    }

    @Test
    void aLevelThatOnlyAContainerHasIsGivenToNoPod() {
        ContainerSecurity none = ContainerSecurity.defaults();
        ContainerConfig config =
                PodConfigs.with(
                        ContainerConfig.of("c", "busybox", List.of("sh")),
                        new ContainerSecurity(
                                none.capabilities(),
                                none.privileged(),
                                none.namespaces(),
                                new SelinuxOptions("", "", "", "s0:c0.c1"),
                                none.runAsUser(),
                                none.runAsGroup(),
                                none.runAsUsername(),
                                none.readonlyRootfs(),
                                none.supplementalGroups(),
                                none.supplementalGroupsPolicy(),
                                none.noNewPrivs(),
                                none.maskedPaths(),
                                none.readonlyPaths(),
                                none.seccomp(),
                                none.apparmor()));
        state.containers()
                .put(
                        new Container(
                                ContainerId.random(),
                                PodSandboxId.random(),
                                config,
                                "sha256:1",
                                "busybox@sha256:2",
                                "",
                                "/c",
                                new ContainerUser(0, 0, List.of()),
                                Signal.SIGTERM,
                                LinuxResources.none(),
                                Instant.EPOCH,
                                ContainerStatus.creating()));
        assertThat(level(labels(state, 1).labelled(pod("one")))).isEqualTo("s0:c0,c2");
    }

    @Test
    void aPodThatIsNotMadeGivesItsLevelBack() {
        PodLabels labels = labels(state, 1);
        PodSandbox refused = labels.labelled(pod("refused"));
        labels.releaseUnlessMade(refused);
        draws = 0;
        PodSandbox made = labels.labelled(pod("made"));
        assertThat(level(made)).isEqualTo("s0:c0,c1");
        state.pods().put(made);
        labels.releaseUnlessMade(made);
        draws = 0;
        assertThat(level(labels.labelled(pod("next")))).isEqualTo("s0:c0,c2");
    }

    @Test
    void aLabelThatIsRefusedTakesNoLevel() throws IOException {
        Path context = directory.resolve("sys/fs/selinux/context");
        Files.delete(context);
        Files.createSymbolicLink(context, Path.of("/dev/full"));
        assertThatThrownBy(() -> labels(state, 1).labelled(pod("refused")))
                .isInstanceOf(InvalidArgumentException.class);
        Files.delete(context);
        Files.createFile(context);
        draws = 0;
        assertThat(level(labels(state, 1).labelled(pod("made")))).isEqualTo("s0:c0,c1");
    }

    @Test
    void whereAllLevelsAreTakenAPodIsRefusedAndNotWaitedForForEver() {
        state.pods().put(labels(state, Integer.MAX_VALUE).labelled(pod("one")));
        assertThatThrownBy(() -> labels(state, Integer.MAX_VALUE).labelled(pod("other")))
                .isInstanceOf(ResourceExhaustedException.class)
                .hasMessage("the SELinux levels of two categories are all taken");
    }
}
