package io.gantry.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.base.error.UnimplementedException;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.IdMappings;
import io.gantry.linux.spec.LinuxSpec.DeviceNode;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.KernelFeatures;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UserNamespaceTest {

    private static final String PIN = "/run/gantry/s/ns/user";
    private static final IdMappings MAPPINGS =
            new IdMappings(
                    List.of(new IdMapping(0, 100_000, 65_536)),
                    List.of(new IdMapping(0, 200_000, 65_536)));
    private static final KernelFeatures FULL =
            new KernelFeatures("6.1", true, true, true, true, true, true, false, false);
    private static final List<Mount> OVERLAY =
            List.of(
                    new Mount(
                            "overlay",
                            "overlay",
                            List.of(
                                    "lowerdir=/l/1:/l/2",
                                    "upperdir=/a/c/fs",
                                    "workdir=/a/c/work")));

    private final TestSpecs spec = new TestSpecs().in(PIN, MAPPINGS);

    private static LaunchCompiler compiler(KernelFeatures features) {
        return new LaunchCompiler(new FakeHost(features), filter -> new byte[16]);
    }

    private Launch compile() {
        return compiler(FULL).container(spec.build(), OVERLAY, CgroupJoin.NONE);
    }

    private String listing() {
        return compile().program().listing();
    }

    @Test
    void theNamespaceIsEnteredWhenAllIsMountedAndOthersAreMadeInside() {
        spec.user = new Process.User(1000, 1001, List.of(), 022);
        assertThat(listing())
                .containsSubsequence(
                        "open user namespace " + PIN,
                        ", 511, O_CLOEXEC)",
                        "prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP",
                        "setfsgid(200000)",
                        "setfsuid(100000)",
                        "mount root file system",
                        "pivot_root",
                        "give the standard streams to user",
                        ", 101000, -1)",
                        "enter user namespace " + PIN,
                        "setns(511, CLONE_NEWUSER)",
                        "unshare(CLONE_NEWNS|CLONE_NEWCGROUP)",
                        "setresgid(0, 0, 0)",
                        "setresuid(0, 0, 0)",
                        "prctl(PR_SET_DUMPABLE, 0",
                        "close_range(4, ",
                        "become user 1000:1001",
                        "setresuid(1000, 1000, 1000)");
        assertThat(Symbols.namespaces(compile().cloneFlags()))
                .isEqualTo("CLONE_NEWNS|CLONE_NEWPID");
    }

    @Test
    void theLayersAreMappedAndTheOverlayIsOfTheirClones() {
        assertThat(listing())
                .containsSubsequence(
                        "mount(\"tmpfs\", \"/run/gantry/rootfs\", \"tmpfs\"",
                        "open_tree(AT_FDCWD, \"/l/1\"",
                        "{+IDMAP of 511}",
                        "\"0\", 0700)",
                        "move_mount(",
                        "open_tree(AT_FDCWD, \"/l/2\"",
                        "{+IDMAP of 511}",
                        "open_tree(AT_FDCWD, \"/a/c\"",
                        "{+IDMAP of 511}",
                        "\"w\", 0700)",
                        "mount(\"overlay\", \"/run/gantry/rootfs\", \"overlay\", 0,"
                                + " \"lowerdir=/run/gantry/rootfs/0:/run/gantry/rootfs/1,"
                                + "upperdir=/run/gantry/rootfs/w/fs,"
                                + "workdir=/run/gantry/rootfs/w/work\")",
                        "open root file system");
    }

    @Test
    void volumesAreMappedOnlyWhenAskedForAndWithAllBelowThemIfSo() {
        spec.mount("/plain", "/p/dir", "rbind").mount("/one", "/o/dir", "rbind", "idmap");
        spec.mount("/tree", "/t/dir", "rbind", "ridmap");
        assertThat(listing())
                .doesNotContain("map the ids of mount source /p/dir")
                .containsSubsequence(
                        "map the ids of mount source /o/dir",
                        "AT_EMPTY_PATH, {+IDMAP of 511}",
                        "map the ids of mount source /t/dir",
                        "AT_EMPTY_PATH|AT_RECURSIVE, {+IDMAP of 511}");
    }

    @Test
    void imagesThatAreMountedAreMappedAndNothingOfThemStaysAside() {
        spec.overlay("/image", "lowerdir=/i1:/i2", "ro");
        assertThat(listing())
                .containsSubsequence(
                        "mount overlay for /image",
                        "open_tree(AT_FDCWD, \"/i1\"",
                        "umount2(\"/run/gantry/rootfs\", MNT_DETACH)",
                        "umount2(\"/run/gantry/rootfs\", MNT_DETACH)",
                        "mount root file system");
    }

    @Test
    void idsInOptionsOfFileSystemsAreThoseOfTheHost() {
        spec.mounts.add(
                new SpecMount("/scratch", "tmpfs", "tmpfs", List.of("uid=5", "gid=6", "size=1k")));
        assertThat(listing()).contains("\"gid\", \"200005\"", "\"uid\", \"100005\"", "\"200006\"");
    }

    @Test
    void nodesOfTheSpecificationBelongToWhomTheyDoOnTheHost() {
        spec.devices = List.of(new DeviceNode("/dev/sda", "b", 8, 0, 0660, 0, 6));
        assertThat(listing())
                .containsSubsequence("make device /dev/sda", "fchownat(", "\"sda\", 0, 6, ")
                .doesNotContain("\"null\", 0, 0, ");
    }

    @Test
    void capabilitiesThatTheDaemonLacksCanBeHadInside() {
        spec.capabilities = List.of("CAP_CHOWN", "CAP_SYS_RESOURCE");
        assertThat(listing()).contains("{effective=0x1000001, permitted=0x1000001");
    }

    @Test
    void aCommandGetsItsStreamsBeforeItEnters() {
        TestSpecs command = new TestSpecs().run("id");
        command.user = new Process.User(1000, 1000, List.of(), 022);
        LaunchProgram program =
                compiler(FULL).exec(command.process(), spec.build(), CgroupJoin.NONE);
        assertThat(program.listing())
                .containsSubsequence(
                        ", 101000, -1)",
                        "enter the container's namespaces",
                        "CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUSER)",
                        "setresuid(0, 0, 0)",
                        "setresuid(1000, 1000, 1000)");
    }

    @Test
    void theShimJoinsWhatTheKeeperHasButNotItsUserNamespace() {
        SandboxSetup setup =
                new SandboxSetup(
                        Optional.of(new SandboxSetup.Users(77, MAPPINGS)),
                        Set.of(NamespaceType.NETWORK, NamespaceType.UTS),
                        Map.of(),
                        Map.of(NamespaceType.USER, PIN),
                        "web-0",
                        Map.of("kernel.shmmax", "1"),
                        Optional.of(new SandboxSetup.Shm("/run/shm", 1024, "")),
                        CgroupJoin.NONE,
                        0);
        assertThat(compiler(FULL).sandbox(setup).listing())
                .containsSubsequence(
                        "\"/proc/77/ns/net\"",
                        "CLONE_NEWNET)",
                        "\"/proc/77/ns/uts\"",
                        "CLONE_NEWUTS)",
                        "sethostname(\"web-0\"",
                        "/proc/sys/kernel/shmmax",
                        "[EACCES]",
                        "setresuid(-1, 100000, -1)",
                        "setresuid(-1, 0, -1)",
                        "PR_SET_DUMPABLE",
                        "\"mode=1777,size=1024,uid=100000,gid=200000\"",
                        "mount(\"/proc/77/ns/user\", \"" + PIN + "\"")
                .doesNotContain("CLONE_NEWUSER", "unshare");
        Launch keeper = compiler(FULL).namespaces(setup.created());
        assertThat(Symbols.namespaces(keeper.cloneFlags()))
                .isEqualTo("CLONE_NEWUTS|CLONE_NEWUSER|CLONE_NEWNET");
    }

    @Test
    void nonsenseIsRefused() {
        spec.user = new Process.User(65_536, 0, List.of(), 022);
        assertRefused(
                InvalidArgumentException.class,
                "user 65536 is not in the pod's user namespace, which has 0 to 65535");
        spec.user = new Process.User(0, 0, List.of(), 022);
        spec.mappings = IdMappings.NONE;
        assertRefused(
                InvalidArgumentException.class, "a user namespace needs mappings of uids and gids");
        TestSpecs without = new TestSpecs().mount("/v", "/v/dir", "rbind", "idmap");
        assertThatThrownBy(
                        () -> compiler(FULL).container(without.build(), OVERLAY, CgroupJoin.NONE))
                .hasMessage("the ids of mount /v cannot be mapped without a user namespace");
        TestSpecs own = new TestSpecs().in("", MAPPINGS);
        assertThatThrownBy(() -> compiler(FULL).container(own.build(), OVERLAY, CgroupJoin.NONE))
                .isInstanceOf(UnimplementedException.class)
                .hasMessageStartingWith("a container cannot make a user namespace");
    }

    @Test
    void aKernelThatCannotMapLayersIsRefused() {
        KernelFeatures old =
                new KernelFeatures("5.15", true, false, false, true, true, true, false, false);
        assertThatThrownBy(() -> compiler(old).container(spec.build(), OVERLAY, CgroupJoin.NONE))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage("user namespaces need kernel 5.19 or newer");
    }

    private void assertRefused(Class<? extends ServiceException> type, String message) {
        assertThatThrownBy(this::listing).isInstanceOf(type).hasMessage(message);
    }
}
