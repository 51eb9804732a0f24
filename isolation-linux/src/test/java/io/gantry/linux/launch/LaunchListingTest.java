package io.gantry.linux.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.ConsoleSize;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.MemoryFile;
import io.gantry.linux.spec.Process.Rlimit;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.Errno;
import io.gantry.linux.syscall.KernelFeatures;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Programs as listings. The whole ones are golden files, written anew with -Dgolden.update=true.
 */
class LaunchListingTest {

    private static final Path GOLDEN = Path.of("src/test/resources/launch");
    private static final KernelFeatures FULL =
            new KernelFeatures("6.12", true, true, true, true, true, true, false, false);
    private static final List<Mount> OVERLAY =
            List.of(
                    new Mount(
                            "overlay",
                            "overlay",
                            List.of("lowerdir=/l", "upperdir=/u", "workdir=/w")));
    private static final CgroupJoin V1 =
            CgroupJoin.of(
                    List.of(
                            Path.of("/sys/fs/cgroup/memory/gantry/c/tasks"),
                            Path.of("/sys/fs/cgroup/pids/gantry/c/tasks")),
                    "gantry/c");

    private final TestSpecs spec = new TestSpecs();

    private static LaunchCompiler compiler(KernelFeatures features) {
        return new LaunchCompiler(new FakeHost(features), filter -> new byte[16]);
    }

    private Launch compile(List<Mount> rootfs, CgroupJoin cgroup) {
        return compiler(FULL).container(spec.build(), rootfs, cgroup);
    }

    private String listing() {
        return compile(OVERLAY, CgroupJoin.NONE).program().listing();
    }

    private static void assertGolden(String name, LaunchProgram program) throws IOException {
        Path file = GOLDEN.resolve(name + ".txt");
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(GOLDEN);
            Files.writeString(file, program.listing());
        }
        assertThat(program.listing()).isEqualTo(Files.readString(file));
    }

    @Test
    void containerOfAKubelet() throws IOException {
        spec.run("httpd", "-f")
                .mount("/etc/hosts", "/var/lib/kubelet/hosts", "rbind", "rprivate", "rw")
                .mount("/data", "/var/lib/kubelet/dir", "rbind", "rslave", "ro");
        spec.user = new io.gantry.linux.spec.Process.User(1000, 1000, List.of(2000), 022);
        spec.noNewPrivileges = true;
        spec.cwd = "/srv";
        spec.readonlyRoot = true;
        spec.rlimits = List.of(new Rlimit("RLIMIT_NOFILE", 1024, 1_048_576));
        Launch launch = compile(OVERLAY, V1);
        assertGolden("container", launch.program());
        assertThat(Symbols.namespaces(launch.cloneFlags())).isEqualTo("CLONE_NEWNS|CLONE_NEWPID");
    }

    @Test
    void containerOnTheOldestKernel() throws IOException {
        spec.mount("/data", "/var/lib/kubelet/dir", "rbind", "rslave", "ro", "nosuid");
        spec.readonlyRoot = true;
        spec.terminal = true;
        Launch launch = compiler(KernelFeatures.minimum()).container(spec.build(), OVERLAY, V1);
        assertGolden("container-5.10", launch.program());
    }

    @Test
    void execOnATerminal() throws IOException {
        TestSpecs exec = new TestSpecs().run("/bin/sh");
        exec.terminal = true;
        exec.consoleSize = new ConsoleSize(37, 101);
        exec.user = new io.gantry.linux.spec.Process.User(1000, 1000, List.of(), 022);
        assertGolden("exec", compiler(FULL).exec(exec.process(), spec.build(), V1));
    }

    @Test
    void sandboxWithEverything() throws IOException {
        SandboxSetup setup =
                new SandboxSetup(
                        Optional.empty(),
                        Set.of(NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS),
                        Map.of(),
                        new TreeMap<>(Map.of(NamespaceType.NETWORK, "/run/gantry/s/ns/net")),
                        "web-0",
                        Map.of("net.ipv4.conf.eth0/1.forwarding", "1"),
                        Optional.of(new SandboxSetup.Shm("/run/gantry/s/shm", 64 << 20, "")),
                        V1,
                        -998);
        assertGolden("sandbox", compiler(FULL).sandbox(setup));
    }

    @Test
    void startByAnOciRuntime() throws IOException {
        RuntimeCall create =
                new RuntimeCall(
                        "runc create",
                        List.of("/usr/sbin/runc", "create", "--bundle", "/b", "ID"),
                        Path.of("/b/pid"),
                        Optional.of(Path.of("/b/console.sock")));
        SpecMount volume =
                new SpecMount(
                        "/models",
                        "overlay",
                        "overlay",
                        List.of("lowerdir=/l1:/l2", "ro", "X-mount.subdir=opt/models"));
        RuntimeBundle bundle =
                new RuntimeBundle(
                        Path.of("/b/rootfs"), OVERLAY, Map.of(Path.of("/b/volumes/0"), volume), "");
        assertGolden("runtime", compiler(FULL).runtime(create, bundle));
    }

    @Test
    void filesOfALabelledContainerHaveTheLabelWhereTheyAreItsOwn() {
        String label = "u:o:t:s0:c1,c2";
        spec.mount("/data", "/var/lib/kubelet/dir", "rbind", "rprivate");
        Spec labelled = spec.build().with(spec.build().linux().with(label));
        String listing =
                compiler(FULL).container(labelled, OVERLAY, CgroupJoin.NONE).program().listing();
        assertThat(listing)
                .contains("lowerdir=/l,upperdir=/u,workdir=/w,context=\\\"" + label + "\\\"");
        assertThat(listing.lines().filter(line -> line.contains("\"context\"")))
                .as("tmpfs on /dev, devpts on /dev/pts")
                .hasSize(2)
                .allMatch(line -> line.contains("FSCONFIG_SET_STRING") && line.contains(label));
        assertThat(listing.lines().filter(line -> line.contains("fsetxattr")))
                .as("mqueue on /dev/mqueue")
                .hasSize(1)
                .allMatch(line -> line.contains("security.selinux") && line.contains(label));
        assertThat(listing()).doesNotContain("context", "selinux");
    }

    @Test
    void aLabelledProcessMakesItsKeyringAndIsExecutedUnderItsLabel() {
        io.gantry.linux.spec.Process labelled = spec.build().process().labelled("u:r:t:s0:c1,c2");
        Spec whole = spec.build();
        Spec container =
                new Spec(
                        labelled,
                        whole.root(),
                        whole.hostname(),
                        whole.mounts(),
                        whole.annotations(),
                        whole.linux());
        String first =
                compiler(FULL).container(container, OVERLAY, CgroupJoin.NONE).program().listing();
        String exec = compiler(FULL).exec(labelled, whole, CgroupJoin.NONE).listing();
        for (String listing : List.of(first, exec)) {
            assertThat(listing)
                    .containsSubsequence(
                            "openat(AT_FDCWD, \"/proc/thread-self/attr/keycreate\"",
                            "\"u:r:t:s0:c1,c2\"",
                            "keyctl(JOIN_SESSION_KEYRING",
                            "openat(AT_FDCWD, \"/proc/thread-self/attr/exec\"",
                            "\"u:r:t:s0:c1,c2\"");
        }
        assertThat(listing()).doesNotContain("keycreate");
    }

    @Test
    void reaperOfAPod() throws IOException {
        assertGolden("reaper", compiler(FULL).reaper().program());
    }

    @Test
    void aConnectionOutOfAPodIsMadeAndWaitsToBeTaken() {
        String v4 = compiler(FULL).dial(InetAddress.ofLiteral("127.0.0.1"), 8080).listing();
        assertThat(v4)
                .containsSubsequence(
                        "connect to 127.0.0.1:8080 in the pod",
                        "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, 0)",
                        "SO_SNDTIMEO, {10 s}, 16)",
                        "connect(",
                        "{127.0.0.1:8080}, 16)",
                        "SO_SNDTIMEO, {0 s}, 16)",
                        "F_SETFL, O_NONBLOCK)",
                        ", 10, O_CLOEXEC)",
                        "wait to be taken",
                        "close_range(0, 3, 0)",
                        "ppoll(",
                        "exit_group(0)");
        assertThat(compiler(FULL).dial(InetAddress.ofLiteral("::1"), 80).listing())
                .contains("socket(AF_INET6, ", "[0:0:0:0:0:0:0:1]:80}, 28)");
    }

    @Test
    void manyLayersAreLinkedByDescriptors() {
        String layers =
                String.join(
                        ":",
                        java.util.Collections.nCopies(
                                100, "/var/lib/gantry/snapshots/" + "a".repeat(64)));
        Mount overlay =
                new Mount(
                        "overlay",
                        "overlay",
                        List.of("lowerdir=" + layers, "upperdir=/u", "workdir=/w"));
        assertThat(compile(List.of(overlay), CgroupJoin.NONE).program().listing())
                .contains("lowerdir=/proc/self/fd/512:/proc/self/fd/513:")
                .contains("close_range(512, 612, 0)");
    }

    @Test
    void overlaysAreTakenFromAsideWhatIsMountedThereFirst() {
        spec.overlay("/models", "lowerdir=/l1:/l2", "ro", "nodev", "X-mount.subdir=opt/models");
        assertThat(listing())
                .containsSubsequence(
                        "MS_REC|MS_SLAVE",
                        "mount overlay for /models",
                        "mount(\"overlay\", \"/run/gantry/rootfs\", \"overlay\","
                                + " MS_RDONLY|MS_NODEV, \"lowerdir=/l1:/l2\")",
                        "find opt/models for /models",
                        "\"opt/models\", {O_DIRECTORY|O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT}",
                        "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH",
                        "umount2(\"/run/gantry/rootfs\", MNT_DETACH)",
                        "mount root file system (overlay)",
                        "mount overlay on /models",
                        "move_mount(");
    }

    @Test
    void filesInMemoryAreMadeAsideAndMountedLastAndNoListingShowsThem() {
        MemoryFile file =
                new MemoryFile("/run/secrets/token", "s3cret".getBytes(UTF_8), 0400, 7, 8);
        String listing =
                compiler(FULL)
                        .container(spec.build(), OVERLAY, List.of(file), CgroupJoin.NONE)
                        .program()
                        .listing();
        assertThat(listing)
                .containsSubsequence(
                        "mount(\"ramfs\", \"/run/gantry/rootfs\", \"ramfs\", MS_NOSUID|MS_NODEV",
                        "(6 bytes), 6)",
                        ", 7, 8)",
                        ", 0400)",
                        "umount2(\"/run/gantry/rootfs\", MNT_DETACH)",
                        "mount root file system (overlay)",
                        "mount a file on /run/secrets/token",
                        "{+RDONLY|NOSUID|NODEV}")
                .doesNotContain("s3cret");
        assertThat(file).hasToString("file /run/secrets/token of 6 bytes");
    }

    @Test
    void filesInMemoryThatDoNotFitAProgramAreRefused() {
        MemoryFile file = new MemoryFile("/f", new byte[(768 << 10) + 1], 0400, 0, 0);
        assertThatThrownBy(
                        () ->
                                compiler(FULL)
                                        .container(
                                                spec.build(),
                                                OVERLAY,
                                                List.of(file),
                                                CgroupJoin.NONE))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("786433 bytes, more than the 786432 possible");
    }

    @Test
    void limitsAreClampedToThoseOfTheDaemon() {
        spec.rlimits =
                List.of(new Rlimit("RLIMIT_NOFILE", -1, -1), new Rlimit("RLIMIT_CORE", 0, 5));
        assertThat(listing())
                .contains("prlimit64(0, RLIMIT_NOFILE, {20000, 20000}, NULL)")
                .contains("prlimit64(0, RLIMIT_CORE, {0, 5}, NULL)");
    }

    @Test
    void capabilitiesThatTheDaemonLacksAreLeftOut() {
        spec.capabilities = List.of("CAP_CHOWN", "CAP_SYS_RESOURCE");
        assertThat(listing())
                .contains("{effective=0x1, permitted=0x1, inheritable=0x0}")
                .doesNotContain("PR_CAPBSET_DROP, CAP_SYS_RESOURCE")
                .contains("PR_CAPBSET_DROP, CAP_KILL");
    }

    @Test
    void filterIsLoadedBeforeCapabilitiesGoUnlessPrivilegesCannotBeGained() {
        assertThat(listing())
                .containsSubsequence("become user", "seccomp(", "set capabilities", "execute");
        spec.noNewPrivileges = true;
        assertThat(listing())
                .containsSubsequence("capset(", "PR_SET_NO_NEW_PRIVS", "seccomp(", "execve(")
                .doesNotContainPattern("seccomp\\((?s:.*)capset");
    }

    @Test
    void pathOfTheEnvironmentGivesTheCandidates() {
        spec.env = List.of("PATH=/a:/b:");
        spec.run("x", "y");
        assertThat(listing())
                .containsSubsequence(
                        "execve(\"/a/x\", [\"x\", \"y\"], [\"PATH=/a:/b:\"]) [ENOENT ENOTDIR"
                                + " EACCES]\n",
                        "execve(\"/b/x\"",
                        "execve(\"./x\", [\"x\", \"y\"], [\"PATH=/a:/b:\"]) [ENOENT ENOTDIR"
                                + " EACCES]\n",
                        "execve(\"/a/x\", [\"x\", \"y\"], [\"PATH=/a:/b:\"]) [ENOENT ENOTDIR]\n",
                        "execve(\"/b/x\"",
                        "execve(\"./x\", [\"x\", \"y\"], [\"PATH=/a:/b:\"])\n");
        spec.env = List.of();
        assertThat(listing()).contains("execve(\"/usr/local/sbin/x\", ");
        spec.run("./x");
        assertThat(listing()).containsOnlyOnce("execve(\"./x\", ");
    }

    @Test
    void failuresAreExplained() {
        spec.run("nope");
        LaunchProgram program = compile(OVERLAY, CgroupJoin.NONE).program();
        int exec = program.size() - 1;
        assertThat(program.explain(exec, Errno.ENOENT.number()))
                .isEqualTo("execute nope: executable file not found in $PATH");
        assertThat(program.explain(exec, Errno.EACCES.number()))
                .isEqualTo("execute nope: permission denied (not an executable file)");
        assertThat(program.explain(0, 9999)).isEqualTo("start a session: errno 9999");
        assertThat(program.step(-1)).isEqualTo("operation -1");
    }

    @Test
    void nonsenseIsRefused() {
        assertRefused("mount on / of the container", () -> spec.mount("/", "/x", "bind"));
        assertRefused(
                "path in container has ..: /a/../..", () -> spec.mount("/a/../..", "/x", "bind"));
        assertRefused("path in container is not absolute: a", () -> spec.mount("a", "/x", "bind"));
        assertRefused("no command given", () -> spec.args = List.of());
        assertRefused("unknown capability: CAP_FLY", () -> spec.capabilities = List.of("CAP_FLY"));
        assertRefused(
                "unknown resource limit: RLIMIT_X",
                () -> spec.rlimits = List.of(new Rlimit("RLIMIT_X", 1, 1)));
        assertRefused("malformed sysctl name: net..x", () -> spec.sysctl.put("net..x", "1"));
        assertRefused(
                "a container needs a mount namespace of its own",
                () -> spec.namespaces = List.of());
    }

    private void assertRefused(String message, Runnable change) {
        TestSpecs fresh = new TestSpecs();
        spec.mounts.clear();
        spec.mounts.addAll(fresh.mounts);
        spec.args = fresh.args;
        spec.capabilities = fresh.capabilities;
        spec.rlimits = fresh.rlimits;
        spec.sysctl.clear();
        spec.namespaces = fresh.namespaces;
        change.run();
        assertThatThrownBy(this::listing)
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void recursiveReadOnlyNeedsANewerKernel() {
        spec.mount("/data", "/dir", "rbind", "rro");
        assertThatThrownBy(
                        () ->
                                compiler(KernelFeatures.minimum())
                                        .container(spec.build(), OVERLAY, CgroupJoin.NONE))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage("recursive attributes of mount /data need kernel 5.12 or newer");
        assertThat(listing()).contains("AT_EMPTY_PATH|AT_RECURSIVE, {+RDONLY, MS_PRIVATE}");
    }

    @Test
    void propagationOfTheRootIsOfNoOtherMount() {
        for (String name : List.of("shared", "rshared")) {
            spec.rootfsPropagation = name;
            assertThat(listing()).contains("mount(\"none\", \"/\", NULL, MS_SHARED, ");
        }
        spec.rootfsPropagation = "";
        assertThat(listing()).doesNotContain("MS_SHARED");
    }
}
