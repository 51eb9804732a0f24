package io.gantry.linux.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.cgroup.CgroupAccounts.DeviceIo;
import io.gantry.linux.cgroup.CgroupAccounts.HugePages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsTest {

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
                "io.stat",
                """
                8:0 rbytes=4096 wbytes=512 rios=2 wios=1 dbytes=0 dios=0 cost.vrate=100.00
                253:1\s
                """);
        file("hugetlb.2MB.current", "2097152\n");
        file("hugetlb.2MB.rsvd.current", "1\n");
        file("hugetlb.2MB.max", "max\n");
        file("pids.max", "100\n");

        CgroupAccounts accounts = AccountsV2.read(counters());

        assertThat(accounts.devices()).containsExactly(new DeviceIo(8, 0, 4096, 512, 2, 1));
        assertThat(accounts.hugePages())
                .containsExactly(new HugePages("2MB", 2_097_152, OptionalLong.empty()));
        assertThat(accounts.threadLimit()).hasValue(100);
    }

    @Test
    void version1IsReadFromItsFiles() throws IOException {
        file(
                "blkio.throttle.io_service_bytes_recursive",
                """
                8:0 Read 4096
                8:0 Write 512
                8:0 Sync 4608
                Total 4608
                """);
        file(
                "blkio.throttle.io_serviced_recursive",
                """
                8:0 Read 2
                8:0 Write 1
                Total 3
                """);
        file("hugetlb.2MB.usage_in_bytes", "2097152\n");
        file("hugetlb.2MB.max_usage_in_bytes", "4194304\n");
        file("hugetlb.2MB.rsvd.usage_in_bytes", "1\n");
        file("pids.max", "max\n");

        CgroupAccounts accounts = AccountsV1.read(counters(), counters(), counters());

        assertThat(accounts.devices()).containsExactly(new DeviceIo(8, 0, 4096, 512, 2, 1));
        assertThat(accounts.hugePages())
                .containsExactly(new HugePages("2MB", 2_097_152, OptionalLong.of(4_194_304)));
        assertThat(accounts.threadLimit()).isEmpty();
    }

    @Test
    void aGroupThatHasDoneNothingAndAControllerThatIsNotThereCountNothing() throws IOException {
        file("blkio.throttle.io_service_bytes_recursive", "Total 0\n");
        Counters none = new Counters(Optional.empty());

        CgroupAccounts idle = AccountsV1.read(counters(), none, none);

        assertThat(idle.devices()).isEmpty();
        assertThat(idle.hugePages()).isEmpty();
        assertThat(idle.threadLimit()).isEmpty();
        assertThat(AccountsV2.read(counters()).devices()).isEmpty();
    }
}
