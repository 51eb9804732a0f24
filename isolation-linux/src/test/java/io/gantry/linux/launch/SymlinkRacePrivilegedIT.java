package io.gantry.linux.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.linux.launch.TestPod.Result;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.mount.Mounter;
import io.gantry.linux.procfs.MountInfo;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A container exchanges a directory of a volume for symbolic links as fast as it can, while others
 * of its pod are started with a mount below that directory.
 */
@Tag("privileged")
@Timeout(300)
class SymlinkRacePrivilegedIT {

    /** Each a few milliseconds; a user-mode kernel takes ten times as long. */
    private static final int STARTS =
            "uml".equals(System.getProperty("gantry.test.kernel")) ? 100 : 1000;

    private static final String PLACE = "/v/d/m";

    @TempDir private Path directory;

    private Path lower;
    private Path volume;
    private Path outside;
    private Path marker;

    @BeforeEach
    void prepare() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        new Mounter(Syscalls.system())
                .mount(new Mount("tmpfs", "tmpfs", List.of("mode=755")), directory);
        lower = Files.createDirectories(directory.resolve("lower"));
        Files.createDirectories(lower.resolve("bin"));
        Files.copy(Path.of("/bin/busybox"), lower.resolve("bin/busybox"));
        assertThat(lower.resolve("bin/busybox").toFile().setExecutable(true, false)).isTrue();
        Files.createSymbolicLink(lower.resolve("bin/cat"), Path.of("busybox"));
        for (String name : List.of("lib", "lib64")) {
            Files.createSymbolicLink(lower.resolve(name), Path.of("usr/" + name));
        }
        volume = Files.createDirectories(directory.resolve("volume"));
        marker = Files.createDirectories(directory.resolve("marker"));
        outside = Files.createDirectories(directory.resolve("outside"));
        Files.createDirectory(volume.resolve("d"));
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        new Mounter(Syscalls.system()).unmount(directory);
    }

    /** Links that would lead out of the container if anything followed them by path. */
    private List<Path> links() {
        Path up = Path.of("../../../../../../../..");
        return List.of(
                outside,
                Path.of(up + outside.toString()),
                Path.of("/proc/1/root" + outside),
                Path.of("/proc/self/cwd/" + up + outside),
                Path.of(".."));
    }

    private TestSpecs spec(String name) throws IOException {
        TestSpecs spec = new TestSpecs();
        // What has no part in it is left out: a start takes half the time then.
        spec.mounts.removeIf(mount -> !mount.destination().equals("/proc"));
        spec.maskedPaths = List.of();
        spec.readonlyPaths = List.of();
        spec.seccomp = null;
        spec.rootPath = Files.createDirectories(directory.resolve("root-" + name)).toString();
        return spec.mount("/v", volume.toString(), "rbind");
    }

    private List<Mount> overlay(String name) throws IOException {
        Path upper = Files.createDirectories(directory.resolve("upper-" + name));
        Path work = Files.createDirectories(directory.resolve("work-" + name));
        return List.of(
                new Mount(
                        "overlay",
                        "overlay",
                        List.of("lowerdir=" + lower, "upperdir=" + upper, "workdir=" + work)));
    }

    private static SandboxSetup setup() {
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

    /** Exchanges d for each of the links in turn, by renameat2(2), for ever. */
    private TestSpecs attacker() throws IOException {
        String number = System.getProperty("os.arch").equals("aarch64") ? "276" : "316";
        String script =
                """
                chdir "/v" or die; my @links = glob("l*"); my ($i, $d) = (0, "d");
                while (1) {
                    my $link = $links[$i++ %% @links];
                    for (1, 2) { syscall(%s, -100, $link, -100, $d, 2) == 0 or die "$link: $!" }
                }
                """
                        .formatted(number);
        return spec("attacker")
                .mount("/usr", "/usr", "rbind", "ro")
                .run("/usr/bin/perl", "-e", script);
    }

    @Test
    void noMountLandsOutsideWhileADirectoryOnItsWayIsExchangedForLinks() throws Exception {
        int number = 0;
        for (Path link : links()) {
            Files.createSymbolicLink(volume.resolve("l" + number++), link);
        }
        TestSpecs victim =
                spec("victim")
                        .mount(PLACE, marker.toString(), "rbind")
                        .run("cat", "/proc/self/mountinfo");
        Map<String, Integer> outcomes = new TreeMap<>();
        try (TestPod pod = TestPod.open(directory, setup())) {
            int attacker = pod.start("attacker", attacker().build(), overlay("attacker"));
            List<Mount> root = overlay("victim");
            for (int i = 0; i < STARTS; i++) {
                outcomes.merge(outcome(pod, "c" + i, victim, root), 1, Integer::sum);
            }
            assertThat(ProcessHandle.of(attacker))
                    .as("the attacker; it said %s", log("attacker"))
                    .isPresent();
        }
        // Some found the directory, some a link: they did meet.
        assertThat(outcomes).containsKey(PLACE).hasSizeGreaterThan(1);
        assertThat(outside).isEmptyDirectory();
        assertThat(marker).isEmptyDirectory();
    }

    @Test
    void aLinkUpwardsIsFollowedHoweverMuchIsRenamedElsewhere() throws Exception {
        Files.createSymbolicLink(volume.resolve("l"), Path.of("nowhere"));
        Path others = Files.createDirectories(directory.resolve("others"));
        Files.createDirectories(lower.resolve("var"));
        Files.createDirectories(lower.resolve("run"));
        Files.createSymbolicLink(lower.resolve("var/run"), Path.of("../var/../run"));
        TestSpecs started = spec("started").run("cat", "/proc/self/mountinfo");
        started.mounts.removeIf(mount -> mount.destination().equals("/v"));
        started.mount("/var/run/m", marker.toString(), "rbind");
        for (int i = 0; i < 5; i++) {
            started.mount("/var/run/o" + i, others.toString(), "rbind");
        }
        try (TestPod pod = TestPod.open(directory, setup())) {
            int attacker = pod.start("attacker", attacker().build(), overlay("attacker"));
            List<Mount> root = overlay("started");
            for (int i = 0; i < STARTS / 5; i++) {
                assertThat(outcome(pod, "c" + i, started, root)).isEqualTo("/run/m");
            }
            assertThat(ProcessHandle.of(attacker))
                    .as("who renames; it said %s", log("attacker"))
                    .isPresent();
        }
    }

    private List<String> log(String id) throws IOException {
        return Files.readAllLines(directory.resolve(id + ".log"));
    }

    /** Where the mount was, seen from inside, or why there was no start. */
    private String outcome(TestPod pod, String id, TestSpecs spec, List<Mount> root)
            throws IOException, InterruptedException {
        try {
            pod.start(id, spec.build(), root);
        } catch (IOException e) {
            assertThat(e).hasMessageStartingWith("mount ");
            return Objects.requireNonNull(e.getMessage());
        }
        Result result = pod.end(id);
        List<String> places =
                result.lines().stream()
                        .map(MountInfo::parse)
                        .filter(mount -> mount.root().endsWith("/marker"))
                        .map(MountInfo::mountPoint)
                        .toList();
        assertThat(places).as("mounts that the container sees: %s", result.lines()).hasSize(1);
        return places.getFirst();
    }
}
