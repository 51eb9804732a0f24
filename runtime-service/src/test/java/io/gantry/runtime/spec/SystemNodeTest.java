package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.linux.security.AppArmor;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.syscall.ErrnoException;
import io.gantry.linux.syscall.KernelFeatures;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.cdi.CdiDirectories;
import io.gantry.runtime.container.ContainerDevice;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SystemNodeTest {

    @TempDir private Path directory;

    private final SystemNode node =
            new SystemNode(
                    Syscalls.system(),
                    ProcFs.SYSTEM,
                    KernelFeatures.minimum(),
                    any -> TestNode.DEFAULT_FILTER,
                    new AppArmor(false),
                    new Selinux(false, Syscalls.system()),
                    CdiDirectories.none());

    @Test
    void linksAreFollowedAndWhatIsMissingStays() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real")).toRealPath();
        Files.createSymbolicLink(directory.resolve("link"), real);

        assertThat(node.resolve(directory.resolve("link"))).isEqualTo(real);
        assertThat(node.resolve(Path.of("/none/../missing"))).isEqualTo(Path.of("/missing"));
    }

    @Test
    void aDirectoryIsMadeWhereNothingIs() throws IOException {
        Path deep = directory.resolve("a/b");
        node.makeDirectory(deep);
        assertThat(deep).isDirectory();
        Path file = Files.createFile(deep.resolve("file"));
        node.makeDirectory(file);
        assertThat(file).isRegularFile();
        assertThatThrownBy(() -> node.makeDirectory(file.resolve("below")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void devicesAreToldFromOtherFiles() throws IOException {
        Node.Device device = node.device(Path.of("/dev/null")).orElseThrow();

        assertThat(device.type()).isEqualTo("c");
        assertThat(device.major()).isEqualTo(1);
        assertThat(device.minor()).isEqualTo(3);
        assertThat(node.device(Path.of("/dev"))).isEmpty();
        assertThat(node.device(directory.resolve("missing"))).isEmpty();
        assertThat(node.device(Path.of("/dev/null/below"))).isEmpty();
    }

    @Test
    void pathBelowAFileIsRefusedByItsName() throws IOException {
        List<ContainerDevice> devices = List.of(new ContainerDevice("/dev/null/below", "", ""));

        assertThat(node.resolve(Path.of("/dev/null/below"))).isEqualTo(Path.of("/dev/null/below"));
        assertThatThrownBy(() -> DeviceAccess.of(devices, node))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("device /dev/null/below: its host_path is no device");
    }

    @Test
    void whatVanishesDuringASearchIsLeftOut() throws IOException {
        Path one = socket("one");
        Path other = socket("other");
        List<Path> asked = new ArrayList<>();
        TestNode vanishing =
                new TestNode() {
                    @Override
                    public Optional<Device> device(Path path) throws IOException {
                        asked.add(path);
                        Files.delete(path.equals(one) ? other : one);
                        return Optional.of(new Device("c", 1, 2, 0600, 0, 0));
                    }
                };
        DeviceSearch search = new DeviceSearch(vanishing);

        Files.walkFileTree(directory, search);

        assertThat(search.found()).isEqualTo(asked).hasSize(1);
    }

    @Test
    void whatCannotBeLookedAtIsLeftOut() throws IOException {
        Path broken = socket("broken");
        Path device = socket("device");
        TestNode failing =
                new TestNode() {
                    @Override
                    public Optional<Device> device(Path path) throws IOException {
                        if (path.equals(broken)) {
                            throw new ErrnoException("statx", path.toString(), 5);
                        }
                        return Optional.of(new Device("c", 1, 2, 0600, 0, 0));
                    }
                };
        DeviceSearch search = new DeviceSearch(failing);

        Files.walkFileTree(directory, search);
        search.visitFileFailed(broken, new AccessDeniedException(broken.toString()));
        search.postVisitDirectory(directory, new IOException("cut short"));

        assertThat(search.found()).containsExactly(device);
    }

    /** Neither file nor directory, which anybody can make. */
    private Path socket(String name) throws IOException {
        Path path = directory.resolve(name);
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(path));
        }
        return path;
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
