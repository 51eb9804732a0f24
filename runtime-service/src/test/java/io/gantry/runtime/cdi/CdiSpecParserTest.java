package io.gantry.runtime.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gantry.linux.spec.Hook;
import io.gantry.linux.spec.SpecMount;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CdiSpecParserTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static CdiSpec parse(String json) throws MalformedCdiSpecException {
        try {
            return CdiSpecParser.parse("/etc/cdi/v.json", JSON.readTree(json.replace('\'', '"')));
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static String withEdits(String version, String edits) {
        return "{'cdiVersion': '"
                + version
                + "', 'kind': 'vendor.com/net', 'devices': [{'name': 'one', 'containerEdits': "
                + edits
                + "}]}";
    }

    private static ContainerEdits device(CdiSpec spec, String name) {
        return Objects.requireNonNull(spec.devices().get(name));
    }

    private static ContainerEdits edits(String edits) throws MalformedCdiSpecException {
        return device(parse(withEdits("1.1.0", edits)), "one");
    }

    private static void assertMalformed(String json, String message) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOf(MalformedCdiSpecException.class)
                .hasMessage("CDI specification /etc/cdi/v.json: " + message);
    }

    @Test
    void aFileDescribesDevicesAndWhatAllOfThemNeed() throws MalformedCdiSpecException {
        CdiSpec spec =
                parse(
                        """
                        {'cdiVersion': '0.7.0', 'kind': 'vendor.com/gpu.v2',
                         'annotations': {'a': 'b'},
                         'devices': [
                           {'name': '0', 'annotations': {'a': 'b'}, 'containerEdits': {
                             'deviceNodes': [
                               {'path': '/dev/gpu0', 'hostPath': '/dev/vendor0', 'type': 'c',
                                'major': 195, 'minor': 0, 'fileMode': 438, 'permissions': 'rw',
                                'uid': 0, 'gid': 44},
                               {'path': '/dev/gpuctl', 'permissions': 'none'}]}},
                           {'name': 'all', 'containerEdits': {'additionalGids': [0, 44]}}],
                         'containerEdits': {
                           'env': ['VENDOR=yes'],
                           'mounts': [
                             {'hostPath': '/opt/lib', 'containerPath': '/lib/v',
                              'options': ['ro', 'rbind']},
                             {'hostPath': 'tmpfs', 'containerPath': '/v', 'type': 'tmpfs'}]}}
                        """);
        assertThat(spec.file()).isEqualTo("/etc/cdi/v.json");
        assertThat(spec.kind()).isEqualTo("vendor.com/gpu.v2");
        assertThat(spec.devices()).containsOnlyKeys("0", "all");
        assertThat(device(spec, "0").deviceNodes())
                .containsExactly(
                        new ContainerEdits.Node(
                                "/dev/gpu0", "/dev/vendor0", "c", 195L, 0L, 0666, "rw", 0L, 44L),
                        new ContainerEdits.Node(
                                "/dev/gpuctl",
                                "/dev/gpuctl",
                                "",
                                null,
                                null,
                                null,
                                "",
                                null,
                                null));
        assertThat(device(spec, "all").additionalGids()).containsExactly(44L);
        assertThat(spec.edits().env()).containsExactly("VENDOR=yes");
        assertThat(spec.edits().mounts())
                .containsExactly(
                        new SpecMount("/lib/v", "bind", "/opt/lib", List.of("ro", "rbind")),
                        new SpecMount("/v", "tmpfs", "tmpfs", List.of()));
    }

    @Test
    void whatCannotBeDoneIsNoted() throws MalformedCdiSpecException {
        ContainerEdits edits =
                edits(
                        "{'netDevices':"
                                + " [{'hostInterfaceName': 'a', 'name': 'b'}], 'env': ['A=1'],"
                                + " 'intelRdt': {'closID': 'x'}}");
        assertThat(edits.unsupported()).containsExactly("intelRdt", "netDevices");
    }

    @Test
    void hooksAreThoseOfOciRuntimes() throws MalformedCdiSpecException {
        String hook =
                "{'hooks': [{'hookName': 'createContainer', 'path': '/opt/hook', 'args': ['hook',"
                        + " 'x'], 'env': ['A=1'], 'timeout': 5}, {'hookName': 'poststop', 'path':"
                        + " '/opt/hook'}]}";
        assertThat(edits(hook).hooks())
                .containsExactly(
                        new Hook(
                                "createContainer",
                                "/opt/hook",
                                List.of("hook", "x"),
                                List.of("A=1"),
                                5),
                        new Hook("poststop", "/opt/hook", List.of(), List.of(), null));
        assertMalformed(
                withEdits("1.0.0", hook.replace("poststop", "later")),
                "devices[0].containerEdits.hooks[1].hookName is \"later\": OCI runtimes have no"
                        + " such hooks");
        assertMalformed(
                withEdits("1.0.0", hook.replace("/opt/hook', 'args'", "hook', 'args'")),
                "devices[0].containerEdits.hooks[0].path is \"hook\": it has to be absolute");
    }

    @Test
    void fieldsThatAreNotOfTheFormatAreNamed() {
        assertMalformed(
                withEdits("1.0.0", "{'env': ['A=1'], 'volumes': []}"),
                "devices[0].containerEdits.volumes: there is no such field");
        assertMalformed(
                withEdits("1.0.0", "{'deviceNodes': [{'path': '/dev/x', 'mode': 1}]}"),
                "devices[0].containerEdits.deviceNodes[0].mode is 1: there is no such field");
        assertMalformed("[]", "an object is needed");
    }

    @Test
    void valuesThatMakeNoSenseAreQuoted() {
        assertMalformed(
                withEdits("1.0.0", "{'env': ['A']}"),
                "devices[0].containerEdits.env[0] is \"A\": it has to be NAME=VALUE");
        assertMalformed(
                withEdits("1.0.0", "{'deviceNodes': [{'hostPath': '/dev/x'}]}"),
                "devices[0].containerEdits.deviceNodes[0].path: it is missing");
        assertMalformed(
                withEdits("1.0.0", "{'deviceNodes': [{'path': '/dev/x', 'type': 'd'}]}"),
                "devices[0].containerEdits.deviceNodes[0].type is \"d\": b, c, u and p are"
                        + " possible");
        assertMalformed(
                withEdits("1.0.0", "{'deviceNodes': [{'path': '/dev/x', 'permissions': 'x'}]}"),
                "devices[0].containerEdits.deviceNodes[0].permissions is \"x\": none, or some of r,"
                        + " w and m are possible");
        assertMalformed(
                withEdits("1.0.0", "{'deviceNodes': [{'path': '/dev/x', 'uid': -1}]}"),
                "devices[0].containerEdits.deviceNodes[0].uid is -1: a number from 0 to 4294967294"
                        + " is needed");
        assertMalformed(
                withEdits("1.0.0", "{'mounts': [{'containerPath': '/x'}]}"),
                "devices[0].containerEdits.mounts[0].hostPath: it is missing");
        assertMalformed(
                withEdits("1.0.0", "{'mounts': {}}"),
                "devices[0].containerEdits.mounts: a list is needed");
        assertMalformed(
                withEdits("1.0.0", "{'additionalGids': ['x']}"),
                "devices[0].containerEdits.additionalGids[0] is \"x\": a number from 0 to"
                        + " 4294967294 is needed");
    }

    @Test
    void devicesNeedNamesAndSomethingToAskFor() {
        assertMalformed(
                withEdits("1.0.0", "{}"),
                "devices[0].containerEdits: a device has to ask for something");
        assertMalformed(
                "{'cdiVersion': '1.0.0', 'kind': 'vendor.com/net', 'devices': []}",
                "devices: at least one is needed");
        String device = "{'name': 'a-', 'containerEdits': {'env': ['A=1']}}";
        assertMalformed(
                "{'cdiVersion': '1.0.0', 'kind': 'v.com/n', 'devices': [" + device + "]}",
                "devices[0].name is \"a-\": letters, digits and _ - . : between them are possible");
        String good = device.replace("a-", "a");
        assertMalformed(
                "{'cdiVersion': '1.0.0', 'kind': 'v.com/n', 'devices': ["
                        + good
                        + ","
                        + good
                        + "]}",
                "devices[1].name is \"a\": there is another of this name");
        assertMalformed(
                "{'cdiVersion': '1.0.0', 'kind': 'vendor', 'devices': [" + good + "]}",
                "kind is \"vendor\": it has to be vendor.com/class");
    }

    @Test
    void whatCameWithALaterVersionIsRefusedInAnEarlier() {
        assertMalformed(
                withEdits("2.0.0", "{'env': ['A=1']}"),
                "cdiVersion is \"2.0.0\": the versions known are 0.1.0, 0.2.0, 0.3.0, 0.4.0, 0.5.0,"
                        + " 0.6.0, 0.7.0, 0.8.0, 1.0.0, 1.1.0");
        assertMalformed(
                withEdits("0.6.0", "{'additionalGids': [5]}"),
                "devices[0].containerEdits.additionalGids: it needs cdiVersion 0.7.0, not 0.6.0");
        assertMalformed(
                withEdits("v0.4.0", "{'deviceNodes': [{'path': '/a', 'hostPath': '/b'}]}"),
                "devices[0].containerEdits.deviceNodes[0].hostPath is \"/b\": it needs cdiVersion"
                        + " 0.5.0, not 0.4.0");
        assertMalformed(
                withEdits(
                        "0.3.0",
                        "{'mounts': [{'hostPath': '/a', 'containerPath': '/b', 'type':"
                                + " 'none'}]}"),
                "devices[0].containerEdits.mounts[0].type is \"none\": it needs cdiVersion 0.4.0,"
                        + " not 0.3.0");
        assertMalformed(
                withEdits("0.5.0", "{'env': ['A=1']}").replace("com/net", "com/n.t"),
                "kind is \"vendor.com/n.t\": a dot in the class needs cdiVersion 0.6.0, not 0.5.0");
        assertMalformed(
                withEdits("0.4.0", "{'env': ['A=1']}").replace("'one'", "'1'"),
                "devices[0].name is \"1\": a digit at the beginning needs cdiVersion 0.5.0, not"
                        + " 0.4.0");
    }
}
