package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.base.Tasks;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.cgroup.CgroupManager.Version;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's control groups, of whichever version the machine has. */
@Tag("privileged")
@Timeout(180)
final class CgroupManagerPrivilegedIT {

    private static final long MIB = 1L << 20;

    /** How long what must come may take on a busy machine. */
    private static final int SECONDS = 120;

    private final CgroupPath parent =
            new CgroupPath("/gantry-test-" + Ids.random().substring(0, 12));
    private final CgroupPath group = parent.child("pod").child("container");
    private final List<Process> started = new ArrayList<>();
    private CgroupManager cgroups;

    @TempDir private Path directory;

    @BeforeEach
    void detect() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        cgroups = CgroupManager.detect(ProcFs.SYSTEM.mounts(), Syscalls.system(), Clock.SYSTEM);
    }

    @AfterEach
    void removeAll() throws Exception {
        cgroups.killAll(parent);
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        cgroups.remove(parent);
        assertThat(cgroups.children(parent)).isEmpty();
    }

    private static DeviceRule allow(long major, long minor, String access) {
        return new DeviceRule(true, "c", major, minor, access);
    }

    /** A process of the group; it joins before it runs {@code script}. */
    private Process start(String script) throws IOException {
        List<Path> files = new ArrayList<>(cgroups.joinFiles(group));
        cgroups.cloneInto(group).ifPresent(place -> files.add(place.resolve("cgroup.procs")));
        StringBuilder whole = new StringBuilder("set -e\n");
        files.forEach(file -> whole.append("echo 0 > '").append(file).append("'\n"));
        whole.append("set +e\necho joined\n").append(script);
        Process process =
                new ProcessBuilder("/bin/sh", "-c", whole.toString())
                        .redirectErrorStream(true)
                        .start();
        started.add(process);
        awaitLine(process, "joined");
        return process;
    }

    private static void awaitLine(Process process, String expected) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = process.getInputStream().read();
                c >= 0 && c != '\n';
                c = process.getInputStream().read()) {
            line.append((char) c);
        }
        assertThat(line.toString()).isEqualTo(expected);
    }

    private static String output(Process process) throws Exception {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        return text;
    }

    private String value(String controller, String v1, String v2) throws IOException {
        boolean first = cgroups.version() == Version.V1;
        Path root = CgroupMounts.ROOT;
        Path place = first ? root.resolve(controller) : root;
        return Files.readString(place.resolve(group.relative()).resolve(first ? v1 : v2)).strip();
    }

    private void assumeController(String name) throws IOException {
        assumeThat(cgroups.controllers()).contains(name);
    }

    @Test
    void limitsAreInForceAfterCreation() throws IOException {
        cgroups.create(group, Limits.shares(1024));
        cgroups.create(group, Limits.bandwidth(20_000, 50_000));
        cgroups.create(group, Limits.memory(64 * MIB, 64 * MIB));
        cgroups.create(group, Limits.pids(17));

        assertThat(value("cpu", "cpu.shares", "cpu.weight")).isIn("1024", "100");
        assertThat(value("cpu", "cpu.cfs_quota_us", "cpu.max")).isIn("20000", "20000 50000");
        assertThat(value("memory", "memory.limit_in_bytes", "memory.max"))
                .isEqualTo(Long.toString(64 * MIB));
        assertThat(value("pids", "pids.max", "pids.max")).isEqualTo("17");
    }

    @Test
    void memoryIsRaisedAndLoweredWithItsSwap() throws IOException {
        cgroups.create(group, Limits.memory(64 * MIB, 64 * MIB));
        cgroups.update(group, Limits.memory(256 * MIB, 256 * MIB));
        assertThat(value("memory", "memory.limit_in_bytes", "memory.max"))
                .isEqualTo(Long.toString(256 * MIB));

        cgroups.update(group, Limits.memory(32 * MIB, 64 * MIB));
        assertThat(value("memory", "memory.limit_in_bytes", "memory.max"))
                .isEqualTo(Long.toString(32 * MIB));

        cgroups.update(group, Limits.memory(-1));
        assertThat(value("memory", "memory.limit_in_bytes", "memory.max"))
                .isIn("max", "9223372036854771712");
    }

    @Test
    void anUpdateOfWhichTheKernelRefusesOneLimitChangesNone() throws IOException {
        cgroups.create(group, Resources.none());
        String shares = value("cpu", "cpu.shares", "cpu.weight");
        String quota = value("cpu", "cpu.cfs_quota_us", "cpu.max");
        String pids = value("pids", "pids.max", "pids.max");
        Resources refused =
                new Resources(
                        List.of(), 512L, 50_000L, 100_000L, "4095", "", 64 * MIB, 64 * MIB, null,
                        17L, Map.of(), Map.of());

        assumeController("cpuset");
        assertThatThrownBy(() -> cgroups.update(group, refused))
                .isInstanceOfSatisfying(
                        LimitRefusedException.class,
                        e -> {
                            assertThat(e.file()).isEqualTo("cpuset.cpus");
                            assertThat(e.inUse()).isFalse();
                        });

        assertThat(value("cpu", "cpu.shares", "cpu.weight")).isEqualTo(shares);
        assertThat(value("cpu", "cpu.cfs_quota_us", "cpu.max")).isEqualTo(quota);
        assertThat(value("pids", "pids.max", "pids.max")).isEqualTo(pids);
    }

    @Test
    void aRefusedBandwidthLeavesTheSharesBeforeIt() throws IOException {
        cgroups.create(group, Limits.shares(1024));
        String shares = value("cpu", "cpu.shares", "cpu.weight");
        Resources refused =
                new Resources(
                        List.of(), 2048L, 1L, 100_000L, "", "", null, null, null, null, Map.of(),
                        Map.of());

        assertThatThrownBy(() -> cgroups.update(group, refused))
                .isInstanceOf(LimitRefusedException.class);

        assertThat(value("cpu", "cpu.shares", "cpu.weight")).isEqualTo(shares);
    }

    @Test
    void memoryInUseIsNotTakenAwayByALimitAndNothingIsKilled() throws Exception {
        cgroups.create(group, Limits.memory(128 * MIB, 128 * MIB));
        // Holds 40 MiB, for it may have to print them when its input ends.
        Process holder = start("(head -c 41943040 /dev/zero; sleep 1000) | tail -c 41943040");
        awaitUsage(40 * MIB);

        assertThatThrownBy(() -> cgroups.update(group, Limits.memory(8 * MIB, 8 * MIB)))
                .isInstanceOfSatisfying(
                        LimitRefusedException.class, e -> assertThat(e.inUse()).isTrue());

        assertThat(value("memory", "memory.limit_in_bytes", "memory.max"))
                .isEqualTo(Long.toString(128 * MIB));
        if (cgroups.version() == Version.V2) {
            assertThat(value("memory", "", "memory.high")).isEqualTo("max");
        }
        assertThat(cgroups.oomKills(group)).isZero();
        assertThat(holder.isAlive()).isTrue();
    }

    private void awaitUsage(long bytes) throws Exception {
        Deadline deadline = Deadline.after(Duration.ofSeconds(SECONDS), Clock.SYSTEM);
        while (Long.parseLong(value("memory", "memory.usage_in_bytes", "memory.current")) < bytes) {
            deadline.check("waiting until the group uses " + bytes + " bytes");
            Clock.SYSTEM.sleep(Duration.ofMillis(5));
        }
    }

    @Test
    void bandwidthChangesBelowAParentWithTheSameRatio() throws IOException {
        cgroups.create(parent.child("pod"), Limits.bandwidth(50_000, 100_000));
        cgroups.create(group, Limits.bandwidth(50_000, 100_000));
        cgroups.update(group, Limits.bandwidth(5_000, 10_000));
        cgroups.update(group, Limits.bandwidth(100_000, 200_000));

        assertThat(value("cpu", "cpu.cfs_quota_us", "cpu.max")).isIn("100000", "100000 200000");
    }

    @Test
    void processesAreFoundAndKilledWithTheirChildren() throws Exception {
        cgroups.create(group, Resources.none());
        Process shell = start("sleep 1000 & sleep 1000 & wait");

        assertThat(cgroups.processes(parent)).contains((int) shell.pid());

        cgroups.killAll(parent);

        assertThat(shell.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(shell.exitValue()).isEqualTo(128 + 9);
        cgroups.remove(parent);
        assertThat(cgroups.processes(parent)).isEmpty();
    }

    @Test
    void processesThatKeepForkingAreKilled() throws Exception {
        cgroups.create(group, Limits.pids(60));
        Process bomb =
                start(
                        "f() { while :; do sleep 1000 & done; }\n"
                                + "f 2>/dev/null & f 2>/dev/null & f 2>/dev/null");

        cgroups.killAll(group);

        assertThat(bomb.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        cgroups.remove(group);
        assertThat(cgroups.processes(group)).isEmpty();
    }

    @Test
    void limitOfPidsStopsForks() throws Exception {
        cgroups.create(group, Limits.pids(4));

        // A shell that cannot fork says so and ends.
        Process shell = start("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done");
        assertThat(shell.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(cgroups.processes(group)).hasSizeLessThanOrEqualTo(4);
        cgroups.killAll(group);

        assertThat(output(shell)).containsIgnoringCase("cannot fork");
    }

    @Test
    void processThatExceedsItsMemoryIsKilledAndCounted() throws Exception {
        cgroups.create(group, Limits.memory(24 * MIB, 24 * MIB));
        assertThat(cgroups.oomKills(group)).isZero();

        Process hog = start("exec tail /dev/zero");

        assertThat(hog.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(hog.exitValue()).isEqualTo(128 + 9);
        assertThat(cgroups.oomKills(group)).isEqualTo(1);
        assertThat(cgroups.oomKills(parent)).isEqualTo(1);
    }

    @Test
    void deviceWithoutARuleCannotBeOpened() throws Exception {
        DeviceRule denyAll = new DeviceRule(false, "a", null, null, "rwm");
        DeviceRule mknod = new DeviceRule(true, "c", null, null, "m");
        cgroups.create(group, Limits.devices(denyAll, mknod, allow(1, 3, "rwm")));

        String said =
                output(
                        start(
                                "cd '"
                                        + directory
                                        + "'\n"
                                        + "mknod full c 1 7 && echo made\n"
                                        + "(: < full) || echo refused\n"
                                        + "mknod block b 7 99 || echo no block\n"
                                        + "(echo > /dev/null) && echo null\n"));

        assertThat(said).contains("made", "refused", "no block", "null");
        assertThat(said).contains("Operation not permitted");
    }

    @Test
    void updateLeavesDeviceRulesAlone() throws Exception {
        DeviceRule denyAll = new DeviceRule(false, "a", null, null, "rwm");
        Resources limits = Limits.devices(denyAll, allow(1, 3, "rwm"));
        cgroups.create(group, limits);
        cgroups.update(group, Limits.pids(20));

        assertThat(output(start("(: < /dev/full) || echo refused"))).contains("refused");
    }

    @Test
    void frozenProcessDoesNothingUntilItIsThawed() throws Exception {
        assumeThat(cgroups.version() == Version.V2 || cgroups.controllers().contains("freezer"))
                .isTrue();
        cgroups.create(group, Resources.none());
        Process shell = start("trap 'exit 7' TERM\necho armed\nwhile :; do sleep 0.01; done");
        awaitLine(shell, "armed");

        cgroups.freeze(parent);
        shell.destroy();
        assertThat(shell.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();

        cgroups.thaw(parent);
        assertThat(shell.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(shell.exitValue()).isEqualTo(7);
    }

    @Test
    void groupsAreListedByTheirParent() throws IOException {
        cgroups.create(group, Resources.none());
        cgroups.create(parent.child("other"), Resources.none());

        assertThat(cgroups.children(parent))
                .containsExactlyInAnyOrder(parent.child("other"), parent.child("pod"));
        assertThat(cgroups.children(parent.child("unknown"))).isEmpty();
    }

    @Test
    void newGroupOfCpusetHasTheCpusOfItsParent() throws Exception {
        assumeController("cpuset");
        cgroups.create(group, Resources.none());

        assertThat(output(start("cat /proc/self/status")))
                .containsPattern("Cpus_allowed_list:\\s+\\d");
    }

    @Test
    void whatAGroupUsesIsCounted() throws Exception {
        cgroups.create(group, Limits.memory(128 * MIB, 128 * MIB));
        CgroupUsage idle = cgroups.usage(group);
        Process holder =
                start(
                        "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done\n"
                                + "(head -c 20971520 /dev/zero; sleep 1000) | tail -c 20971520");
        awaitUsage(20 * MIB);

        CgroupUsage busy = cgroups.usage(group);

        assertThat(busy.cpu().usageNanos()).isGreaterThan(idle.cpu().usageNanos() + 1_000_000);
        assertThat(cgroups.cpuNanos(group)).isGreaterThanOrEqualTo(busy.cpu().usageNanos());
        assertThat(busy.memory().rss()).isGreaterThan(15 * MIB);
        assertThat(busy.memory().workingSet()).isBetween(15 * MIB, 128 * MIB);
        assertThat(busy.memory().pageFaults()).isGreaterThan(1000);
        assertThat(busy.memory().limit()).hasValue(128 * MIB);
        if (cgroups.controllers().contains("pids")) {
            assertThat(busy.pids()).isGreaterThanOrEqualTo(3);
        }
        assertThat(holder.isAlive()).isTrue();
    }

    @Test
    void aGroupThatIsNotThereUsesNothingAndSaysSo() {
        assertThatThrownBy(() -> cgroups.usage(group))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(group.value());
        assertThatThrownBy(() -> cgroups.cpuNanos(group)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void unknownGroupHasNothingAndIsRemoved() throws IOException {
        cgroups.killAll(group);
        cgroups.remove(group);

        assertThat(cgroups.processes(group)).isEmpty();
        assertThat(cgroups.oomKills(group)).isZero();
    }

    @Test
    void twoMayEndAGroupAtOnce() throws Exception {
        for (int round = 0; round < 300; round++) {
            cgroups.create(group, Resources.none());
            CompletableFuture<Void> other = new CompletableFuture<>();
            Tasks.startNative(
                    "other",
                    () -> {
                        try {
                            end();
                            other.complete(null);
                        } catch (Throwable e) {
                            other.completeExceptionally(e);
                        }
                    });
            end();
            other.get(SECONDS, TimeUnit.SECONDS);
        }
    }

    private void end() throws IOException {
        cgroups.killAll(group);
        cgroups.remove(group);
    }

    @Test
    void groupWithAProcessIsNotRemovedAndTheProcessIsNamed() throws Exception {
        cgroups.create(group, Resources.none());
        Process shell = start("exec sleep 1000");

        assertThatThrownBy(() -> cgroups.remove(group))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(group.value())
                .hasMessageContaining("[" + shell.pid() + "]");
    }

    @Test
    void limitWithoutItsControllerIsRefusedByName() throws IOException {
        assumeThat(cgroups.controllers()).doesNotContain("hugetlb");

        assertThatThrownBy(() -> cgroups.create(group, Limits.hugepages(Map.of("2MB", 2 * MIB))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cgroup controller hugetlb is not");
        cgroups.update(group, Limits.hugepages(Map.of("2MB", 0L)));
    }

    @Test
    void unifiedResourcesAreOfVersion2() throws IOException {
        cgroups.create(group, Resources.none());
        Resources unified = Limits.unified(Map.of("memory.high", Long.toString(8 * MIB)));

        if (cgroups.version() == Version.V1) {
            assertThatThrownBy(() -> cgroups.update(group, unified))
                    .isInstanceOf(InvalidArgumentException.class);
        } else {
            cgroups.update(group, unified);
            assertThat(value("memory", "", "memory.high")).isEqualTo(Long.toString(8 * MIB));
        }
    }

    @Test
    void valueThatTheKernelRefusesIsNamedWithItsFile() throws IOException {
        cgroups.create(group, Resources.none());

        assertThatThrownBy(() -> cgroups.update(group, Limits.bandwidth(1, 100_000)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("write \"1")
                .hasMessageContaining(group.value() + "/cpu.")
                .hasMessageContaining("Invalid argument");
    }
}
