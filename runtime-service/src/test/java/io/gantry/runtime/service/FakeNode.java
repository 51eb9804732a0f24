package io.gantry.runtime.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.linux.cgroup.CgroupAccounts;
import io.gantry.linux.cgroup.CgroupDriver;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupNames;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.cgroup.CgroupUsage;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.mount.MountOptions.IdMapping;
import io.gantry.linux.security.AppArmor;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.shim.Shim;
import io.gantry.linux.shim.ShimStream;
import io.gantry.linux.shim.StartRequest;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Seccomp;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.bundle.ResolvedImage;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.cdi.CdiCatalog;
import io.gantry.runtime.cdi.CdiDirectories;
import io.gantry.runtime.container.Container;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.oci.OciHandlers;
import io.gantry.runtime.oci.OciRuntime;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.ShimProcess;
import io.gantry.runtime.spec.ContainerSpecs;
import io.gantry.runtime.spec.Node;
import io.gantry.runtime.store.Database;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/**
 * A machine in memory, on which runtimes come and go: shims, cgroups, mounts, root file systems and
 * addresses stay when a runtime is closed.
 */
final class FakeNode implements CgroupManager, SandboxMounts, SandboxLauncher, ProcessLauncher {

    /** Pid that no process has, so that killing it does nothing. */
    private static final int NO_PID = 0x7fff_fffe;

    static final CgroupUsage IDLE =
            new CgroupUsage(
                    new CgroupUsage.Cpu(7, 3, 4, 0, 0, 0),
                    new CgroupUsage.Memory(
                            100,
                            30,
                            20,
                            40,
                            5,
                            6,
                            0,
                            120,
                            0,
                            0,
                            11,
                            1,
                            OptionalLong.empty(),
                            OptionalLong.empty()),
                    new CgroupUsage.Stalls(Optional.empty(), Optional.empty(), Optional.empty()),
                    1);

    final Map<Path, FakeShim> shims = new ConcurrentHashMap<>();
    final Set<String> cgroups = new ConcurrentSkipListSet<>();
    final Set<Path> mounted = new ConcurrentSkipListSet<>();
    final Set<ContainerId> rootfs = ConcurrentHashMap.newKeySet();
    final Set<PodSandboxId> addresses = ConcurrentHashMap.newKeySet();
    final Map<String, Long> oomKills = new ConcurrentHashMap<>();
    final Map<String, Resources> limits = new ConcurrentHashMap<>();

    final Map<String, CgroupUsage> usage = new ConcurrentHashMap<>();

    /** Containers whose starts were made ready, once for each time. */
    final List<String> prepared = new CopyOnWriteArrayList<>();

    /** Steps that fail, by name. */
    final Set<String> failing = ConcurrentHashMap.newKeySet();

    /** What an exec does, given its arguments and its stream. */
    volatile BiConsumer<List<String>, ExecControl> execBehaviour =
            (args, exec) -> exec.shim().exit(exec.id(), 0);

    /** What happens to a container as soon as it is started. */
    volatile BiConsumer<FakeShim, String> startBehaviour = (shim, id) -> {};

    /** Those of starts that have ended, oldest first. */
    final List<StartPhases.Phase> phases = new CopyOnWriteArrayList<>();

    private final Path directory;
    private final Network network = new Network();
    private final Rootfs provider = new Rootfs();

    FakeNode(Path directory) {
        this.directory = directory;
    }

    /** An exec that has just been started. */
    record ExecControl(FakeShim shim, String id, FakeShim.Stream stream) {}

    /** Starts a runtime on this machine. */
    RuntimeService boot() throws IOException {
        Files.createDirectories(directory.resolve("root"));
        RuntimeService runtime =
                new RuntimeService(
                        new RuntimeSettings(
                                directory.resolve("root"),
                                directory.resolve("s"),
                                Path.of("/nonexistent/shim"),
                                new CgroupNames(CgroupDriver.CGROUPFS, "/gantry"),
                                CdiDirectories.none(),
                                false),
                        new RuntimePorts(
                                this::image,
                                this::imageFile,
                                provider,
                                network,
                                new OciHandlers(List.of()),
                                (phase, nanos) -> phases.add(phase)),
                        new Isolation(
                                this,
                                this,
                                this,
                                this,
                                this,
                                new OciRuntime(Clock.SYSTEM),
                                new ContainerSpecs(layout(), new PlainHost(), this::imageFile),
                                this::connect,
                                () -> {}),
                        Database.open(directory.resolve("root/gantry.db")),
                        Clock.SYSTEM);
        runtime.start();
        return runtime;
    }

    Layout layout() {
        return new Layout(directory.resolve("root"), directory.resolve("s"));
    }

    Resources limitsOf(Container container) {
        return Objects.requireNonNull(limits.get(container.cgroup()));
    }

    FakeShim shimOf(PodSandboxId pod) {
        return Objects.requireNonNull(shims.get(layout().sandbox(pod).socket()));
    }

    /** What is left on the machine that a removed pod must not leave. */
    Set<String> leftovers() throws IOException {
        Set<String> left = new TreeSet<>();
        cgroups.forEach(cgroup -> left.add("cgroup " + cgroup));
        mounted.forEach(mount -> left.add("mount " + mount));
        rootfs.forEach(id -> left.add("rootfs " + id));
        addresses.forEach(id -> left.add("address of " + id));
        shims.forEach(
                (socket, shim) -> {
                    if (!shim.isDead()) {
                        left.add("shim " + socket);
                    }
                });
        for (Path parent :
                List.of(layout().sandboxes(), layout().containers(), layout().containerStates())) {
            if (Files.isDirectory(parent)) {
                try (var entries = Files.list(parent)) {
                    entries.forEach(entry -> left.add("directory " + entry));
                }
            }
        }
        return left;
    }

    private Optional<ResolvedImage> image(String name) {
        return name.equals("busybox")
                ? Optional.of(new ResolvedImage("sha256:1", "busybox@sha256:2", imageConfig()))
                : Optional.empty();
    }

    private static ImageConfig imageConfig() {
        return new ImageConfig(
                List.of(), List.of(), List.of(), "", "alice", "SIGQUIT", Set.of("/data"), Map.of());
    }

    private Shim connect(Path socket) throws IOException {
        FakeShim shim = shims.get(socket);
        if (shim == null) {
            throw new IOException("no such socket " + socket);
        }
        return shim.connect();
    }

    private void failIf(String step) throws IOException {
        if (failing.contains(step)) {
            throw new IOException(step + " fails as it was told");
        }
    }

    @Override
    public ShimProcess launch(PodSandbox pod) throws IOException {
        failIf("launch");
        Path socket = layout().sandbox(pod.id()).socket();
        mounted.add(layout().sandbox(pod.id()).shm());
        shims.put(socket, new FakeShim());
        Files.createFile(socket);
        return new ShimProcess(NO_PID, 1);
    }

    @Override
    public Version version() {
        return Version.V2;
    }

    @Override
    public Set<String> controllers() {
        return Set.of();
    }

    @Override
    public void create(CgroupPath path, Resources wanted) throws IOException {
        failIf("cgroup");
        cgroups.add(path.value());
        limits.put(path.value(), wanted);
    }

    @Override
    public void update(CgroupPath path, Resources wanted) throws IOException {
        failIf("update");
        limits.put(path.value(), wanted);
    }

    @Override
    public List<Path> joinFiles(CgroupPath path) {
        return List.of();
    }

    @Override
    public Optional<Path> cloneInto(CgroupPath path) {
        return Optional.empty();
    }

    @Override
    public List<Integer> processes(CgroupPath path) {
        return List.of();
    }

    @Override
    public void killAll(CgroupPath path) {}

    @Override
    public long oomKills(CgroupPath path) {
        return oomKills.getOrDefault(path.value(), 0L);
    }

    @Override
    public CgroupUsage usage(CgroupPath path) throws IOException {
        if (!cgroups.contains(path.value())) {
            throw new NoSuchFileException(path.value());
        }
        return usage.getOrDefault(path.value(), IDLE);
    }

    @Override
    public CgroupAccounts accounts(CgroupPath path) throws IOException {
        return new CgroupAccounts(List.of(), List.of(), OptionalLong.of(usage(path).pids() + 1));
    }

    @Override
    public long cpuNanos(CgroupPath path) throws IOException {
        return usage(path).cpu().usageNanos();
    }

    @Override
    public void freeze(CgroupPath path) {}

    @Override
    public void thaw(CgroupPath path) {}

    @Override
    public void remove(CgroupPath path) throws IOException {
        failIf("remove cgroup");
        cgroups.remove(path.value());
    }

    @Override
    public List<CgroupPath> children(CgroupPath path) {
        return List.of();
    }

    @Override
    public void unmountAll(Layout.Sandbox files) throws IOException {
        failIf("unmount");
        mounted.remove(files.shm());
    }

    @Override
    public void unmountRoot(Layout.ContainerFiles files) {}

    @Override
    public ReadyStart ready(Container container, Bundle bundle) {
        prepared.add(container.id().value());
        return new ReadyStart() {
            @Override
            public boolean isCurrent() {
                return !failing.contains("prepared");
            }

            @Override
            public int start(Shim shim, PodSandbox pod) throws IOException {
                if (failing.contains("start")) {
                    throw new StartFailedException(
                            "exec /bin/nope: no such file or directory", new IOException("ENOENT"));
                }
                int pid = shim.start(request(container.id().value(), false, ""));
                startBehaviour.accept(shimOf(pod.id()), container.id().value());
                return pid;
            }

            @Override
            public ShimStream startAttached(Shim shim, PodSandbox pod, boolean stdin)
                    throws IOException {
                return shim.startStreaming(request(container.id().value(), false, ""));
            }
        };
    }

    @Override
    public ShimStream task(Shim shim, ContainerId id, Bundle bundle, List<MemoryFile> files)
            throws IOException {
        return shim.startStreaming(request(id.value(), false, ""));
    }

    @Override
    public ShimStream exec(
            Shim shim, Container container, Bundle bundle, String id, Process process, boolean in)
            throws IOException {
        ShimStream stream = shim.startStreaming(request(id, true, container.id().value()));
        FakeShim fake = shimOf(container.podSandboxId());
        execBehaviour.accept(
                process.args(),
                new ExecControl(fake, id, Objects.requireNonNull(fake.streams.get(id))));
        return stream;
    }

    @Override
    public int dial(Shim shim, String id, InetAddress address, int port) {
        throw new StartFailedException(
                "connect to " + address + " port " + port, new IOException("nobody listens"));
    }

    private static StartRequest request(String id, boolean exec, String target) {
        return new StartRequest(
                id,
                exec
                        ? StartRequest.Placement.exec(target, Optional.empty())
                        : StartRequest.Placement.container(0, Optional.empty()),
                StartRequest.StandardIo.OUTPUT_ONLY,
                StartRequest.Files.NONE,
                new byte[0]);
    }

    private Optional<byte[]> imageFile(String image, String path) throws IOException {
        failIf("spec");
        String content = path.equals("/etc/passwd") ? "alice:x:7:8::/:" : "staff:x:9:alice";
        return Optional.of(content.getBytes(StandardCharsets.UTF_8));
    }

    /** A host on which nothing is special. */
    private static final class PlainHost implements Node {

        @Override
        public Path resolve(Path path) {
            return path;
        }

        @Override
        public void makeDirectory(Path path) {}

        @Override
        public PathMount mountOf(Path path) {
            return new PathMount("/", "ext4", Propagation.PRIVATE);
        }

        @Override
        public Optional<Device> device(Path path) {
            return Optional.empty();
        }

        @Override
        public List<Path> devicesBelow(Path path) {
            return List.of();
        }

        @Override
        public byte[] read(Path file) throws IOException {
            throw new NoSuchFileException(file.toString());
        }

        @Override
        public boolean recursiveReadonly() {
            return true;
        }

        @Override
        public IdMapping idMapping(Path source, Path users) {
            return IdMapping.TREE;
        }

        @Override
        public String kernel() {
            return "6.1";
        }

        @Override
        public String machine() {
            return "amd64";
        }

        @Override
        public Seccomp defaultSeccomp(List<String> capabilities) {
            return new Seccomp("SCMP_ACT_ALLOW", null, List.of(), List.of(), List.of());
        }

        @Override
        public AppArmor apparmor() {
            return new AppArmor(false);
        }

        @Override
        public Selinux selinux() {
            return new Selinux(false, Syscalls.system());
        }

        @Override
        public CdiCatalog cdi() {
            return CdiDirectories.none().read();
        }
    }

    private final class Network implements PodNetwork {

        @Override
        public PodNetworkStatus add(PodSandbox pod, Path netns, Deadline deadline)
                throws IOException {
            addresses.add(pod.id());
            failIf("network");
            return new PodNetworkStatus(List.of("10.0.0.2"));
        }

        @Override
        public void remove(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
            failIf("disconnect");
            addresses.remove(pod.id());
        }

        @Override
        public Set<PodSandboxId> connected() {
            return Set.copyOf(addresses);
        }

        @Override
        public void release(PodSandboxId id, Deadline deadline) {
            addresses.remove(id);
        }

        @Override
        public Readiness status() {
            return new Readiness(true, "");
        }
    }

    private final class Rootfs implements RootfsProvider {

        @Override
        public List<Mount> prepare(ContainerId container, String imageId) throws IOException {
            failIf("rootfs");
            rootfs.add(container);
            return List.of(Mount.bind("/image", false));
        }

        @Override
        public SpecMount view(ContainerId container, String imageId, String directory)
                throws IOException {
            failIf("view");
            return new SpecMount("/", "overlay", "overlay", List.of("lowerdir=/a:/b", "ro"));
        }

        @Override
        public Path volume(ContainerId container, String path) throws IOException {
            failIf("volume");
            return Path.of("/volumes" + path);
        }

        @Override
        public void remove(ContainerId container) throws IOException {
            failIf("remove rootfs");
            rootfs.remove(container);
        }

        @Override
        public Optional<LayerUsage> usage(ContainerId container) throws IOException {
            failIf("usage");
            return rootfs.contains(container)
                    ? Optional.of(new LayerUsage(directory, 4096, 2, Instant.EPOCH))
                    : Optional.empty();
        }

        @Override
        public Set<ContainerId> list() {
            return Set.copyOf(rootfs);
        }
    }
}
