package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SystemNodeTest {

    @TempDir private Path directory;

    private final SystemNode node =
            new SystemNode(
                    Syscalls.system(),
                    ProcFs.SYSTEM,
                    KernelFeatures.minimum(),
                    any -> TestNode.DEFAULT_FILTER);

    @Test
    void linksAreFollowedAndWhatIsMissingStays() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real")).toRealPath();
        Files.createSymbolicLink(directory.resolve("link"), real);

        assertThat(node.resolve(directory.resolve("link"))).isEqualTo(real);
        assertThat(node.resolve(Path.of("/none/../missing"))).isEqualTo(Path.of("/missing"));
    }

    @Test
    void devicesAreToldFromOtherFiles() throws IOException {
        Node.Device device = node.device(Path.of("/dev/null")).orElseThrow();

        assertThat(device.type()).isEqualTo("c");
        assertThat(device.major()).isEqualTo(1);
        assertThat(device.minor()).isEqualTo(3);
        assertThat(node.device(Path.of("/dev"))).isEmpty();
        assertThat(node.device(directory.resolve("missing"))).isEmpty();
    }

    @Test
    void directoryIsSearchedForDevicesAndLinksAreNone() throws IOException {
        assertThat(node.devicesBelow(Path.of("/dev")))
                .contains(Path.of("/dev/null"), Path.of("/dev/zero"))
                .doesNotContain(Path.of("/dev/stdin"));
        assertThat(node.devicesBelow(directory)).isEmpty();
        assertThat(node.devicesBelow(directory.resolve("missing"))).isEmpty();
    }

    @Test
    void pathLiesInAMount() throws IOException {
        assertThat(node.mountOf(Path.of("/proc/self")).mountPoint()).isEqualTo("/proc");
        assertThat(node.mountOf(Path.of("/missing")).mountPoint()).isEqualTo("/");
    }
}
