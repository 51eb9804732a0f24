package io.gantry.linux.procfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads /proc. A process that is gone is an empty answer. Immutable.
 *
 * @param root where it is mounted
 */
public record ProcFs(Path root) {

    private static final String OPEN_FILES = "Max open files";

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

    /** All processes; one that starts or ends meanwhile may be missing. */
    public List<ProcessStat> processes() throws IOException {
        List<ProcessStat> all = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root, "[0-9]*")) {
            for (Path entry : entries) {
                stat(Integer.parseInt(entry.getFileName().toString())).ifPresent(all::add);
            }
            return all;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** The threads of a process, the first of which may have ended; none when it is gone. */
    public List<ProcessStat> threads(int pid) throws IOException {
        List<ProcessStat> all = new ArrayList<>();
        Path tasks = process(pid).resolve("task");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(tasks, "[0-9]*")) {
            for (Path entry : entries) {
                find(pid, "task/" + entry.getFileName() + "/stat")
                        .map(ProcessStat::parse)
                        .ifPresent(all::add);
            }
            return all;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /**
     * The function of the kernel that a thread waits in (proc_pid_wchan(5)); empty when it does not
     * wait, or is gone.
     */
    public Optional<String> waitChannel(int thread) throws IOException {
        return find(thread, "wchan").filter(name -> !name.isEmpty() && !name.equals("0"));
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

    /** The routes of the network namespace that this process is in, of both families. */
    public List<Route> routes() throws IOException {
        Path own = root.resolve("self/net");
        List<Route> routes = new ArrayList<>();
        routes.addAll(Route.parseIpv4(linesIfThere(own.resolve("route"))));
        routes.addAll(Route.parseIpv6(linesIfThere(own.resolve("ipv6_route"))));
        return routes;
    }

    /** A kernel without IPv6 has no file of its routes. */
    private static List<String> linesIfThere(Path file) throws IOException {
        try {
            return text(file).lines().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** What a process holds open (proc_pid_fd(5)). */
    public Optional<OpenFiles> openFiles(int pid) throws IOException {
        long all = 0;
        long sockets = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process(pid).resolve("fd"))) {
            for (Path file : files) {
                all++;
                if (isSocket(file)) {
                    sockets++;
                }
            }
            return Optional.of(new OpenFiles(all, sockets));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static boolean isSocket(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().startsWith("socket:");
        } catch (IOException e) {
            // Closed since it was listed.
            return false;
        }
    }

    /** How many files a process may hold open (getrlimit(2), RLIMIT_NOFILE); empty: any number. */
    public OptionalLong openFileLimit(int pid) throws IOException {
        return lines(pid, "limits").orElse(List.of()).stream()
                .filter(line -> line.startsWith(OPEN_FILES))
                .map(line -> line.substring(OPEN_FILES.length()).strip().split("\\s+", 2)[0])
                .filter(soft -> !soft.equals("unlimited"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    /** The names of block devices by their numbers, as 8:0 and sda (proc_partitions(5)). */
    public Map<String, String> blockDevices() throws IOException {
        Map<String, String> names = new HashMap<>();
        for (String line : text(root.resolve("partitions")).lines().toList()) {
            String[] words = line.strip().split("\\s+", -1);
            if (words.length == 4 && words[0].matches("[0-9]+")) {
                names.put(words[0] + ":" + words[1], words[3]);
            }
        }
        return names;
    }

    /** Random name of this boot of the machine (random(4)). */
    public String bootId() throws IOException {
        return text(root.resolve("sys/kernel/random/boot_id")).strip();
    }

    private Path process(int pid) {
        return root.resolve(Integer.toString(pid));
    }

    private Optional<List<String>> lines(int pid, String name) throws IOException {
        return find(pid, name).map(text -> text.lines().toList());
    }

    private Optional<String> find(int pid, String name) throws IOException {
        try {
            return Optional.of(text(process(pid).resolve(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            // A process that ends between open and read answers ESRCH, which has no type of its
            // own.
            if (Files.exists(process(pid))) {
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
