package io.gantry.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.base.Clock;
import io.gantry.base.Ids;
import io.gantry.linux.cgroup.CgroupManager;
import io.gantry.linux.cgroup.CgroupPath;
import io.gantry.linux.launch.TestPod.Result;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.mount.Mounter;
import io.gantry.linux.procfs.MountInfo;
import io.gantry.linux.procfs.MountTable;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Launch programs run by the real shim, looked at from inside of what they make. */
@Tag("privileged")
@Timeout(180)
class LaunchPrivilegedIT {

    @TempDir private Path directory;

    private Path lower;
    private Path rootfs;
    private List<Mount> overlay;
    private List<String> mountsBefore;

    @BeforeEach
    void prepare() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        mountsBefore = hostMounts();
        // The layers are on a tmpfs: where / is an overlay itself, none can be put on top of it.
        new Mounter(Syscalls.system())
                .mount(new Mount("tmpfs", "tmpfs", List.of("mode=755")), directory);
        lower = Files.createDirectories(directory.resolve("lower"));
        rootfs = Files.createDirectories(directory.resolve("rootfs"));
        Files.createDirectories(directory.resolve("upper"));
        Files.createDirectories(directory.resolve("work"));
        Files.createDirectories(lower.resolve("bin"));
        Files.copy(Path.of("/bin/busybox"), lower.resolve("bin/busybox"));
        assertThat(lower.resolve("bin/busybox").toFile().setExecutable(true, false)).isTrue();
        for (String applet :
                List.of(
                        "sh",
                        "cat",
                        "id",
                        "grep",
                        "ls",
                        "true",
                        "sleep",
                        "mount",
                        "touch",
                        "mkdir",
                        "readlink",
                        "hostname",
                        "tty",
                        "stat",
                        "pwd",
                        "echo",
                        "unshare",
                        "test")) {
            Files.createSymbolicLink(lower.resolve("bin/" + applet), Path.of("busybox"));
        }
        overlay = List.of(overlay(List.of(lower)));
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        new Mounter(Syscalls.system()).unmount(directory);
        assertThat(hostMounts()).isEqualTo(mountsBefore);
    }

    /** Without those that other programs make and remove meanwhile in directories of their own. */
    private List<String> hostMounts() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return lines.filter(
                            line ->
                                    line.contains(directory.toString())
                                            || !line.matches("(\\S+ ){4}/(tmp|run)/.*"))
                    .toList();
        }
    }

    private Mount overlay(List<Path> layers) {
        String lowers = String.join(":", layers.stream().map(Path::toString).toList());
        return new Mount(
                "overlay",
                "overlay",
                List.of(
                        "lowerdir=" + lowers,
                        "upperdir=" + directory.resolve("upper"),
                        "workdir=" + directory.resolve("work")));
    }

    private TestSpecs spec() {
        TestSpecs spec = new TestSpecs();
        spec.rootPath = rootfs.toString();
        return spec;
    }

    private SandboxSetup setup() {
        return new SandboxSetup(
                Optional.empty(),
                Set.of(NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS),
                Map.of(),
                Map.of(),
                "pod-host",
                Map.of(),
                Optional.empty(),
                CgroupJoin.NONE,
                -998);
    }

    private Result run(TestSpecs spec) throws IOException, InterruptedException {
        try (TestPod pod = TestPod.open(directory, setup())) {
            return pod.run("c", spec.build(), overlay);
        }
    }

    private List<String> lines(TestSpecs spec) throws IOException, InterruptedException {
        Result result = run(spec);
        assertThat(result.code()).describedAs("%s", result.lines()).isZero();
        return result.lines();
    }

    @Test
    void firstProcessIsPidOneInItsOwnRoot() throws Exception {
        assertThat(lines(spec().shell("echo $$; ls -a /; hostname; readlink /proc/1/root")))
                .contains("1", "bin", "dev", "proc", "sys", "pod-host", "/")
                .doesNotContain("lower", "home");
    }

    @Test
    void hostSeesNoMountOfARunningContainer() throws Exception {
        try (TestPod pod = TestPod.open(directory, setup())) {
            List<String> before = hostMounts();
            pod.start("c", spec().run("sleep", "600").build(), overlay);
            assertThat(hostMounts()).isEqualTo(before);
            assertThat(rootfs).isEmptyDirectory();
        }
    }

    @Test
    void mountsAreThoseOfTheSpecification() throws Exception {
        List<String> mounts = lines(spec().run("cat", "/proc/mounts"));
        assertThat(mounts)
                .anyMatch(line -> line.startsWith("overlay / overlay rw"))
                .anyMatch(line -> line.startsWith("proc /proc proc rw,nosuid,nodev,noexec"))
                .anyMatch(
                        line -> line.matches("tmpfs /dev tmpfs rw,nosuid.*size=65536k,mode=755.*"))
                .anyMatch(line -> line.matches("devpts /dev/pts devpts rw.*gid=5,mode=620.*"))
                .anyMatch(line -> line.startsWith("mqueue /dev/mqueue mqueue rw,nosuid"))
                .anyMatch(line -> line.startsWith("sysfs /sys sysfs ro,nosuid"))
                .anyMatch(line -> line.startsWith("proc /proc/sys proc ro,nosuid"));
    }

    @Test
    void devicesAndLinksAreThere() throws Exception {
        TestSpecs spec =
                spec().shell(
                                "echo x > /dev/null && ls -l /dev/zero /dev/full /dev/tty"
                                    + " /dev/urandom | grep -c ^crw-rw-rw-; readlink /dev/ptmx;"
                                    + " readlink /dev/fd; readlink /dev/stderr; echo to-stderr >"
                                    + " /dev/stderr");
        assertThat(lines(spec))
                .containsExactly("4", "pts/ptmx", "/proc/self/fd", "/proc/self/fd/2", "to-stderr");
    }

    @Test
    void statusShowsDefaultCapabilitiesAndFilter() throws Exception {
        assertThat(
                        lines(
                                spec().run(
                                                "grep",
                                                "-E",
                                                "^(Cap|NoNew|Seccomp:|Groups|Uid)",
                                                "/proc/self/status")))
                .contains(
                        "CapInh:\t0000000000000000",
                        "CapPrm:\t00000000a80425fb",
                        "CapEff:\t00000000a80425fb",
                        "CapBnd:\t00000000a80425fb",
                        "CapAmb:\t0000000000000000",
                        "NoNewPrivs:\t0",
                        "Seccomp:\t2");
    }

    @Test
    void userHasItsIdsGroupsAndNoCapabilities() throws Exception {
        TestSpecs spec =
                spec().shell(
                                "id; grep -E '^(CapEff|CapPrm|NoNew|Seccomp:)' /proc/self/status;"
                                        + " umask; echo again > /dev/stdout");
        spec.user = new Process.User(1001, 1002, List.of(3000, 4000), 027);
        spec.noNewPrivileges = true;
        assertThat(lines(spec))
                .containsExactly(
                        "uid=1001 gid=1002 groups=3000,4000",
                        "CapPrm:\t0000000000000000",
                        "CapEff:\t0000000000000000",
                        "NoNewPrivs:\t1",
                        "Seccomp:\t2",
                        "0027",
                        "again");
    }

    @Test
    void ambientCapabilitiesReachAUser() throws Exception {
        TestSpecs spec = spec().run("grep", "^CapEff", "/proc/self/status");
        spec.user = new Process.User(1001, 1001, List.of(), 022);
        spec.ambient = List.of("CAP_NET_BIND_SERVICE");
        assertThat(lines(spec)).containsExactly("CapEff:\t0000000000000400");
    }

    @Test
    void pathsAreMaskedAndReadOnly() throws Exception {
        TestSpecs spec =
                spec().shell(
                                "cat /proc/keys | wc -c; ls /sys/firmware | wc -l;"
                                        + " echo 0 > /proc/sys/kernel/domainname;"
                                        + " echo 1 > /proc/sys/vm/swappiness");
        Files.createSymbolicLink(lower.resolve("bin/wc"), Path.of("busybox"));
        Result result = run(spec);
        assertThat(result.code()).isNotZero();
        assertThat(result.lines().subList(0, 2)).containsExactly("0", "0");
        assertThat(result.lines().subList(2, result.lines().size()))
                .hasSize(2)
                .allMatch(line -> line.endsWith("Read-only file system"));
    }

    @Test
    void readOnlyRootRefusesWrites() throws Exception {
        TestSpecs spec = spec().run("touch", "/x");
        spec.readonlyRoot = true;
        assertThat(run(spec)).isEqualTo(new Result(1, List.of("touch: /x: Read-only file system")));
    }

    @Test
    void defaultFilterRefusesNamespacesEvenToRoot() throws Exception {
        Result result = run(spec().run("unshare", "-U", "true"));
        assertThat(result.code()).isNotZero();
        assertThat(result.lines()).singleElement().asString().contains("Operation not permitted");
    }

    @Test
    void bindMountsKeepTheirFlagsAndFiles() throws Exception {
        Path source = Files.createDirectories(directory.resolve("volume"));
        Files.writeString(source.resolve("f"), "in volume\n");
        Path file = Files.writeString(directory.resolve("hosts"), "hosts\n");
        TestSpecs spec =
                spec().mount("/data/deep/volume", source.toString(), "rbind", "ro", "nosuid")
                        .mount("/etc/hosts", file.toString(), "bind")
                        .shell(
                                "cat /data/deep/volume/f /etc/hosts; touch /data/deep/volume/f"
                                    + " 2>&1; echo more >> /etc/hosts; grep /data /proc/mounts");
        assertThat(lines(spec))
                .hasSize(4)
                .startsWith(
                        "in volume", "hosts", "touch: /data/deep/volume/f: Read-only file system")
                .last()
                .asString()
                .startsWith("tmpfs /data/deep/volume tmpfs ro,nosuid");
        assertThat(Files.readString(file)).isEqualTo("hosts\nmore\n");
    }

    private TestSpecs withImageVolume(String... subdirectory) throws IOException {
        Path one = Files.createDirectories(directory.resolve("volume1"));
        Path two = Files.createDirectories(directory.resolve("volume2/models"));
        Files.createSymbolicLink(one.resolve("latest"), Path.of("/models"));
        Files.createSymbolicLink(one.resolve("out"), Path.of("../../../../.." + directory));
        Files.writeString(two.resolve("weights"), "weights\n");
        List<String> options = new ArrayList<>();
        options.add("lowerdir=" + one + ":" + two.getParent());
        options.addAll(List.of("ro", "nodev"));
        options.addAll(List.of(subdirectory));
        return spec().overlay("/mnt/volume", options.toArray(String[]::new));
    }

    @Test
    void imageVolumesShowTheirLayersAndTakeNoWritesEvenFromRoot() throws Exception {
        TestSpecs spec =
                withImageVolume()
                        .shell(
                                "cat /mnt/volume/models/weights; touch /mnt/volume/x;"
                                        + " mount -o remount,rw,bind /mnt/volume;"
                                        + " mount -o remount,rw /mnt/volume; touch /mnt/volume/x;"
                                        + " grep ' /mnt/volume ' /proc/mounts | cut -d, -f1,2");
        Files.createSymbolicLink(lower.resolve("bin/cut"), Path.of("busybox"));
        spec.capabilities = CapabilityNames.all();
        spec.seccomp = null;
        List<String> lines = run(spec).lines();
        assertThat(lines)
                .startsWith("weights", "touch: /mnt/volume/x: Read-only file system")
                .filteredOn(line -> line.startsWith("touch: "))
                .hasSize(2)
                .allMatch(line -> line.endsWith("Read-only file system"));
    }

    @Test
    void directoriesOfImageVolumesAreFoundThroughLinksInsideOfThem() throws Exception {
        assertThat(
                        lines(
                                withImageVolume("X-mount.subdir=latest")
                                        .shell("ls /mnt/volume; cat /mnt/volume/weights")))
                .containsExactly("weights", "weights");
    }

    @Test
    void directoriesOfImageVolumesAreNeverOutsideOfThem() throws Exception {
        assertThat(lines(withImageVolume("X-mount.subdir=../..").run("ls", "/mnt/volume")))
                .containsExactly("latest", "models", "out");
    }

    @Test
    void linksOutOfImageVolumesLeadNowhere() throws Exception {
        assertThatThrownBy(() -> run(withImageVolume("X-mount.subdir=out")))
                .hasMessage("find out for /mnt/volume: no such file or directory");
        assertThat(rootfs).isEmptyDirectory();
    }

    @Test
    void imageVolumesOfManyLayersWithLongNamesAreMountedEach() throws Exception {
        List<String> layers = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            Path layer = directory.resolve("layer-" + "long".repeat(10) + i);
            Files.createDirectories(layer.resolve("d"));
            Files.writeString(layer.resolve("d/f" + i), "x");
            layers.add(layer.toString());
        }
        String lowers = "lowerdir=" + String.join(":", layers);
        TestSpecs spec =
                spec().overlay("/mnt/a", lowers, "ro")
                        .overlay("/mnt/b", lowers, "ro", "X-mount.subdir=d")
                        .shell("ls /mnt/a/d | wc -l; ls /mnt/b | wc -l; ls /proc/self/fd");
        Files.createSymbolicLink(lower.resolve("bin/wc"), Path.of("busybox"));
        assertThat(lines(spec)).containsExactly("120", "120", "0", "1", "2", "3");
    }

    @Test
    void imageVolumesThatCannotBeAreNamed() throws Exception {
        assertThatThrownBy(() -> run(withImageVolume("X-mount.subdir=models/weights")))
                .hasMessage("find models/weights for /mnt/volume: not a directory");
    }

    @Test
    void aPartOfATreeMayBeAFileWhereItsPlaceIsOne() throws Exception {
        Files.createFile(Files.createDirectories(lower.resolve("mnt")).resolve("volume"));
        assertThat(lines(withImageVolume("X-gantry.part=models/weights").shell("cat /mnt/volume")))
                .containsExactly("weights");
    }

    @Test
    void hostileLinksDoNotMoveMounts() throws Exception {
        Path victim = Files.createDirectories(directory.resolve("victim"));
        Path volume = Files.createDirectories(directory.resolve("volume"));
        Files.writeString(volume.resolve("f"), "volume\n");
        Files.createDirectories(lower.resolve("etc"));
        Files.createSymbolicLink(lower.resolve("data"), Path.of("../../../../.." + victim));
        Files.createSymbolicLink(lower.resolve("etc/hosts"), victim.resolve("hosts"));
        TestSpecs spec =
                spec().mount("/data/sub", volume.toString(), "rbind")
                        .mount("/etc/hosts", volume.resolve("f").toString(), "bind")
                        .shell("cat /data/sub/f /etc/hosts");
        Files.createDirectories(lower.resolve(victim.toString().substring(1)));
        assertThat(lines(spec)).containsExactly("volume", "volume");
        assertThat(victim).isEmptyDirectory();
    }

    @Test
    void linksInPlaceOfProcAndDevAreRefused() throws Exception {
        Files.createDirectories(lower.resolve("etc"));
        Files.createSymbolicLink(lower.resolve("proc"), Path.of("etc"));
        assertThatThrownBy(() -> run(spec()))
                .hasMessage("mount proc on /proc: too many levels of symbolic links");
        Files.delete(lower.resolve("proc"));
        Files.createSymbolicLink(lower.resolve("dev"), Path.of("../../x"));
        assertThatThrownBy(() -> run(spec()))
                .hasMessage("mount tmpfs on /dev: too many levels of symbolic links");
    }

    @Test
    void linkToNowhereBecomesTheMountPoint() throws Exception {
        Path file = Files.writeString(directory.resolve("resolv.conf"), "nameserver\n");
        Files.createDirectories(lower.resolve("etc"));
        Path link = lower.resolve("etc/resolv.conf");
        Files.createSymbolicLink(link, Path.of("../run/systemd/resolve/stub-resolv.conf"));
        TestSpecs spec =
                spec().mount("/etc/resolv.conf", file.toString(), "bind")
                        .run("cat", "/etc/resolv.conf");
        assertThat(lines(spec)).containsExactly("nameserver");
        assertThat(directory.resolve("upper/etc/resolv.conf")).doesNotExist();
    }

    @Test
    void failuresNameTheStep() throws Exception {
        Files.writeString(lower.resolve("bin/data"), "no program");
        TestSpecs cwd = spec();
        cwd.cwd = "/bin/busybox/x";
        try (TestPod pod = TestPod.open(directory, setup())) {
            assertFails(
                    pod, spec().run("nope"), "execute nope: executable file not found in $PATH");
            assertFails(
                    pod,
                    spec().run("/bin/nope"),
                    "execute /bin/nope: no such file or directory (or its interpreter is missing)");
            assertFails(
                    pod,
                    spec().run("/bin/data"),
                    "execute /bin/data: permission denied (not an executable file)");
            assertFails(
                    pod,
                    spec().mount("/m", directory + "/missing", "rbind"),
                    "mount source " + directory + "/missing: no such file or directory");
            assertFails(pod, cwd, "make working directory /bin/busybox/x: not a directory");
        }
    }

    private void assertFails(TestPod pod, TestSpecs spec, String message) {
        assertThatThrownBy(() -> pod.start("c", spec.build(), overlay)).hasMessage(message);
    }

    @Test
    void missingWorkingDirectoryIsMade() throws Exception {
        TestSpecs spec = spec().run("pwd");
        spec.cwd = "/srv/app";
        assertThat(lines(spec)).containsExactly("/srv/app");
    }

    @Test
    void manyLayersFitThroughLinks() throws Exception {
        List<Path> layers = new ArrayList<>();
        for (int i = 0; i < 128; i++) {
            Path layer = directory.resolve("layer-" + "0123456789abcdef".repeat(4) + i);
            Files.createDirectories(layer);
            Files.writeString(layer.resolve("f" + i), "");
            layers.add(layer);
        }
        layers.add(lower);
        overlay = List.of(overlay(layers));
        assertThat(lines(spec().shell("ls / | grep -c ^f; ls /proc/self/fd")))
                .startsWith("128", "0", "1", "2");
    }

    @Test
    void terminalIsTheControllingOne() throws Exception {
        TestSpecs spec = spec().shell("tty; echo hi > /dev/tty; echo there > /dev/console");
        spec.terminal = true;
        try (TestPod pod = TestPod.open(directory, setup())) {
            assertThat(pod.runOnTerminal("c", spec.build(), overlay))
                    .isEqualTo(new Result(0, List.of("/dev/pts/0", "hi", "there")));
        }
    }

    @Test
    void execJoinsTheContainer() throws Exception {
        TestSpecs spec = spec().run("sleep", "600");
        try (TestPod pod = TestPod.open(directory, setup())) {
            pod.start("c", spec.build(), overlay);
            TestSpecs exec =
                    new TestSpecs()
                            .shell(
                                    "cat /proc/1/comm; hostname; test $(readlink"
                                        + " /proc/self/ns/cgroup) = $(readlink /proc/1/ns/cgroup)"
                                        + " && echo same; grep -E '^(CapEff|Seccomp:)'"
                                        + " /proc/self/status; cat /proc/self/oom_score_adj");
            Result result = pod.exec("e", "c", exec.process(), spec.build(), false);
            assertThat(result.lines())
                    .containsExactly(
                            "sleep",
                            "pod-host",
                            "same",
                            "CapEff:\t00000000a80425fb",
                            "Seccomp:\t2",
                            "500");
            exec.run("tty").terminal = true;
            Result terminal = pod.exec("t", "c", exec.process(), spec.build(), true);
            assertThat(terminal).isEqualTo(new Result(0, List.of("/dev/pts/0")));
            pod.kill("c");
        }
    }

    @Test
    void cgroupIsJoinedAndIsAllThatTheContainerSees() throws Exception {
        CgroupManager cgroups =
                CgroupManager.detect(ProcFs.SYSTEM.mounts(), Syscalls.system(), Clock.SYSTEM);
        CgroupPath group = new CgroupPath("/gantry-test-" + Ids.random().substring(0, 12));
        cgroups.create(group, Resources.none());
        try (TestPod pod = TestPod.open(directory, setup())) {
            pod.into(
                    CgroupJoin.of(cgroups.joinFiles(group), group.value()),
                    cgroups.cloneInto(group));
            int pid = pod.start("c", spec().run("sleep", "600").build(), overlay);
            assertThat(cgroups.processes(group)).containsExactly(pid);
            TestSpecs exec =
                    new TestSpecs()
                            .shell(
                                    "cat /proc/self/cgroup; cat /sys/fs/cgroup/pids/cgroup.procs"
                                            + " /sys/fs/cgroup/cgroup.procs 2>/dev/null;"
                                            + " mkdir /sys/fs/cgroup/x /sys/fs/cgroup/pids/x");
            Result seen = pod.exec("e", "c", exec.process(), spec().build(), false);
            List<String> controllers = new ArrayList<>(cgroups.controllers());
            if (cgroups.version() == CgroupManager.Version.V2) {
                controllers = List.of("");
            }
            for (String controller : controllers) {
                assertThat(seen.lines())
                        .anyMatch(line -> line.matches("\\d+:(.*,)?" + controller + "(,.*)?:/"));
            }
            assertThat(seen.lines()).contains("1");
            assertThat(seen.lines()).anyMatch(line -> line.endsWith("Read-only file system"));
            pod.kill("c");
        } finally {
            cgroups.remove(group);
        }
    }

    @Test
    void mountsPassBetweenHostAndContainerOnlyWhereAsked() throws Exception {
        Path shared = Files.createDirectories(directory.resolve("shared"));
        Path slave = Files.createDirectories(directory.resolve("slave"));
        Path alone = Files.createDirectories(directory.resolve("alone"));
        for (Path volume : List.of(shared, slave, alone)) {
            Files.createDirectories(volume.resolve("from-host"));
            Files.createDirectories(volume.resolve("from-container"));
        }
        Mounter mounter = new Mounter(Syscalls.system());
        mounter.mount(new Mount("bind", shared.toString(), List.of("bind", "shared")), shared);
        mounter.mount(new Mount("bind", slave.toString(), List.of("bind", "shared")), slave);
        TestSpecs spec =
                spec().mount("/shared", shared.toString(), "rbind", "rshared")
                        .mount("/slave", slave.toString(), "rbind", "rslave")
                        .mount("/alone", alone.toString(), "rbind", "rprivate")
                        .run("sleep", "600");
        spec.capabilities = CapabilityNames.all();
        spec.seccomp = null;
        try (TestPod pod = TestPod.open(directory, setup())) {
            pod.start("c", spec.build(), overlay);
            TestSpecs exec = new TestSpecs();
            exec.capabilities = CapabilityNames.all();
            exec.shell(
                    "for v in shared slave alone; do mount -t tmpfs in /$v/from-container; done");
            pod.exec("mount", "c", exec.process(), spec.build(), false);
            for (Path volume : List.of(shared, slave, alone)) {
                mounter.mount(new Mount("tmpfs", "out", List.of()), volume.resolve("from-host"));
            }
            exec.shell("grep -o '^out [^ ]*' /proc/mounts");
            Result seen = pod.exec("look", "c", exec.process(), spec.build(), false);
            assertThat(seen.lines())
                    .containsExactlyInAnyOrder("out /shared/from-host", "out /slave/from-host");
            assertThat(Files.readAllLines(Path.of("/proc/self/mounts")))
                    .filteredOn(line -> line.startsWith("in "))
                    .singleElement()
                    .asString()
                    .contains(shared + "/from-container");
            pod.kill("c");
        } finally {
            mounter.unmount(shared);
            mounter.unmount(slave);
        }
    }

    @Test
    void sharedRootLeavesOtherMountsAsTheyAskedToBe() throws Exception {
        Path both = Files.createDirectories(directory.resolve("both"));
        Path alone = Files.createDirectories(directory.resolve("alone"));
        Mounter mounter = new Mounter(Syscalls.system());
        mounter.mount(new Mount("bind", both.toString(), List.of("bind", "shared")), both);
        TestSpecs spec =
                spec().mount("/both", both.toString(), "rbind", "rshared")
                        .mount("/alone", alone.toString(), "rbind", "rprivate")
                        .run("cat", "/proc/self/mountinfo");
        spec.rootfsPropagation = "shared";
        try (TestPod pod = TestPod.open(directory, setup())) {
            MountTable seen = MountTable.parse(pod.run("c", spec.build(), overlay).lines());
            assertThat(
                            seen.mounts().stream()
                                    .filter(mount -> mount.shared() || mount.slave())
                                    .map(MountInfo::mountPoint))
                    .containsExactlyInAnyOrder("/", "/both");
        } finally {
            mounter.unmount(both);
        }
    }

    @Test
    void kernelsWithoutMountSetattrGetTheSame() throws Exception {
        Path source = Files.createDirectories(directory.resolve("volume"));
        TestSpecs spec =
                spec().mount("/data", source.toString(), "rbind", "ro", "nosuid", "rslave")
                        .shell(
                                "touch /data/x; touch /x; echo 0 > /proc/sys/kernel/domainname;"
                                        + " touch /sys/fs/cgroup/x");
        spec.readonlyRoot = true;
        try (TestPod pod = TestPod.open(directory, setup(), KernelFeatures.minimum())) {
            assertThat(pod.run("c", spec.build(), overlay).lines())
                    .hasSize(4)
                    .allMatch(line -> line.endsWith("Read-only file system"));
        }
    }

    @Test
    void sandboxIsSetUpAndPinned() throws Exception {
        Path pins = Files.createDirectories(directory.resolve("ns"));
        Map<NamespaceType, String> files =
                Map.of(
                        NamespaceType.NETWORK, Files.createFile(pins.resolve("net")).toString(),
                        NamespaceType.IPC, Files.createFile(pins.resolve("ipc")).toString());
        Path shm = Files.createDirectories(directory.resolve("shm"));
        SandboxSetup setup =
                new SandboxSetup(
                        Optional.empty(),
                        Set.of(NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS),
                        Map.of(),
                        files,
                        "pinned",
                        Map.of("kernel.shm_rmid_forced", "1", "net.ipv4.ip_forward", "1"),
                        Optional.of(new SandboxSetup.Shm(shm.toString(), 1 << 20, "")),
                        CgroupJoin.NONE,
                        -998);
        TestSpecs spec =
                spec().mount("/dev/shm", shm.toString(), "rbind")
                        .shell(
                                "hostname; cat /proc/sys/kernel/shm_rmid_forced"
                                    + " /proc/sys/net/ipv4/ip_forward; grep /dev/shm /proc/mounts;"
                                    + " cat /sys/class/net/lo/operstate; readlink"
                                    + " /proc/self/ns/net");
        try (TestPod pod = TestPod.open(directory, setup)) {
            List<String> lines = pod.run("c", spec.build(), overlay).lines();
            assertThat(lines).startsWith("pinned", "1", "1");
            assertThat(lines.get(3)).startsWith("shm /dev/shm tmpfs rw,nosuid,nodev,noexec");
            assertThat(lines.get(4)).isEqualTo("unknown");
            Object inode =
                    Files.getAttribute(Path.of(files.get(NamespaceType.NETWORK)), "unix:ino");
            assertThat(lines.get(5)).isEqualTo("net:[" + inode + "]");
        }
    }

    @Test
    void failingSandboxNamesTheStep() {
        SandboxSetup setup =
                new SandboxSetup(
                        Optional.empty(),
                        Set.of(NamespaceType.NETWORK),
                        Map.of(),
                        Map.of(NamespaceType.NETWORK, directory + "/missing"),
                        "",
                        Map.of(),
                        Optional.empty(),
                        CgroupJoin.NONE,
                        0);
        assertThatThrownBy(() -> TestPod.open(directory, setup))
                .hasMessage(
                        "pin the net namespace on %s/missing: no such file or directory"
                                .formatted(directory));
    }
}
