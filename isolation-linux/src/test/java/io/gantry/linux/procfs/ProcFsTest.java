package io.gantry.linux.procfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcFsTest {

    @TempDir Path directory;

    private static final String REST =
            " S 10 11 12 34816 77 4194304 1 0 0 0 0 0 0 0 20 0 1 0 987654321 5 6";

    @Test
    void nameMayHoldSpacesAndParentheses() {
        ProcessStat stat = ProcessStat.parse("42 (a) b (c) R 1" + ")" + REST);

        assertThat(stat)
                .isEqualTo(new ProcessStat(42, "a) b (c) R 1", 'S', 10, 11, 12, 987_654_321L));
    }

    @Test
    void truncatedStatIsRefused() {
        assertThatThrownBy(() -> ProcessStat.parse("42 (sh) S 1 2"))
                .hasMessage("not a line of stat: 42 (sh) S 1 2");
    }

    @Test
    void statusFieldsAreReadByTheirNames() {
        ProcessStatus status =
                ProcessStatus.parse(
                        List.of(
                                "Name:\tsh:x",
                                "Uid:\t1\t2\t3\t4294967294",
                                "Groups:\t4 5 ",
                                "CapEff:\t00000000a80425fb",
                                "nonsense"));

        assertThat(status.field("Name")).contains("sh:x");
        assertThat(status.numbers("Uid")).containsExactly(1, 2, 3, -2);
        assertThat(status.numbers("Groups")).containsExactly(4, 5);
        assertThat(status.numbers("NSpid")).isEmpty();
        assertThat(status.bits("CapEff")).isEqualTo(0xa80425fbL);
    }

    @Test
    void cgroupsOfBothVersionsAreTold() {
        ProcessCgroups cgroups =
                ProcessCgroups.parse(
                        List.of("9:name=systemd:/s", "3:cpu,cpuacct:/a:b", "0::/unified"));

        assertThat(cgroups.path("cpuacct")).contains("/a:b");
        assertThat(cgroups.path("name=systemd")).contains("/s");
        assertThat(cgroups.path("memory")).isEmpty();
        assertThat(cgroups.unified()).contains("/unified");
    }

    @Test
    void ownProcessIsReadFromTheKernel() throws IOException {
        int pid = (int) ProcessHandle.current().pid();

        assertThat(ProcFs.SYSTEM.stat(pid).orElseThrow().pid()).isEqualTo(pid);
        assertThat(ProcFs.SYSTEM.status(pid).orElseThrow().numbers("Pid")).containsExactly(pid);
        assertThat(ProcFs.SYSTEM.mounts().at(Path.of("/"))).isPresent();
        assertThat(ProcFs.SYSTEM.mounts(pid)).contains(ProcFs.SYSTEM.mounts());
        assertThat(ProcFs.SYSTEM.cgroups(pid).orElseThrow().memberships()).isNotEmpty();
        assertThat(ProcFs.SYSTEM.bootId()).matches("[0-9a-f-]{36}");
    }

    @Test
    void openFilesAndSocketsOfAProcessAreCountedAndTheirLimitIsTold() throws IOException {
        int pid = (int) ProcessHandle.current().pid();
        OpenFiles before = ProcFs.SYSTEM.openFiles(pid).orElseThrow();
        assertThat(before.all()).isGreaterThanOrEqualTo(3);
        // Two, for what others left open may be closed meanwhile.
        try (ServerSocketChannel one = ServerSocketChannel.open();
                ServerSocketChannel two = ServerSocketChannel.open()) {
            assertThat(one.isOpen() && two.isOpen()).isTrue();
            assertThat(ProcFs.SYSTEM.openFiles(pid).orElseThrow().sockets())
                    .isGreaterThan(before.sockets());
        }
        file(directory, "7/limits", "Max open files            1024      4096  files");
        file(directory, "8/limits", "Max open files     unlimited  unlimited  files");
        ProcFs proc = new ProcFs(directory);
        assertThat(proc.openFileLimit(7)).hasValue(1024);
        assertThat(proc.openFileLimit(8)).isEmpty();
        assertThat(proc.openFileLimit(9)).isEmpty();
    }

    private static void file(Path root, String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    @Test
    void threadsAreReadOneByOneAndSayWhatTheyWaitFor() throws IOException {
        file(directory, "7/task/7/stat", stat(7, 'Z'));
        file(directory, "7/task/9/stat", stat(9, 'D'));
        Files.writeString(
                Files.createDirectories(directory.resolve("9")).resolve("wchan"), "rq_qos_wait");
        Files.writeString(directory.resolve("7/wchan"), "0");
        ProcFs proc = new ProcFs(directory);
        assertThat(proc.threads(7)).hasSize(2);
        assertThat(proc.threads(7))
                .filteredOn(ProcessStat::uninterruptible)
                .singleElement()
                .satisfies(thread -> assertThat(thread.pid()).isEqualTo(9));
        assertThat(proc.waitChannel(9)).contains("rq_qos_wait");
        assertThat(proc.waitChannel(7)).isEmpty();
        assertThat(proc.waitChannel(8)).isEmpty();
        assertThat(proc.threads(8)).isEmpty();
    }

    private static String stat(int pid, char state) {
        return pid + " (cat) " + state + " 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 55 0 0";
    }

    @Test
    void blockDevicesHaveNames() throws IOException {
        file(
                directory,
                "partitions",
                "major minor  #blocks  name\n\n   8        0  104857600 sda\n 253  11  5 dm-11");
        assertThat(new ProcFs(directory).blockDevices())
                .isEqualTo(Map.of("8:0", "sda", "253:11", "dm-11"));
    }

    @Test
    void processThatIsGoneIsNoError() throws IOException {
        int beyondAnyPid = 1 << 23;

        assertThat(ProcFs.SYSTEM.stat(beyondAnyPid)).isEmpty();
        assertThat(ProcFs.SYSTEM.status(beyondAnyPid)).isEmpty();
        assertThat(ProcFs.SYSTEM.cgroups(beyondAnyPid)).isEmpty();
        assertThat(ProcFs.SYSTEM.mounts(beyondAnyPid)).isEmpty();
        assertThat(ProcFs.SYSTEM.openFiles(beyondAnyPid)).isEmpty();
    }
}
