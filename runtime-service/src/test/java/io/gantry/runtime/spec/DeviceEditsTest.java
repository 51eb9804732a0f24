package io.gantry.runtime.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.spec.Hook;
import io.gantry.linux.spec.LinuxSpec;
import io.gantry.linux.spec.LinuxSpec.DeviceNode;
import io.gantry.linux.spec.LinuxSpec.IdMapping;
import io.gantry.linux.spec.Process;
import io.gantry.linux.spec.Process.Capabilities;
import io.gantry.linux.spec.Resources;
import io.gantry.linux.spec.Resources.DeviceRule;
import io.gantry.linux.spec.Spec;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.cdi.ContainerEdits;
import io.gantry.runtime.oci.OciDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DeviceEditsTest {

    private static final DeviceRule NONE = new DeviceRule(false, "a", null, null, "rwm");
    private static final DeviceNode FUSE = new DeviceNode("/dev/fuse", "c", 10, 229, 0600, 0, 0);

    private final TestNode node = new TestNode();
    private final DeviceEdits edits = new DeviceEdits(node);

    private static Spec spec(List<IdMapping> mappings) {
        Capabilities none = new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of());
        Process process =
                new Process(
                        false,
                        new Process.User(1000, 1001, List.of(1001, 44), 022),
                        List.of("sh"),
                        List.of("PATH=/bin", "A=container"),
                        "/",
                        none,
                        List.of(),
                        false,
                        null,
                        "",
                        "");
        Resources limits =
                new Resources(
                        List.of(NONE),
                        7L,
                        null,
                        null,
                        "",
                        "",
                        null,
                        null,
                        null,
                        null,
                        Map.of(),
                        Map.of());
        return new Spec(
                process,
                new Spec.Root("/r", false),
                "",
                List.of(bind("/proc", "/p"), bind("/data", "/d"), bind("/data/in", "/i")),
                Map.of(),
                new LinuxSpec(
                        List.of(),
                        mappings,
                        mappings,
                        List.of(FUSE),
                        "/g",
                        limits,
                        null,
                        "",
                        List.of("/proc/kcore"),
                        List.of(),
                        Map.of()));
    }

    private static SpecMount bind(String destination, String source) {
        return new SpecMount(destination, "bind", source, List.of("rbind"));
    }

    private static ContainerEdits nodes(ContainerEdits.Node... nodes) {
        return new ContainerEdits(
                List.of(), List.of(nodes), List.of(), List.of(), List.of(), List.of());
    }

    private static ContainerEdits mounts(SpecMount... mounts) {
        return new ContainerEdits(
                List.of(), List.of(), List.of(mounts), List.of(), List.of(), List.of());
    }

    private static ContainerEdits.Node named(String path, String hostPath, String type) {
        return new ContainerEdits.Node(path, hostPath, type, null, null, null, "rwm", null, null);
    }

    private Spec applied(ContainerEdits wanted) throws IOException {
        return edits.apply(spec(List.of()), wanted);
    }

    @Test
    void nothingAskedForChangesNothing() throws IOException {
        assertThat(applied(ContainerEdits.NONE)).isEqualTo(spec(List.of()));
    }

    @Test
    void variablesTakeThePlaceOfThoseOfTheSameName() throws IOException {
        ContainerEdits env =
                new ContainerEdits(
                        List.of("A=device", "B=1", "B=2"),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of());
        assertThat(applied(env).process().env()).containsExactly("PATH=/bin", "A=device", "B=2");
    }

    @Test
    void groupsAreAddedOnceEach() throws IOException {
        ContainerEdits groups =
                new ContainerEdits(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(44L, 4294967294L),
                        List.of(),
                        List.of());
        assertThat(applied(groups).process().user())
                .isEqualTo(new Process.User(1000, 1001, List.of(1001, 44, -2), 022));
    }

    @Test
    void aGroupThatTheUserNamespaceLacksIsNamed() {
        ContainerEdits groups =
                new ContainerEdits(
                        List.of(), List.of(), List.of(), List.of(70_000L), List.of(), List.of());
        Spec mapped = spec(List.of(new IdMapping(0, 100_000, 65_536)));
        assertThatThrownBy(() -> edits.apply(mapped, groups))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("group 70000 is not in the pod's user namespace");
    }

    @Test
    void aNodeIsMadeAsDescribedAndMayBeUsed() throws IOException {
        Spec spec =
                applied(
                        nodes(
                                new ContainerEdits.Node(
                                        "/dev/x/../gpu",
                                        "/dev/v",
                                        "c",
                                        195L,
                                        0L,
                                        0640,
                                        "rw",
                                        5L,
                                        6L)));
        assertThat(spec.linux().devices())
                .containsExactly(FUSE, new DeviceNode("/dev/gpu", "c", 195, 0, 0640, 5, 6));
        assertThat(spec.linux().resources().devices())
                .containsExactly(NONE, new DeviceRule(true, "c", 195L, 0L, "rw"));
        assertThat(spec.linux().resources().cpuShares()).isEqualTo(7);
        assertThat(spec.linux().maskedPaths()).containsExactly("/proc/kcore");
    }

    @Test
    void whatIsNotSaidOfANodeTheHostsHasAndItIsTheProcesss() throws IOException {
        node.devices.put(Path.of("/dev/v"), new Node.Device("b", 259, 3, 0600, 0, 6));
        Spec spec = applied(nodes(named("/dev/gpu", "/dev/v", "")));
        assertThat(spec.linux().devices())
                .contains(new DeviceNode("/dev/gpu", "b", 259, 3, 0666, 1000, 1001));
        assertThat(spec.linux().resources().devices())
                .contains(new DeviceRule(true, "b", 259L, 3L, "rwm"));
    }

    @Test
    void aNodeAtAPathThatIsTakenReplacesTheOther() throws IOException {
        Spec spec =
                applied(
                        nodes(
                                new ContainerEdits.Node(
                                        "/dev/fuse", "/dev/fuse", "u", 10L, 1L, 0, "", 0L, 0L)));
        assertThat(spec.linux().devices())
                .containsExactly(new DeviceNode("/dev/fuse", "c", 10, 1, 0, 0, 0));
        assertThat(spec.linux().resources().devices()).containsExactly(NONE);
    }

    @Test
    void hooksComeAfterOneAnother() throws IOException {
        Hook first = new Hook("createRuntime", "/a", List.of(), List.of(), null);
        Hook second = new Hook("createRuntime", "/b", List.of("b"), List.of("A=1"), 3);
        ContainerEdits hooks =
                new ContainerEdits(
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(first, second),
                        List.of());
        Spec spec = applied(hooks);
        assertThat(spec.hooks()).containsExactly(first, second);
        assertThat(new String(OciDocument.config(spec), StandardCharsets.UTF_8))
                .contains(
                        "\"hooks\":{\"createRuntime\":[{\"path\":\"/a\"},{\"path\":\"/b\","
                                + "\"args\":[\"b\"],\"env\":[\"A=1\"],\"timeout\":3}]}");
    }

    @Test
    void aPipeNeedsNeitherNumbersNorARule() throws IOException {
        Spec spec = applied(nodes(named("/dev/pipe", "/dev/pipe", "p")));
        assertThat(spec.linux().devices())
                .contains(new DeviceNode("/dev/pipe", "p", 0, 0, 0666, 1000, 1001));
        assertThat(spec.linux().resources().devices()).containsExactly(NONE);
    }

    @Test
    void aNodeThatTheHostDoesNotHaveIsNamed() {
        assertThatThrownBy(() -> applied(nodes(named("/dev/gpu", "/dev/v", "c"))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("CDI device node /dev/gpu: there is no device at /dev/v of the host");
        node.devices.put(Path.of("/dev/v"), new Node.Device("b", 259, 3, 0600, 0, 6));
        assertThatThrownBy(() -> applied(nodes(named("/dev/gpu", "/dev/v", "c"))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage(
                        "CDI device node /dev/gpu is of type c, but /dev/v of the host is of type"
                                + " b");
    }

    @Test
    void mountsTakeThePlaceOfOthersAndComeAfterTheirParents() throws IOException {
        Spec spec = applied(mounts(bind("/data/in/deep", "/e"), bind("/data/", "/mine")));
        assertThat(spec.mounts())
                .containsExactly(
                        bind("/proc", "/p"),
                        bind("/data", "/mine"),
                        bind("/data/in", "/i"),
                        bind("/data/in/deep", "/e"));
    }

    @Test
    void mountsThatCannotBeAreNamed() {
        assertThatThrownBy(() -> applied(mounts(bind("/data/..", "/mine"))))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("CDI mount of /mine cannot be on / of the container");
        SpecMount untyped = new SpecMount("/v", "", "/opt/v", List.of("ro"));
        assertThatThrownBy(() -> applied(mounts(untyped)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("CDI mount of /opt/v at /v has neither a type nor the option bind");
    }
}
