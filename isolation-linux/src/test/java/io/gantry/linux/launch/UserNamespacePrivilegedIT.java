package io.gantry.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.linux.launch.TestPod.Result;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.mount.Mounter;
import io.gantry.linux.security.CapabilityNames;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.DeviceNode;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

/** User namespaces as the kernel makes them, looked at from inside and from the host. */
@Tag("privileged")
@Timeout(180)
class UserNamespacePrivilegedIT {

    private static final int FIRST = 100_000;
    private static final IdMappings MAPPINGS =
            new IdMappings(
                    List.of(new IdMapping(0, FIRST, 65_536)),
                    List.of(new IdMapping(0, FIRST + 100_000, 65_536)));

    @TempDir private Path directory;

    private final Mounter mounter = new Mounter(Syscalls.system());
    private Path state;
    private Path rootfs;
    private Path upper;
    private List<Mount> overlay;

    @BeforeEach
    void prepare() throws Exception {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        state = Files.createDirectories(directory.resolve("state"));
        mountState();
        Path lower = Files.createDirectories(state.resolve("lower"));
        rootfs = Files.createDirectories(state.resolve("rootfs"));
        upper = Files.createDirectories(state.resolve("active/fs"));
        Path work = Files.createDirectories(state.resolve("active/work"));
        Files.createDirectories(lower.resolve("bin"));
        Files.createDirectories(lower.resolve("etc"));
        Files.writeString(lower.resolve("etc/owned"), "by 1000\n");
        chown(lower.resolve("etc/owned"), 1000, 1001);
        Files.copy(Path.of("/bin/busybox"), lower.resolve("bin/busybox"));
        assertThat(lower.resolve("bin/busybox").toFile().setExecutable(true, false)).isTrue();
        for (String applet :
                List.of(
                        "sh",
                        "cat",
                        "id",
                        "ls",
                        "stat",
                        "touch",
                        "mount",
                        "mknod",
                        "chown",
                        "tty",
                        "sleep",
                        "hostname",
                        "mkdir",
                        "readlink",
                        "umount",
                        "ifconfig",
                        "grep")) {
            Files.createSymbolicLink(lower.resolve("bin/" + applet), Path.of("busybox"));
        }
        overlay =
                List.of(
                        new Mount(
                                "overlay",
                                "overlay",
                                List.of(
                                        "index=off",
                                        "lowerdir=" + lower,
                                        "upperdir=" + upper,
                                        "workdir=" + work)));
    }

    /** On a file system that this kernel maps ids of: a tmpfs since 6.3, ext4 before. */
    private void mountState() throws Exception {
        if (KernelFeatures.isAtLeast(Syscalls.system().uname().release(), 6, 3)) {
            mounter.mount(new Mount("tmpfs", "tmpfs", List.of("mode=755")), state);
            return;
        }
        Path image = directory.resolve("ext4");
        run("truncate", "-s", "64M", image.toString());
        run("mkfs.ext4", "-q", "-F", image.toString());
        run("mount", "-o", "loop", image.toString(), state.toString());
    }

    private static void run(String... command) throws Exception {
        java.lang.Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        mounter.unmount(state);
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/mountinfo"))) {
            assertThat(lines.filter(line -> line.contains(directory.toString()))).isEmpty();
        }
    }

    private static void chown(Path path, int uid, int gid) throws IOException {
        Files.setAttribute(path, "unix:uid", uid);
        Files.setAttribute(path, "unix:gid", gid);
    }

    private static String owner(Path path) throws IOException {
        return Files.getAttribute(path, "unix:uid") + ":" + Files.getAttribute(path, "unix:gid");
    }

    private Path pin() {
        return state.resolve("ns-user");
    }

    private TestPod pod(Set<NamespaceType> created) throws Exception {
        Files.createFile(pin());
        Path shm = Files.createDirectories(state.resolve("shm"));
        return TestPod.open(
                state,
                new SandboxSetup(
                        Optional.empty(),
                        created,
                        Map.of(),
                        Map.of(NamespaceType.USER, pin().toString()),
                        "pod-host",
                        created.contains(NamespaceType.NETWORK)
                                ? Map.of(
                                        "kernel.shm_rmid_forced", "1",
                                        "net.ipv4.ping_group_range", "200000 265535")
                                : Map.of(),
                        Optional.of(new SandboxSetup.Shm(shm.toString(), 1 << 20, "")),
                        CgroupJoin.NONE,
                        -998),
                MAPPINGS);
    }

    private TestPod pod() throws Exception {
        return pod(Set.of(NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS));
    }

    private TestSpecs spec() {
        TestSpecs spec = new TestSpecs().in(pin().toString(), MAPPINGS);
        spec.rootPath = rootfs.toString();
        return spec;
    }

    private List<String> lines(TestSpecs spec) throws Exception {
        try (TestPod pod = pod()) {
            Result result = pod.run("c", spec.build(), overlay);
            assertThat(result.code()).as("%s", result.lines()).isZero();
            return result.lines();
        }
    }

    @Test
    void idsAreMappedAsAskedForAndRootIsRootInside() throws Exception {
        assertThat(
                        lines(
                                spec().shell(
                                                "cat /proc/self/uid_map /proc/self/gid_map; id -u;"
                                                        + " stat -c %u:%g /etc/owned /bin /dev"
                                                        + " /dev/null /proc/self/fd")))
                .map(line -> line.strip().replaceAll(" +", " "))
                .containsExactly(
                        "0 100000 65536",
                        "0 200000 65536",
                        "0",
                        "1000:1001",
                        "0:0",
                        "0:0",
                        "0:0",
                        "0:0");
    }

    @Test
    void whatIsWrittenIsRootsOnTheHostAndInTheLayerOfTheImagesRoot() throws Exception {
        Path volume = Files.createDirectories(state.resolve("volume"));
        Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path mapped = Files.createDirectories(state.resolve("mapped"));
        Files.writeString(mapped.resolve("given"), "");
        chown(mapped.resolve("given"), 7, 8);
        TestSpecs spec =
                spec().mount("/volume", volume.toString(), "rbind", "rw")
                        .mount("/mapped", mapped.toString(), "rbind", "rw", "ridmap")
                        .shell(
                                "touch /volume/new /mapped/new /new; chown 5:6 /etc/owned;"
                                        + " stat -c %u:%g /volume /volume/new /mapped"
                                        + " /mapped/given /mapped/new /new /etc/owned");
        spec.cwd = "/made/on/the/way";
        assertThat(lines(spec))
                .containsExactly("65534:65534", "0:0", "0:0", "7:8", "0:0", "0:0", "5:6");
        assertThat(owner(volume.resolve("new"))).isEqualTo("100000:200000");
        assertThat(owner(mapped.resolve("new"))).isEqualTo("0:0");
        assertThat(owner(upper.resolve("new"))).isEqualTo("0:0");
        assertThat(owner(upper.resolve("etc/owned"))).isEqualTo("5:6");
        assertThat(owner(upper.resolve("made/on/the"))).isEqualTo("0:0");
    }

    @Test
    void namespacesOfThePodBelongToIt() throws Exception {
        TestSpecs spec =
                spec().shell(
                                "hostname; cat /proc/sys/kernel/shm_rmid_forced"
                                    + " /proc/sys/net/ipv4/ping_group_range; ifconfig lo 127.0.0.9"
                                    + " && ifconfig lo | grep -c 127.0.0.9; hostname other &&"
                                    + " hostname; mount -t tmpfs none /bin/../etc && echo mounted;"
                                    + " readlink /proc/self/ns/user");
        spec.capabilities = CapabilityNames.all();
        spec.seccomp = null;
        spec.maskedPaths = List.of();
        spec.readonlyPaths = List.of();
        try (TestPod pod = pod()) {
            Object inode = Files.getAttribute(pin(), "unix:ino");
            assertThat(pod.run("c", spec.build(), overlay).lines())
                    .containsExactly(
                            "pod-host",
                            "1",
                            "0\t65535",
                            "1",
                            "other",
                            "mounted",
                            "user:[" + inode + "]");
        }
    }

    @Test
    void rootInsideIsNobodyOutside() throws Exception {
        Path secret = Files.createDirectories(state.resolve("secret"));
        Files.writeString(Files.createFile(secret.resolve("key")), "k");
        Files.setPosixFilePermissions(
                secret.resolve("key"), PosixFilePermissions.fromString("rw-------"));
        TestSpecs spec =
                spec().mount("/secret", secret.toString(), "rbind", "ro")
                        .shell(
                                "exec 2>&1; cat /secret/key; mknod /dev/sda b 8 0; chown 70000"
                                        + " /etc; mount -o remount,rw /secret; umount /secret; cat"
                                        + " /dev/disk; chown 0 /dev/disk; echo 1 >"
                                        + " /proc/sys/vm/drop_caches; true");
        spec.capabilities = CapabilityNames.all();
        spec.seccomp = null;
        spec.readonlyPaths = List.of();
        spec.devices = List.of(new DeviceNode("/dev/disk", "c", 1, 5, 0600, 0, 0));
        assertThat(lines(spec))
                .containsExactly(
                        "cat: can't open '/secret/key': Permission denied",
                        "mknod: /dev/sda: Operation not permitted",
                        "chown: /etc: Invalid argument",
                        "mount: permission denied (are you root?)",
                        "umount: can't unmount /secret: Invalid argument",
                        "cat: can't open '/dev/disk': Permission denied",
                        "chown: /dev/disk: Operation not permitted",
                        "sh: can't create /proc/sys/vm/drop_caches: Permission denied");
    }

    @Test
    void usersInsideOwnTheirStreamsAndTerminals() throws Exception {
        TestSpecs spec =
                spec().shell(
                                "id; echo to > /proc/self/fd/1; stat -L -c %u:%g /proc/self/fd/1;"
                                        + " touch /tmp-x");
        spec.user = new Process.User(1000, 1001, List.of(2000), 022);
        spec.cwd = "/etc";
        try (TestPod pod = pod()) {
            Result result = pod.run("c", spec.build(), overlay);
            assertThat(result.lines())
                    .containsExactly(
                            "uid=1000 gid=1001 groups=2000",
                            "to",
                            "1000:65534",
                            "touch: /tmp-x: Permission denied");
            TestSpecs terminal = spec().shell("tty; stat -c %u:%g $(tty) /dev/console; id -u");
            terminal.terminal = true;
            assertThat(pod.runOnTerminal("t", terminal.build(), overlay).lines())
                    .containsExactly("/dev/pts/0", "0:5", "0:5", "0");
        }
    }

    @Test
    void aCommandIsInTheSameNamespaces() throws Exception {
        try (TestPod pod = pod()) {
            TestSpecs spec = spec().run("sleep", "1000");
            int pid = pod.start("c", spec.build(), overlay);
            assertThat(owner(Path.of("/proc/" + pid))).isEqualTo("100000:200000");
            TestSpecs command =
                    spec().shell("id -u; readlink /proc/self/ns/user; stat -c %u:%g /etc/owned");
            List<String> inRoot =
                    pod.exec("e", "c", command.process(), spec.build(), false).lines();
            Object inode = Files.getAttribute(pin(), "unix:ino");
            assertThat(inRoot).containsExactly("0", "user:[" + inode + "]", "1000:1001");
            command.shell("id; tty; stat -c %u:%g $(tty)");
            command.user = new Process.User(1000, 1001, List.of(), 022);
            command.terminal = true;
            Result onTerminal = pod.exec("t", "c", command.process(), spec.build(), true);
            assertThat(onTerminal.lines())
                    .as("%s", onTerminal)
                    .containsExactly("uid=1000 gid=1001", "/dev/pts/0", "1000:5");
            for (String kind : List.of("mnt", "cgroup", "net", "user")) {
                Path own = Path.of("/proc/self/ns/" + kind);
                Path other = Path.of("/proc/" + pid + "/ns/" + kind);
                assertThat(Files.readSymbolicLink(other)).isNotEqualTo(Files.readSymbolicLink(own));
            }
        }
    }

    @Test
    void aRootThatIsADirectoryAndImagesAreMappedToo() throws Exception {
        Path tree = state.resolve("lower");
        Path bottom = Files.createDirectories(state.resolve("bottom"));
        TestSpecs spec =
                spec().overlay("/image", "lowerdir=" + tree + ":" + bottom, "ro", "nodev")
                        .shell("stat -c %u:%g /etc/owned /image/etc/owned; touch /x /image/x");
        try (TestPod pod = pod()) {
            Files.createDirectories(tree.resolve("proc"));
            Mount bind = Mount.bind(tree.toString(), false);
            Result result = pod.run("c", spec.build(), List.of(bind));
            assertThat(result.lines())
                    .containsExactly(
                            "1000:1001", "1000:1001", "touch: /image/x: Read-only file system");
            assertThat(owner(tree.resolve("x"))).isEqualTo("0:0");
        }
    }

    @Test
    void aPodWithTheHostsNetworkCanHaveOne() throws Exception {
        try (TestPod pod = pod(Set.of(NamespaceType.IPC))) {
            TestSpecs spec =
                    spec().shell(
                                    "exec 2>&1; readlink /proc/self/ns/net; ifconfig lo up;"
                                            + " ls /sys/class/net/lo/mtu");
            assertThat(pod.run("c", spec.build(), overlay).lines())
                    .containsExactly(
                            Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString(),
                            "ifconfig: SIOCSIFFLAGS: Operation not permitted",
                            "/sys/class/net/lo/mtu");
        }
    }

    @Test
    void aMountWhoseIdsCannotBeMappedFailsTheStart() throws Exception {
        TestSpecs spec = spec().mount("/p", "/proc/sys", "rbind", "ro", "idmap");
        try (TestPod pod = pod()) {
            assertThatThrownBy(() -> pod.run("c", spec.build(), overlay))
                    .hasMessage("map the ids of mount source /proc/sys: invalid argument");
        }
    }
}
