package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.LinuxSpec.DeviceNode;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.runtime.container.ContainerDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class DeviceAccessTest {

    private final TestNode node = new TestNode();

    @BeforeEach
    void devices() {
        node.devices.put(Path.of("/dev/fuse"), new Node.Device("c", 10, 229, 0666, 0, 0));
        node.devices.put(Path.of("/dev/bus/1/2"), new Node.Device("c", 189, 1, 0664, 0, 5));
        node.devices.put(Path.of("/dev/bus/1/3"), new Node.Device("b", 7, 3, 0660, 0, 6));
        node.devices.put(Path.of("/dev/pts/0"), new Node.Device("c", 136, 0, 0620, 0, 5));
    }

    private DeviceAccess access(String host, String container, String permissions)
            throws IOException {
        return DeviceAccess.of(List.of(new ContainerDevice(host, container, permissions)), node);
    }

    @Test
    void withoutAnyTheUsualOnesAreAllowedAndNoOther() throws IOException {
        DeviceAccess access = DeviceAccess.of(List.of(), node);

        assertThat(access.nodes()).isEmpty();
        assertThat(access.rules().getFirst())
                .isEqualTo(new DeviceRule(false, "a", null, null, "rwm"));
        assertThat(access.rules())
                .contains(new DeviceRule(true, "c", 1L, 3L, "rwm"))
                .contains(new DeviceRule(true, "c", null, null, "m"))
                .noneMatch(rule -> rule.type().equals("b") && rule.access().contains("r"));
    }

    @Test
    void deviceIsMadeAndAllowed() throws IOException {
        DeviceAccess access = access("/dev/fuse", "/dev/other", "rw");

        assertThat(access.nodes())
                .containsExactly(new DeviceNode("/dev/other", "c", 10, 229, 0666, 0, 0));
        assertThat(access.rules().getLast()).isEqualTo(new DeviceRule(true, "c", 10L, 229L, "rw"));
    }

    @Test
    void linkToADeviceIsFollowed() throws IOException {
        node.links.put(Path.of("/dev/link"), Path.of("/dev/fuse"));

        assertThat(access("/dev/link", "", "").nodes())
                .containsExactly(new DeviceNode("/dev/link", "c", 10, 229, 0666, 0, 0));
    }

    @Test
    void directoryStandsForTheDevicesInIt() throws IOException {
        DeviceAccess access = access("/dev/bus", "/dev/usb", "r");

        assertThat(access.nodes())
                .containsExactly(
                        new DeviceNode("/dev/usb/1/2", "c", 189, 1, 0664, 0, 5),
                        new DeviceNode("/dev/usb/1/3", "b", 7, 3, 0660, 0, 6));
        assertThat(access.rules())
                .endsWith(
                        new DeviceRule(true, "c", 189L, 1L, "r"),
                        new DeviceRule(true, "b", 7L, 3L, "r"));
    }

    @Test
    void whatIsNoDeviceIsRefused() {
        assertThatThrownBy(() -> access("/dev/none", "", "rw"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "device /dev/none: its host_path is no device, nor a directory of some");
        assertThatThrownBy(() -> access("dev/fuse", "/dev/fuse", "rw"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("device dev/fuse: host_path \"dev/fuse\" is not an absolute path");
        assertThatThrownBy(() -> access("/dev/fuse", "", "rx"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("device /dev/fuse: permissions \"rx\" are not of r, w and m");
    }

    @Test
    void privilegedHasEveryDeviceButOthersTerminals() throws IOException {
        DeviceAccess access = DeviceAccess.privileged(List.of(), node);

        assertThat(access.nodes())
                .extracting(DeviceNode::path)
                .containsExactly("/dev/bus/1/2", "/dev/bus/1/3", "/dev/fuse");
        assertThat(access.rules()).containsExactly(new DeviceRule(true, "a", null, null, "rwm"));
    }

    @Test
    void privilegedHasWhatIsAskedForAtItsPathBesides() throws IOException {
        List<ContainerDevice> asked =
                List.of(
                        new ContainerDevice("/dev/fuse", "/dev/other", "r"),
                        new ContainerDevice("/dev/bus/1/2", "/dev/fuse", "r"));

        DeviceAccess access = DeviceAccess.privileged(asked, node);

        assertThat(access.nodes())
                .containsExactly(
                        new DeviceNode("/dev/other", "c", 10, 229, 0666, 0, 0),
                        new DeviceNode("/dev/fuse", "c", 189, 1, 0664, 0, 5),
                        new DeviceNode("/dev/bus/1/2", "c", 189, 1, 0664, 0, 5),
                        new DeviceNode("/dev/bus/1/3", "b", 7, 3, 0660, 0, 6));
        assertThat(access.rules()).containsExactly(new DeviceRule(true, "a", null, null, "rwm"));
        assertThatThrownBy(
                        () ->
                                DeviceAccess.privileged(
                                        List.of(new ContainerDevice("/dev/none", "", "")), node))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageStartingWith("device /dev/none: ");
    }
}
