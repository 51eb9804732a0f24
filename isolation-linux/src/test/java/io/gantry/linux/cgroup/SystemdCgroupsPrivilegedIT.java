package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Ids;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.linux.systemd.SystemdUnits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Scopes that a real systemd makes; run where it is the init, by make test-systemd. */
@Tag("privileged")
@EnabledIfSystemProperty(named = "gantry.test.kernel", matches = "systemd")
@Timeout(180)
final class SystemdCgroupsPrivilegedIT {

    private static final long MIB = 1L << 20;
    private static final Path ROOT = CgroupMounts.ROOT;

    @TempDir private Path directory;

    private final String slice = "gantry-test" + Ids.random().substring(0, 12) + ".slice";
    private final CgroupNames names = new CgroupNames(CgroupDriver.SYSTEMD, slice);
    private final CgroupPath scope = names.of(Ids.random());
    private final List<Process> started = new ArrayList<>();
    private SystemdUnits units;
    private CgroupManager cgroups;

    @BeforeEach
    void connect() throws IOException {
        units = new SystemdUnits(SystemdUnits.SYSTEM_BUS);
        cgroups = opened();
    }

    /** As a daemon opens it that comes after another. */
    private CgroupManager opened() throws IOException {
        return CgroupManager.systemd(
                ProcFs.SYSTEM.mounts(),
                Syscalls.system(),
                Clock.SYSTEM,
                units,
                directory.resolve("oom-kills"));
    }

    @AfterEach
    void removeAll() throws Exception {
        for (CgroupPath each : cgroups.children(names.parentPath())) {
            cgroups.killAll(each);
            cgroups.remove(each);
        }
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
        cgroups.remove(names.parentPath());
        assertThat(ROOT.resolve(names.parentPath().relative())).doesNotExist();
        units.close();
    }

    /** A process that joins the scope before it runs the script. */
    private Process start(CgroupPath group, String script)
            throws IOException, InterruptedException {
        Path members = cgroups.cloneInto(group).orElseThrow().resolve("cgroup.procs");
        Process process =
                new ProcessBuilder("/bin/sh", "-c", "echo 0 > " + members + "\n" + script)
                        .redirectErrorStream(true)
                        .start();
        started.add(process);
        await("a process in " + group, () -> cgroups.processes(group).contains(pid(process)));
        return process;
    }

    private static int pid(Process process) {
        return Math.toIntExact(process.pid());
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(String what, Condition condition)
            throws IOException, InterruptedException {
        Deadline deadline = Deadline.after(Duration.ofSeconds(60), Clock.SYSTEM);
        while (!condition.holds()) {
            deadline.check("waiting for " + what);
            Clock.SYSTEM.sleep(Duration.ofMillis(5));
        }
    }

    private String file(CgroupPath group, String name) throws IOException {
        return Files.readString(ROOT.resolve(group.relative()).resolve(name)).strip();
    }

    private static String property(String unit, String name) throws Exception {
        return command("systemctl", "show", unit, "--property=" + name, "--value");
    }

    private static String command(String... words) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        // The tests may be run in a root other than systemd's.
        builder.environment().put("SYSTEMD_IGNORE_CHROOT", "1");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output.strip();
    }

    @Test
    void groupIsADelegatedScopeInItsSlice() throws Exception {
        cgroups.create(scope, Resources.none());
        assertThat(property(scope.name(), "ActiveState")).isEqualTo("active");
        assertThat(property(scope.name(), "Slice")).isEqualTo(slice);
        assertThat(property(scope.name(), "Delegate")).isEqualTo("yes");
        assertThat(property(scope.name(), "ControlGroup")).isEqualTo(scope.value());
        assertThat(file(scope, "pids.max")).isEqualTo("max");
        assertThat(cgroups.processes(scope)).as("of others than the keeper").isEmpty();
        assertThat(cgroups.children(names.parentPath())).containsExactly(scope);
    }

    @Test
    void groupGoesByItselfWithItsLastProcess() throws Exception {
        cgroups.create(scope, Resources.none());
        Process process = start(scope, "read line");
        cgroups.occupied(scope);
        assertThat(property(scope.name(), "ActiveState")).isEqualTo("active");
        process.getOutputStream().close();
        await("end of the scope", () -> !Files.exists(ROOT.resolve(scope.relative())));
        cgroups.remove(scope);
        assertThat(property(scope.name(), "LoadState")).isEqualTo("not-found");
    }

    @Test
    void groupIsMadeTwiceAndRemovedTwice() throws Exception {
        cgroups.create(scope, Resources.none());
        cgroups.create(scope, Limits.pids(7));
        assertThat(file(scope, "pids.max")).isEqualTo("7");
        cgroups.remove(scope);
        cgroups.remove(scope);
        assertThat(ROOT.resolve(scope.relative())).doesNotExist();
        cgroups.create(scope, Limits.pids(8));
        assertThat(file(scope, "pids.max")).isEqualTo("8");
    }

    @Test
    void groupWhoseKeeperWasKilledIsMadeAnew() throws Exception {
        cgroups.create(scope, Resources.none());
        cgroups.killAll(scope);
        cgroups.create(scope, Limits.pids(9));
        start(scope, "read line");
        cgroups.occupied(scope);
        assertThat(file(scope, "pids.max")).isEqualTo("9");
    }

    @Test
    void limitsAreReadBackFromFilesAndUnit() throws Exception {
        cgroups.create(
                scope,
                new Resources(
                        List.of(),
                        512L,
                        50_000L,
                        100_000L,
                        "",
                        "",
                        64 * MIB,
                        64 * MIB,
                        null,
                        20L,
                        Map.of(),
                        Map.of("memory.high", Long.toString(48 * MIB))));
        assertThat(file(scope, "cpu.weight")).isEqualTo("59");
        assertThat(file(scope, "cpu.max")).isEqualTo("50000 100000");
        assertThat(file(scope, "memory.max")).isEqualTo(Long.toString(64 * MIB));
        assertThat(file(scope, "memory.high")).isEqualTo(Long.toString(48 * MIB));
        assertThat(file(scope, "pids.max")).isEqualTo("20");
        assertThat(property(scope.name(), "CPUWeight")).isEqualTo("59");
        assertThat(property(scope.name(), "CPUQuotaPerSecUSec")).isEqualTo("500ms");
        assertThat(property(scope.name(), "MemoryMax")).isEqualTo(Long.toString(64 * MIB));
        assertThat(property(scope.name(), "MemoryHigh")).isEqualTo(Long.toString(48 * MIB));
        assertThat(property(scope.name(), "TasksMax")).isEqualTo("20");
    }

    @Test
    void updateSurvivesAReloadOfSystemd() throws Exception {
        cgroups.create(scope, Limits.memory(64 * MIB));
        start(scope, "read line");
        cgroups.occupied(scope);
        cgroups.update(scope, Limits.memory(96 * MIB));
        cgroups.update(scope, Limits.bandwidth(30_000, 100_000));
        cgroups.update(scope, Limits.pids(33));
        command("systemctl", "daemon-reload");
        // Has systemd write all limits of the unit anew.
        command("systemctl", "set-property", "--runtime", scope.name(), "IOWeight=200");
        assertThat(file(scope, "memory.max")).isEqualTo(Long.toString(96 * MIB));
        assertThat(file(scope, "cpu.max")).isEqualTo("30000 100000");
        assertThat(file(scope, "pids.max")).isEqualTo("33");
        assertThat(property(scope.name(), "MemoryMax")).isEqualTo(Long.toString(96 * MIB));
    }

    @Test
    void limitThatTheKernelRefusesIsNamedAndChangesNothing() throws Exception {
        cgroups.create(scope, Limits.pids(20));
        Resources wanted = Limits.unified(Map.of("pids.max", "30", "memory.max", "much"));
        assertThatThrownBy(() -> cgroups.update(scope, wanted))
                .isInstanceOfSatisfying(
                        LimitRefusedException.class,
                        e -> assertThat(e.file()).isEqualTo("memory.max"));
        assertThat(file(scope, "pids.max")).isEqualTo("20");
        assertThat(property(scope.name(), "TasksMax")).isEqualTo("20");
    }

    @Test
    void deviceThatIsNotAllowedStaysSoAfterAReload() throws Exception {
        DeviceRule allowed = new DeviceRule(true, "c", 1L, 3L, "rwm");
        DeviceRule none = new DeviceRule(false, "a", null, null, "rwm");
        cgroups.create(scope, Limits.devices(none, allowed));
        command("systemctl", "daemon-reload");
        Process process =
                start(
                        scope,
                        "cat /dev/null && ! cat /dev/zero 2>/dev/null | head -c 1 | grep -q .");
        cgroups.occupied(scope);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void killsForWantOfMemoryAreKnownOnceTheScopeIsGone() throws Exception {
        CgroupPath other = names.of(Ids.random());
        cgroups.create(other, Resources.none());
        start(other, "read line");
        cgroups.occupied(other);
        cgroups.create(scope, Limits.memory(16 * MIB, 16 * MIB));
        Process process = start(scope, "exec tail /dev/zero");
        cgroups.occupied(scope);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        await("end of the scope", () -> !Files.exists(ROOT.resolve(scope.relative())));
        assertThat(opened().oomKills(scope)).as("asked by the next daemon").isEqualTo(1);
        assertThat(cgroups.oomKills(scope)).isEqualTo(1);
        assertThat(cgroups.oomKills(other)).isZero();
    }
}
