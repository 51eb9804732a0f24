package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.DiskReserve;
import io.gantry.base.Ids;
import io.gantry.linux.cgroup.CgroupDriver;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.Trees;
import io.gantry.runtime.cdi.CdiDirectories;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.logs.LogOptions;
import io.gantry.runtime.logs.LogReader;
import io.gantry.runtime.oci.OciHandler;
import io.gantry.runtime.oci.OciHandlers;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxConfig;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.PodSandboxMetadata;
import io.gantry.runtime.pod.SandboxSecurity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A real runtime on private directories and a private parent cgroup. */
final class RuntimeHarness implements AutoCloseable {

    /** Guards against hanging, for all tests of a class together. */
    static final Deadline SOON = Deadline.after(Duration.ofMinutes(30), Clock.SYSTEM);

    /** Where Debian has it. */
    static final String RUNC = "/usr/sbin/runc";

    final Path directory;
    private final String cgroupParent = "/gantry-it-" + Ids.random().substring(0, 12);
    private final BusyboxImage image;
    private final boolean selinux;
    private String handler = "";
    private RuntimeService runtime;

    private RuntimeHarness(Path directory, boolean selinux) throws IOException {
        this.directory = directory;
        this.selinux = selinux;
        this.image = BusyboxImage.in(directory);
        this.runtime = open();
    }

    static RuntimeHarness start() throws IOException {
        return new RuntimeHarness(Files.createTempDirectory("gantry-it"), false);
    }

    /** One whose pods have labels of SELinux. */
    static RuntimeHarness startLabelling() throws IOException {
        return new RuntimeHarness(Files.createTempDirectory("gantry-it"), true);
    }

    /** Has the pods of an OCI runtime from here on. */
    RuntimeHarness withHandler(String name) {
        handler = name;
        return this;
    }

    /** One whose root directory is a small file system of its own, to be unmounted at its end. */
    static RuntimeHarness startOn(String size) throws IOException {
        Path directory = Files.createTempDirectory("gantry-it");
        Path root = Files.createDirectory(directory.resolve("root"));
        Syscalls.system()
                .mount(
                        CString.of("tmpfs"),
                        CString.of(root.toString()),
                        CString.of("tmpfs"),
                        0,
                        CString.of("size=" + size));
        DiskReserve.beside(root.resolve("gantry.db")).keep();
        return new RuntimeHarness(directory, false);
    }

    private RuntimeService open() throws IOException {
        Files.createDirectories(directory.resolve("root"));
        Files.createDirectories(directory.resolve("run"));
        RuntimeService opened =
                RuntimeService.open(
                        new RuntimeSettings(
                                directory.resolve("root"),
                                directory.resolve("run"),
                                Path.of("../isolation-linux/target/native/gantry-shim")
                                        .toAbsolutePath(),
                                new CgroupNames(CgroupDriver.CGROUPFS, cgroupParent),
                                new CdiDirectories(List.of(directory.resolve("cdi"))),
                                selinux),
                        new RuntimePorts(
                                image, image, image, new NoNetwork(), handlers(), StartPhases.NONE),
                        Clock.SYSTEM);
        opened.start();
        return opened;
    }

    private OciHandlers handlers() {
        return new OciHandlers(
                List.of(new OciHandler("runc", RUNC, directory.resolve("run/runc").toString())));
    }

    RuntimeService runtime() {
        return runtime;
    }

    /** Ends the runtime and starts another one over the same directories. */
    void restart() throws IOException {
        runtime.close();
        runtime = open();
    }

    /** Ends the runtime, does something, and starts another one. */
    void restartAfter(Change change) throws IOException {
        runtime.close();
        change.run();
        runtime = open();
    }

    @FunctionalInterface
    interface Change {
        void run() throws IOException;
    }

    Layout layout() {
        return new Layout(directory.resolve("root"), directory.resolve("run"));
    }

    PodSandbox pod() {
        return pod(SandboxSecurity.defaults());
    }

    PodSandbox pod(SandboxSecurity security) {
        PodSandboxConfig config =
                new PodSandboxConfig(
                        new PodSandboxMetadata("pod", Ids.random(), "it", 0),
                        "it-host",
                        directory.resolve("logs").toString(),
                        null,
                        List.of(),
                        Map.of(),
                        Map.of(),
                        "",
                        security,
                        Map.of(),
                        LinuxResources.none(),
                        LinuxResources.none());
        return runtime.pods().get(runtime.pods().run(PodOwner.CRI, config, handler, SOON).value());
    }

    String create(PodSandbox pod, String... command) {
        return create(pod, config(command));
    }

    String create(PodSandbox pod, ContainerConfig config) {
        return runtime.containers().create(pod.id().value(), config, SOON).value();
    }

    static ContainerConfig config(String... command) {
        String name = Ids.random().substring(0, 8);
        return PodConfigs.logging(
                ContainerConfig.of(name, "busybox", List.of(command)), name + ".log");
    }

    String start(PodSandbox pod, String... command) {
        String id = create(pod, command);
        runtime.containers().start(id, SOON);
        return id;
    }

    Container await(String id) {
        return runtime.containers().awaitExit(id, SOON);
    }

    /** Runs a container to its end and returns what it wrote. */
    String output(PodSandbox pod, String... command) throws IOException {
        String id = start(pod, command);
        await(id);
        return log(id);
    }

    String log(String id) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        new LogReader(Path.of(runtime.containers().get(id).logFile()), () -> false)
                .read(
                        LogOptions.all(),
                        line -> {
                            text.writeBytes(line.content());
                            return true;
                        });
        return text.toString(UTF_8);
    }

    /** The log of a container once it has these words; what ran up to them has run then. */
    String logOnceItHas(String id, String words) throws IOException {
        Deadline deadline = Deadline.after(Duration.ofMinutes(1), Clock.SYSTEM);
        String log = log(id);
        while (!log.contains(words)) {
            if (deadline.expired()) {
                throw new AssertionError("no \"" + words + "\" in the log: " + log);
            }
            LockSupport.parkNanos(1_000_000);
            log = log(id);
        }
        return log;
    }

    /** What is left on the machine of all that this runtime made. */
    Set<String> leftovers() throws IOException {
        Set<String> left = new TreeSet<>();
        ProcFs.SYSTEM.mounts().mounts().stream()
                .filter(mount -> mount.mountPoint().startsWith(directory + "/"))
                .filter(mount -> !mount.mountPoint().equals(root().toString()))
                .forEach(mount -> left.add("mount " + mount.mountPoint()));
        left.addAll(cgroups());
        for (Path parent :
                List.of(
                        layout().sandboxes(),
                        layout().shims(),
                        layout().containers(),
                        layout().containerStates(),
                        layout().state().resolve("runc"),
                        directory.resolve("writable"))) {
            if (Files.isDirectory(parent)) {
                try (Stream<Path> entries = Files.list(parent)) {
                    entries.forEach(entry -> left.add("file " + entry));
                }
            }
        }
        try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
            processes.filter(this::isOurs).forEach(process -> left.add("process " + process.pid()));
        }
        return left;
    }

    /** A process that has the runtime's directory among its arguments: a shim. */
    private boolean isOurs(ProcessHandle process) {
        try {
            String line = Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
            return line.contains("gantry-shim") && line.contains(directory.toString());
        } catch (IOException e) {
            return false;
        }
    }

    private Set<String> cgroups() throws IOException {
        try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
            List<Path> parents =
                    Stream.concat(
                                    Stream.of(Path.of("/sys/fs/cgroup" + cgroupParent)),
                                    hierarchies.map(h -> Path.of(h + cgroupParent)))
                            .filter(Files::isDirectory)
                            .toList();
            Set<String> found = new TreeSet<>();
            for (Path parent : parents) {
                try (Stream<Path> entries = Files.list(parent)) {
                    found.addAll(
                            entries.filter(Files::isDirectory)
                                    .map(path -> "cgroup " + path)
                                    .collect(Collectors.toSet()));
                }
            }
            return found;
        }
    }

    @Override
    public void close() throws IOException {
        for (PodSandbox pod : runtime.pods().list(PodSandboxFilter.of(null))) {
            runtime.pods().remove(pod.id().value(), SOON);
        }
        runtime.close();
        removeCgroupParent();
        if (ProcFs.SYSTEM.mounts().mounts().stream()
                .anyMatch(mount -> mount.mountPoint().equals(root().toString()))) {
            Syscalls.system().umount2(CString.of(root().toString()), 0);
        }
        Trees.delete(directory);
    }

    Path root() {
        return directory.resolve("root");
    }

    private void removeCgroupParent() throws IOException {
        try (Stream<Path> hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
            // In cgroup v2 the root has files, too.
            for (Path hierarchy : hierarchies.filter(Files::isDirectory).toList()) {
                Files.deleteIfExists(Path.of(hierarchy + cgroupParent));
            }
        }
        Files.deleteIfExists(Path.of("/sys/fs/cgroup" + cgroupParent));
    }

    private static final class NoNetwork implements PodNetwork {

        @Override
        public PodNetworkStatus add(PodSandbox pod, Path netns, Deadline deadline) {
            return PodNetworkStatus.none();
        }

        @Override
        public void remove(PodSandbox pod, Path netns, Deadline deadline) {}

        @Override
        public Readiness status() {
            return new Readiness(true, "");
        }
    }
}
