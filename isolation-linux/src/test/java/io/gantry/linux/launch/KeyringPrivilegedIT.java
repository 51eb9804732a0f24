package io.gantry.linux.launch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.gantry.linux.launch.TestPod.Result;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.mount.Mounter;
import io.gantry.linux.spec.LinuxSpec.NamespaceType;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.syscall.Architecture;
import io.gantry.linux.syscall.SyscallNumber;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys of the host and of containers, asked for by a process that no filter holds back. */
@Tag("privileged")
@Timeout(120)
class KeyringPrivilegedIT {

    /** keyctl(KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0). */
    private static final String SHOW =
            "print syscall(%d, 0, -3, 0), \"\\n\""
                    .formatted(SyscallNumber.KEYCTL.on(Architecture.current()));

    @TempDir private Path directory;

    @BeforeEach
    void prepare() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeThat(System.getProperty("user.name")).isEqualTo("root");
        }
        new Mounter(Syscalls.system())
                .mount(new Mount("tmpfs", "tmpfs", List.of("mode=755")), directory);
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        new Mounter(Syscalls.system()).unmount(directory);
    }

    private TestSpecs spec(String name) throws IOException {
        TestSpecs spec = new TestSpecs();
        spec.mounts.removeIf(mount -> !mount.destination().equals("/proc"));
        spec.maskedPaths = List.of();
        spec.readonlyPaths = List.of();
        spec.seccomp = null;
        spec.rootPath = Files.createDirectories(directory.resolve("root-" + name)).toString();
        return spec.mount("/usr", "/usr", "rbind", "ro");
    }

    private List<Mount> root(String name) throws IOException {
        Path root = Files.createDirectories(directory.resolve("image-" + name));
        for (String link : List.of("bin", "lib", "lib64")) {
            Files.createSymbolicLink(root.resolve(link), Path.of("usr/" + link));
        }
        return List.of(new Mount("bind", root.toString(), List.of("rbind")));
    }

    private static String ofHost() throws Exception {
        Process perl = new ProcessBuilder("/usr/bin/perl", "-e", SHOW).start();
        String id = new String(perl.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(perl.waitFor()).isZero();
        return id;
    }

    @Test
    void eachProcessThatIsStartedHasASessionKeyringOfItsOwn() throws Exception {
        SandboxSetup setup =
                new SandboxSetup(
                        Optional.empty(),
                        Set.of(NamespaceType.NETWORK, NamespaceType.IPC, NamespaceType.UTS),
                        Map.of(),
                        Map.of(),
                        "pod-host",
                        Map.of(),
                        Optional.empty(),
                        CgroupJoin.NONE,
                        -998);
        String host = ofHost();
        assertThat(host).as("id of the host's keyring").matches("[0-9]+");
        try (TestPod pod = TestPod.open(directory, setup)) {
            Spec asks = spec("asks").run("perl", "-e", SHOW).build();
            Result first = pod.run("first", asks, root("first"));
            assertThat(first.lines()).singleElement().asString().matches("[0-9]+");
            assertThat(first.lines()).doesNotContain(host);
            Spec idle = spec("idle").run("sleep", "1000").build();
            pod.start("idle", idle, root("idle"));
            Result exec = pod.exec("exec", "idle", asks.process(), idle, false);
            assertThat(exec.lines()).singleElement().asString().matches("[0-9]+");
            assertThat(exec.lines())
                    .doesNotContain(host)
                    .doesNotContainAnyElementsOf(first.lines());
            pod.kill("idle");
        }
    }
}
