package io.gantry.linux.procfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads /proc. A process that is gone is an empty answer. Immutable.
 *
 * @param root where it is mounted
 */
public record ProcFs(Path root) {

    /** The /proc of the machine. */
    public static final ProcFs SYSTEM = new ProcFs(Path.of("/proc"));

    /** The mounts of this process. */
    public MountTable mounts() throws IOException {
        return MountTable.parse(text(root.resolve("self/mountinfo")).lines().toList());
    }

    /** The mounts that a process sees. */
    public Optional<MountTable> mounts(int pid) throws IOException {
        return lines(pid, "mountinfo").map(MountTable::parse);
    }

    public Optional<ProcessStat> stat(int pid) throws IOException {
        return find(pid, "stat").map(ProcessStat::parse);
    }

    public Optional<ProcessStatus> status(int pid) throws IOException {
        return lines(pid, "status").map(ProcessStatus::parse);
    }

    public Optional<ProcessCgroups> cgroups(int pid) throws IOException {
        return lines(pid, "cgroup").map(ProcessCgroups::parse);
    }

    /** The network devices of the namespace that a process is in. */
    public Optional<List<NetworkDevice>> networkDevices(int pid) throws IOException {
        return lines(pid, "net/dev").map(NetworkDevice::parse);
    }

    /** Random name of this boot of the machine (random(4)). */
    public String bootId() throws IOException {
        return text(root.resolve("sys/kernel/random/boot_id")).strip();
    }

    private Optional<List<String>> lines(int pid, String name) throws IOException {
        return find(pid, name).map(text -> text.lines().toList());
    }

    private Optional<String> find(int pid, String name) throws IOException {
        try {
            return Optional.of(text(root.resolve(Integer.toString(pid)).resolve(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            // A process that ends between open and read answers ESRCH, which has no type of its
            // own.
            if (Files.exists(root.resolve(Integer.toString(pid)))) {
                throw e;
            }
            return Optional.empty();
        }
    }

    /** Names are bytes to the kernel; what is no UTF-8 must not make the rest unreadable. */
    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
