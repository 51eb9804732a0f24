package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.e2e.harness.TestImages;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.Int64Value;
import io.gantry.proto.cri.KeyValue;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.LinuxContainerUser;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.SupplementalGroupsPolicy;
import io.grpc.Status;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** What CreateContainer makes a process of: its words, variables, directory, user and groups. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class ProcessRulesE2eIT {

    /** Runs a container of an image that says that of itself, and removes the image. */
    private static String printed(
            Subject node, Map<String, Object> says, Consumer<ContainerConfig.Builder> edit) {
        Map<String, Object> config = new TreeMap<>(TestImages.configuration());
        config.putAll(says);
        String image =
                node.registry().push(node.images().busybox("process", config), "e2e/process:1");
        node.cri().pull(image);
        ContainerConfig.Builder asks = node.idle("c").clearCommand().clearArgs();
        asks.getImageBuilder().setImage(image);
        edit.accept(asks);
        String out = node.outputOf("printed", asks);
        node.cri().removePod(node.cri().pods().getFirst().getId());
        node.cri().removeImage(image);
        return out;
    }

    private static final Map<String, Object> ECHO =
            Map.of("Entrypoint", List.of("/bin/echo", "entry"), "Cmd", List.of("cmd"));

    @Rule
    void withoutCommandAndArgumentsThoseOfTheImageAreRun(Subject node) {
        assertThat(printed(node, ECHO, _ -> {})).isEqualTo("entry cmd\n");
    }

    @Rule
    void argumentsTakeThePlaceOfThoseOfTheImage(Subject node) {
        assertThat(printed(node, ECHO, asks -> asks.addArgs("mine"))).isEqualTo("entry mine\n");
    }

    @Rule
    void aCommandTakesThePlaceOfBothOfTheImage(Subject node) {
        assertThat(printed(node, ECHO, asks -> asks.addCommand("/bin/echo").addCommand("mine")))
                .isEqualTo("mine\n");
        assertThat(
                        printed(
                                node,
                                ECHO,
                                asks ->
                                        asks.addCommand("/bin/echo")
                                                .addArgs("only")
                                                .addArgs("mine")))
                .isEqualTo("only mine\n");
    }

    @Rule
    void variablesOfTheRequestComeBeforeThoseOfTheImage(Subject node) {
        Map<String, Object> says = Map.of("Env", List.of("PATH=/bin", "A=image", "B=image"));
        assertThat(
                        printed(
                                node,
                                says,
                                asks ->
                                        asks.addAllCommand(
                                                        List.of("/bin/sh", "-c", "echo $A $B $C"))
                                                .addEnvs(variable("B", "mine"))
                                                .addEnvs(variable("C", "new"))))
                .isEqualTo("image mine new\n");
    }

    private static KeyValue variable(String name, String value) {
        return KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value)).build();
    }

    @Rule
    void aContainerHasAPathAHostNameAndTheHomeOfItsUser(Subject node) {
        assertThat(
                        printed(
                                node,
                                Map.of("Env", List.of(), "User", "app"),
                                asks ->
                                        asks.addAllCommand(
                                                List.of(
                                                        "/bin/sh",
                                                        "-c",
                                                        "echo $HOSTNAME; echo $HOME; echo $PATH"))))
                .startsWith("printed\n/home/app\n/usr/local/sbin:/usr/local/bin:");
    }

    @Rule
    void aTerminalIsOneAndHasATypeAndAContainerWithoutHasNone(Subject node) {
        ContainerConfig.Builder asks = node.idle("c").setTty(true);
        String container = node.run("tty", asks);
        assertThat(node.cri().shell(container, "tr '\\0' '\\n' < /proc/1/environ"))
                .contains("TERM=xterm");
        assertThat(node.cri().shell(container, "readlink /proc/1/fd/1")).startsWith("/dev/pts/");
        String plain = node.runIdle("no-tty");
        assertThat(node.cri().shell(plain, "readlink /proc/1/fd/1")).startsWith("pipe:");
    }

    @Rule
    void theDirectoryIsThatOfTheRequestBeforeThatOfTheImage(Subject node) {
        Map<String, Object> says = Map.of("WorkingDir", "/home/app");
        assertThat(printed(node, says, asks -> asks.addCommand("/bin/pwd")))
                .isEqualTo("/home/app\n");
        assertThat(printed(node, says, asks -> asks.addCommand("/bin/pwd").setWorkingDir("/tmp")))
                .isEqualTo("/tmp\n");
    }

    @Rule
    void aContainerReadsWhatComesInOnlyWhenItIsAskedToHaveInput(Subject node) {
        assertThat(node.outputOf("no-stdin", node.script("c", "cat; echo end"))).isEqualTo("end\n");
    }

    /** A container whose security context is edited. */
    private static ContainerConfig.Builder secured(
            Subject node, Consumer<LinuxContainerSecurityContext.Builder> edit) {
        ContainerConfig.Builder config = node.idle("c");
        edit.accept(config.getLinuxBuilder().getSecurityContextBuilder());
        return config;
    }

    private static Int64Value id(long value) {
        return Int64Value.newBuilder().setValue(value).build();
    }

    @Rule
    void aContainerRunsAsTheUserIdAskedFor(Subject node) {
        String container = node.run("user", secured(node, user -> user.setRunAsUser(id(1001))));
        assertThat(node.cri().shell(container, "id -u; id -g")).isEqualTo("1001\n0\n");
    }

    @Rule
    void aContainerRunsAsTheUserNameAskedForAsTheImageKnowsIt(Subject node) {
        String container = node.run("name", secured(node, user -> user.setRunAsUsername("app")));
        assertThat(node.cri().shell(container, "id -u; id -g")).isEqualTo("1000\n1000\n");
        PodSandboxConfig pod = node.pod("nobody").build();
        String sandbox = node.runPod(pod);
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () ->
                        node.cri()
                                .start(
                                        node.cri()
                                                .create(
                                                        sandbox,
                                                        pod,
                                                        secured(
                                                                        node,
                                                                        user ->
                                                                                user
                                                                                        .setRunAsUsername(
                                                                                                "no-such-user"))
                                                                .build())),
                "no-such-user");
    }

    @Rule
    void aContainerRunsAsTheGroupAskedFor(Subject node) {
        String container =
                node.run(
                        "group",
                        secured(node, user -> user.setRunAsUser(id(1001)).setRunAsGroup(id(1002))));
        assertThat(node.cri().shell(container, "id -u; id -g")).isEqualTo("1001\n1002\n");
    }

    @Rule
    void aGroupWithoutAUserIsRefused(Subject node) {
        PodSandboxConfig pod = node.pod("group-alone").build();
        String sandbox = node.runPod(pod);
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () ->
                        node.cri()
                                .create(
                                        sandbox,
                                        pod,
                                        secured(node, user -> user.setRunAsGroup(id(1002)))
                                                .build()),
                "run_as_group");
        assertThat(node.cri().containers()).isEmpty();
    }

    @Rule
    void supplementalGroupsAreThoseAskedForAndThoseOfTheUserInTheImage(Subject node) {
        String container =
                node.run(
                        "groups",
                        secured(
                                node,
                                user ->
                                        user.setRunAsUser(id(1000))
                                                .addSupplementalGroups(1234)
                                                .addSupplementalGroups(5678)));
        assertThat(groups(node, container))
                .containsExactlyInAnyOrder("1000", "1234", "2000", "5678");
    }

    private static List<String> groups(Subject node, String container) {
        return List.of(node.cri().shell(container, "id -G").strip().split(" "));
    }

    @Rule(notContainerd = "the field is newer")
    void theStrictPolicyLeavesOutTheGroupsOfTheImageAndTheStatusTellsTheUser(Subject node) {
        String strict =
                node.run(
                        "strict",
                        secured(
                                node,
                                user ->
                                        user.setRunAsUser(id(1000))
                                                .addSupplementalGroups(1234)
                                                .setSupplementalGroupsPolicy(
                                                        SupplementalGroupsPolicy.Strict)));
        assertThat(node.cri().shell(strict, "id -G")).isEqualTo("1000 1234\n");
        LinuxContainerUser user = node.cri().status(strict).getUser().getLinux();
        assertThat(user.getUid()).isEqualTo(1000);
        assertThat(user.getGid()).isEqualTo(1000);
        assertThat(user.getSupplementalGroupsList()).containsExactlyInAnyOrder(1000L, 1234L);
        String merge =
                node.run(
                        "merge",
                        secured(
                                node,
                                each ->
                                        each.setRunAsUser(id(1000))
                                                .addSupplementalGroups(1234)
                                                .setSupplementalGroupsPolicy(
                                                        SupplementalGroupsPolicy.Merge)));
        assertThat(node.cri().shell(merge, "id -G")).isEqualTo("1000 1234 2000\n");
    }

    @Rule(notContainerd = "the field is newer")
    void aPolicyForGroupsThatThereIsNotIsRefused(Subject node) {
        PodSandboxConfig pod = node.pod("no-policy").build();
        String sandbox = node.runPod(pod);
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () ->
                        node.cri()
                                .create(
                                        sandbox,
                                        pod,
                                        secured(
                                                        node,
                                                        user ->
                                                                user
                                                                        .setSupplementalGroupsPolicyValue(
                                                                                7))
                                                .build()),
                "supplemental_groups_policy");
    }
}
