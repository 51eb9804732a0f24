package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.cgroup.Pressure.Share;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageTest {

    @TempDir Path group;

    private void file(String name, String text) throws IOException {
        Files.writeString(group.resolve(name), text);
    }

    private Counters counters() {
        return new Counters(Optional.of(group));
    }

    @Test
    void version2IsReadFromItsFiles() throws IOException {
        file(
                "cpu.stat",
                """
                usage_usec 5000
                user_usec 3000
                system_usec 2000
                nr_periods 9
                nr_throttled 4
                throttled_usec 77
                """);
        file("memory.current", "1000\n");
        file("memory.max", "4096\n");
        file("memory.swap.max", "512\n");
        file("memory.swap.current", "11\n");
        file("memory.peak", "2000\n");
        file("memory.events", "low 0\nhigh 0\nmax 6\noom 2\noom_kill 1\n");
        file(
                "memory.stat",
                "anon 300\nfile 600\nkernel 50\nfile_mapped 70\ninactive_file 200\npgfault"
                        + " 21\npgmajfault 3\n");
        file("pids.current", "8\n");
        file(
                "memory.pressure",
                """
                some avg10=1.50 avg60=0.25 avg300=0.00 total=123
                full avg10=0.10 avg60=0.00 avg300=0.00 total=45
                """);

        CgroupUsage usage = UsageV2.read(counters());

        assertThat(usage.cpu())
                .isEqualTo(new CgroupUsage.Cpu(5_000_000, 3_000_000, 2_000_000, 9, 4, 77_000));
        assertThat(usage.memory())
                .isEqualTo(
                        new CgroupUsage.Memory(
                                1000,
                                200,
                                300,
                                600,
                                70,
                                50,
                                11,
                                2000,
                                6,
                                1,
                                21,
                                3,
                                OptionalLong.of(4096),
                                OptionalLong.of(4096 + 512)));
        assertThat(usage.memory().workingSet()).isEqualTo(800);
        assertThat(usage.pids()).isEqualTo(8);
        assertThat(usage.stalls().memory())
                .contains(new Pressure(new Share(123, 1.5, 0.25, 0), new Share(45, 0.1, 0, 0)));
        assertThat(usage.stalls().cpu()).isEmpty();
        assertThat(UsageV2.cpuNanos(counters())).isEqualTo(5_000_000);
    }

    @Test
    void version1IsReadFromItsFiles() throws IOException {
        file("cpuacct.usage", "987654321\n");
        file("cpuacct.stat", "user 60\nsystem 30\n");
        file("cpu.stat", "nr_periods 9\nnr_throttled 4\nthrottled_time 77\n");
        file("memory.usage_in_bytes", "1000\n");
        file("memory.limit_in_bytes", "9223372036854771712\n");
        file("memory.memsw.limit_in_bytes", "9223372036854771712\n");
        file("memory.max_usage_in_bytes", "2000\n");
        file("memory.failcnt", "6\n");
        file("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
        file(
                "memory.stat",
                """
                rss 1
                total_rss 300
                total_cache 600
                total_mapped_file 70
                total_inactive_file 1200
                total_swap 11
                total_pgfault 21
                total_pgmajfault 3
                """);
        file("pids.current", "8\n");

        CgroupUsage usage =
                UsageV1.read(
                        new UsageV1.Controllers(counters(), counters(), counters(), counters()));

        assertThat(usage.cpu())
                .isEqualTo(new CgroupUsage.Cpu(987_654_321, 600_000_000, 300_000_000, 9, 4, 77));
        assertThat(usage.memory().rss()).isEqualTo(300);
        assertThat(usage.memory().swap()).isEqualTo(11);
        assertThat(usage.memory().limit()).isEmpty();
        assertThat(usage.memory().swapLimit()).isEmpty();
        assertThat(usage.memory().oomKills()).isEqualTo(1);
        assertThat(usage.memory().workingSet()).isZero();
        assertThat(usage.pids()).isEqualTo(8);
    }

    @Test
    void whatIsNotCountedIsZero() throws IOException {
        Counters none = new Counters(Optional.empty());
        CgroupUsage usage = UsageV1.read(new UsageV1.Controllers(none, none, counters(), none));
        assertThat(usage.cpu().usageNanos()).isZero();
        assertThat(usage.memory().usage()).isZero();
        assertThat(usage.memory().limit()).isEmpty();
        assertThat(UsageV2.read(counters()).pids()).isZero();
    }
}
