package io.gantry.e2e.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Rule;
import io.gantry.e2e.harness.Subject;
import io.gantry.proto.cri.Capability;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ExecSyncResponse;
import io.gantry.proto.cri.LinuxContainerSecurityContext;
import io.gantry.proto.cri.NamespaceMode;
import io.gantry.proto.cri.NamespaceOption;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.SecurityProfile;
import io.gantry.proto.cri.SecurityProfile.ProfileType;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** Namespaces, capabilities, seccomp and what else a security context asks for. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "three runtimes, one after the other, take minutes there")
class SecurityRulesE2eIT {

    private static NamespaceOption options(
            NamespaceMode network, NamespaceMode pid, NamespaceMode ipc) {
        return NamespaceOption.newBuilder().setNetwork(network).setPid(pid).setIpc(ipc).build();
    }

    /** A pod and a container in it with the same namespaces. */
    private static String run(Subject node, String name, NamespaceOption options) {
        return node.run(pod(node, name, options), in(node, options).build());
    }

    private static PodSandboxConfig pod(Subject node, String name, NamespaceOption options) {
        PodSandboxConfig.Builder pod = node.pod(name);
        pod.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(options);
        if (options.getNetwork() == NamespaceMode.NODE) {
            pod.clearHostname();
        }
        return pod.build();
    }

    private static ContainerConfig.Builder in(Subject node, NamespaceOption options) {
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(options);
        return config;
    }

    private static String ofHost(Subject node, String namespace) {
        return Command.of(node.network().enter("readlink", "/proc/self/ns/" + namespace))
                .run()
                .orThrow();
    }

    private static String ofContainer(Subject node, String container, String namespace) {
        return node.cri().shell(container, "readlink /proc/self/ns/" + namespace);
    }

    @Rule
    void aContainerInThePidNamespaceOfTheNodeSeesItsProcesses(Subject node) {
        String container =
                run(
                        node,
                        "host-pid",
                        options(NamespaceMode.POD, NamespaceMode.NODE, NamespaceMode.POD));
        assertThat(ofContainer(node, container, "pid")).isEqualTo(ofHost(node, "pid"));
    }

    @Rule
    void containersInThePidNamespaceOfTheirPodSeeEachOther(Subject node) {
        NamespaceOption options = options(NamespaceMode.POD, NamespaceMode.POD, NamespaceMode.POD);
        PodSandboxConfig pod = pod(node, "pod-pid", options);
        String one = node.run(pod, in(node, options).build());
        String sandbox = node.cri().pods().getFirst().getId();
        ContainerConfig.Builder second = in(node, options);
        second.getMetadataBuilder().setName("second");
        String two = node.cri().create(sandbox, pod, second.build());
        node.cri().start(two);
        assertThat(ofContainer(node, one, "pid")).isEqualTo(ofContainer(node, two, "pid"));
        assertThat(node.cri().shell(one, "ps").lines().filter(line -> line.contains("sleep 1000")))
                .hasSizeGreaterThanOrEqualTo(2);
    }

    @Rule
    void aContainerInAPidNamespaceOfItsOwnIsItsFirstProcess(Subject node) {
        String container =
                run(
                        node,
                        "own-pid",
                        options(NamespaceMode.POD, NamespaceMode.CONTAINER, NamespaceMode.POD));
        assertThat(node.cri().shell(container, "cat /proc/1/cmdline")).startsWith("/bin/sh");
    }

    @Rule
    void aContainerMaySeeTheProcessesOfAnotherOfItsPod(Subject node) {
        NamespaceOption own =
                options(NamespaceMode.POD, NamespaceMode.CONTAINER, NamespaceMode.POD);
        PodSandboxConfig pod = pod(node, "target-pid", own);
        String target = node.run(pod, in(node, own).build());
        String sandbox = node.cri().pods().getFirst().getId();
        NamespaceOption options =
                own.toBuilder().setPid(NamespaceMode.TARGET).setTargetId(target).build();
        ContainerConfig.Builder config = in(node, options);
        config.getMetadataBuilder().setName("debug");
        String debug = node.cri().create(sandbox, pod, config.build());
        node.cri().start(debug);
        assertThat(ofContainer(node, debug, "pid")).isEqualTo(ofContainer(node, target, "pid"));
    }

    @Rule
    void aContainerInTheIpcNamespaceOfTheNodeIsSoAndAnotherSharesThatOfItsPod(Subject node) {
        String host =
                run(
                        node,
                        "host-ipc",
                        options(NamespaceMode.POD, NamespaceMode.CONTAINER, NamespaceMode.NODE));
        assertThat(ofContainer(node, host, "ipc")).isEqualTo(ofHost(node, "ipc"));
        String own =
                run(
                        node,
                        "pod-ipc",
                        options(NamespaceMode.POD, NamespaceMode.CONTAINER, NamespaceMode.POD));
        assertThat(ofContainer(node, own, "ipc")).isNotEqualTo(ofHost(node, "ipc"));
    }

    @Rule
    void aContainerInTheNetworkOfTheNodeIsSoAndHasItsNameAndNoAddressOfItsOwn(Subject node) {
        String container =
                run(
                        node,
                        "host-network",
                        options(NamespaceMode.NODE, NamespaceMode.CONTAINER, NamespaceMode.POD));
        assertThat(ofContainer(node, container, "net")).isEqualTo(ofHost(node, "net"));
        assertThat(node.cri().shell(container, "hostname"))
                .isEqualTo(Command.of("hostname").run().orThrow());
        String pod = node.cri().pods().getFirst().getId();
        assertThat(node.cri().podStatus(pod).getNetwork().getIp()).isEmpty();
        assertThat(node.cri().podStatus(pod).getLinux().getNamespaces().getOptions().getNetwork())
                .isEqualTo(NamespaceMode.NODE);
    }

    @Rule
    void aContainerInTheNetworkOfItsPodIsNotInThatOfTheNode(Subject node) {
        String container = node.runIdle("pod-network");
        assertThat(ofContainer(node, container, "net")).isNotEqualTo(ofHost(node, "net"));
        assertThat(ofContainer(node, container, "uts")).isNotEqualTo(ofHost(node, "uts"));
    }

    /** A started container whose security context is edited, in a pod of its own. */
    private static String secured(
            Subject node, String name, Consumer<LinuxContainerSecurityContext.Builder> edit) {
        ContainerConfig.Builder config = node.idle("c");
        edit.accept(config.getLinuxBuilder().getSecurityContextBuilder());
        return node.run(name, config);
    }

    private static String privileged(Subject node, String name) {
        PodSandboxConfig.Builder pod = node.pod(name);
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        return node.run(pod.build(), config.build());
    }

    @Rule
    void aReadOnlyRootFileSystemCannotBeWrittenAndAnotherCan(Subject node) {
        String container = secured(node, "ro-root", with -> with.setReadonlyRootfs(true));
        ExecSyncResponse touch = node.cri().exec(container, "touch", "test.go");
        assertThat(touch.getExitCode()).isNotZero();
        assertThat(touch.getStderr().toStringUtf8())
                .isEqualTo("touch: test.go: Read-only file system\n");
        String other = secured(node, "rw-root", with -> with.setReadonlyRootfs(false));
        assertThat(node.cri().exec(other, "touch", "test.go").getExitCode()).isZero();
    }

    private static final String ADD_LINK = "ip link add gantry-e2e-x type bridge";

    @Rule
    void aPrivilegedContainerMayWhatAnotherMayNot(Subject node) {
        String container = privileged(node, "privileged");
        assertThat(node.cri().shell(container, ADD_LINK + "; ip link del gantry-e2e-x")).isEmpty();
        assertThat(capabilities(node, container)).isEqualTo(ALL & capabilitiesOfKernel());
        assertThat(node.cri().shell(container, "cat /proc/self/status")).contains("Seccomp:\t0");
        String other = node.runIdle("unprivileged");
        ExecSyncResponse refused = node.cri().exec(other, "sh", "-c", ADD_LINK);
        assertThat(refused.getExitCode()).isNotZero();
        assertThat(refused.getStderr().toStringUtf8()).contains("Operation not permitted");
    }

    @Rule
    void aPrivilegedContainerNeedsAPrivilegedPod(Subject node) {
        PodSandboxConfig pod = node.pod("not-privileged").build();
        String sandbox = node.runPod(pod);
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().create(sandbox, pod, config.build()),
                "privileged");
    }

    private static final long ALL = -1L;
    private static final long NET_ADMIN = 1L << 12;
    private static final long NET_RAW = 1L << 13;

    /** CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW … */
    private static final long DEFAULT = 0xa80425fbL;

    private static long capabilities(Subject node, String container) {
        return capabilitiesIn(node.cri().shell(container, "cat /proc/1/status"));
    }

    private static long capabilitiesIn(String status) {
        String line =
                status.lines().filter(each -> each.startsWith("CapEff:")).findFirst().orElseThrow();
        return Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16);
    }

    private static long capabilitiesOfKernel() {
        return capabilitiesIn(Command.of("cat", "/proc/self/status").run().orThrow());
    }

    private static Capability.Builder add(String name) {
        return Capability.newBuilder().addAddCapabilities(name);
    }

    private static Capability.Builder drop(String name) {
        return Capability.newBuilder().addDropCapabilities(name);
    }

    @Rule
    void aContainerHasTheDefaultCapabilities(Subject node) {
        assertThat(capabilities(node, node.runIdle("caps"))).isEqualTo(DEFAULT);
    }

    @Rule
    void aCapabilityThatIsAddedIsThere(Subject node) {
        String container = secured(node, "add", with -> with.setCapabilities(add("NET_ADMIN")));
        assertThat(capabilities(node, container)).isEqualTo(DEFAULT | NET_ADMIN);
        assertThat(node.cri().shell(container, ADD_LINK)).isEmpty();
    }

    @Rule
    void aCapabilityThatIsDroppedIsNotThere(Subject node) {
        String container = secured(node, "drop", with -> with.setCapabilities(drop("NET_RAW")));
        assertThat(capabilities(node, container)).isEqualTo(DEFAULT & ~NET_RAW);
    }

    @Rule
    void allCapabilitiesCanBeAdded(Subject node) {
        String container = secured(node, "add-all", with -> with.setCapabilities(add("ALL")));
        assertThat(capabilities(node, container)).isEqualTo(capabilitiesOfKernel());
    }

    @Rule
    void allCapabilitiesCanBeDroppedAndOneAddedAgain(Subject node) {
        String none = secured(node, "drop-all", with -> with.setCapabilities(drop("ALL")));
        assertThat(capabilities(node, none)).isZero();
        String one =
                secured(
                        node,
                        "drop-all-but-one",
                        with -> with.setCapabilities(drop("ALL").addAddCapabilities("NET_ADMIN")));
        assertThat(capabilities(node, one)).isEqualTo(NET_ADMIN);
    }

    @Rule(notContainerd = "runc 1.1 leaves out what it does not know")
    void aCapabilityThatThereIsNotIsRefused(Subject node) {
        PodSandboxConfig pod = node.pod("no-cap").build();
        String sandbox = node.runPod(pod);
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setCapabilities(add("NO_SUCH_CAPABILITY"));
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().start(node.cri().create(sandbox, pod, config.build())),
                "NO_SUCH_CAPABILITY");
    }

    @Rule
    void maskedPathsAreEmptyAndReadOnlyOnesCannotBeWritten(Subject node) {
        String container =
                secured(
                        node,
                        "masked",
                        with ->
                                with.addMaskedPaths("/etc/passwd")
                                        .addMaskedPaths("/home")
                                        .addReadonlyPaths("/tmp"));
        assertThat(node.cri().shell(container, "wc -c < /etc/passwd; ls /home")).isEqualTo("0\n");
        assertThat(node.cri().exec(container, "touch", "/tmp/file").getStderr().toStringUtf8())
                .contains("Read-only file system");
        String plain = node.runIdle("unmasked");
        assertThat(node.cri().shell(plain, "ls /home; touch /tmp/file")).isEqualTo("app\n");
    }

    private static String seccompMode(Subject node, String container) {
        return node.cri()
                .shell(container, "cat /proc/1/status")
                .lines()
                .filter(line -> line.startsWith("Seccomp:"))
                .findFirst()
                .orElseThrow()
                .substring("Seccomp:".length())
                .strip();
    }

    private static SecurityProfile profile(ProfileType type) {
        return SecurityProfile.newBuilder().setProfileType(type).build();
    }

    @Rule
    void withoutASeccompProfileAndUnconfinedAContainerHasNone(Subject node) {
        assertThat(seccompMode(node, node.runIdle("nil"))).isEqualTo("0");
        String unconfined =
                secured(
                        node,
                        "unconfined",
                        with -> with.setSeccomp(profile(ProfileType.Unconfined)));
        assertThat(seccompMode(node, unconfined)).isEqualTo("0");
    }

    @Rule
    void theDefaultSeccompProfileIsAFilter(Subject node) {
        String container =
                secured(
                        node,
                        "default",
                        with -> with.setSeccomp(profile(ProfileType.RuntimeDefault)));
        assertThat(seccompMode(node, container)).isEqualTo("2");
        assertThat(node.cri().exec(container, "mount", "-t", "tmpfs", "none", "/tmp").getExitCode())
                .isNotZero();
    }

    private static SecurityProfile local(Subject node, String name, String... calls)
            throws IOException {
        Path file = node.directory("seccomp").resolve(name + ".json");
        Files.writeString(
                file,
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                  {"names": ["%s"], "action": "SCMP_ACT_ERRNO"}]}
                """
                        .formatted(String.join("\", \"", List.of(calls))));
        return profile(ProfileType.Localhost).toBuilder().setLocalhostRef(file.toString()).build();
    }

    @Rule
    void aSeccompProfileOfTheNodeHoldsItsCallsBack(Subject node) throws IOException {
        SecurityProfile noChmod = local(node, "no-chmod", "chmod", "fchmod", "fchmodat");
        String container = secured(node, "no-chmod", with -> with.setSeccomp(noChmod));
        assertThat(seccompMode(node, container)).isEqualTo("2");
        assertThat(node.cri().exec(container, "chmod", "400", "/tmp").getStderr().toStringUtf8())
                .contains("Operation not permitted");
    }

    @Rule
    void aSeccompProfileHoldsBackWhatACapabilityAllows(Subject node) throws IOException {
        String free =
                secured(
                        node,
                        "may-name",
                        with ->
                                with.setCapabilities(add("SYS_ADMIN"))
                                        .setSeccomp(profile(ProfileType.Unconfined)));
        assertThat(node.cri().shell(free, "hostname other; hostname")).isEqualTo("other\n");
        SecurityProfile noName = local(node, "no-name", "sethostname");
        String held =
                secured(
                        node,
                        "may-not-name",
                        with -> with.setCapabilities(add("SYS_ADMIN")).setSeccomp(noName));
        assertThat(node.cri().exec(held, "hostname", "other").getStderr().toStringUtf8())
                .contains("Operation not permitted");
    }

    @Rule
    void aPrivilegedContainerHasNoSeccompProfileAskedForOrNot(Subject node) throws IOException {
        SecurityProfile noName = local(node, "no-name", "sethostname");
        PodSandboxConfig.Builder pod = node.pod("privileged-profile");
        pod.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true);
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder().getSecurityContextBuilder().setPrivileged(true).setSeccomp(noName);
        String container = node.run(pod.build(), config.build());
        assertThat(node.cri().shell(container, "hostname other; hostname")).isEqualTo("other\n");
    }

    @Rule
    void aSeccompProfileThatIsNotThereIsRefused(Subject node) {
        PodSandboxConfig pod = node.pod("no-profile").build();
        String sandbox = node.runPod(pod);
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .setSeccomp(
                        profile(ProfileType.Localhost).toBuilder()
                                .setLocalhostRef("/no/such/profile.json"));
        node.refuses(
                Status.Code.INVALID_ARGUMENT,
                () -> node.cri().create(sandbox, pod, config.build()),
                "/no/such/profile.json");
    }

    @Rule
    void newPrivilegesAreForbiddenWhenThatIsAskedFor(Subject node) {
        String forbidden = secured(node, "no-new", with -> with.setNoNewPrivs(true));
        assertThat(node.cri().shell(forbidden, "cat /proc/1/status")).contains("NoNewPrivs:\t1");
        String allowed = secured(node, "new", with -> with.setNoNewPrivs(false));
        assertThat(node.cri().shell(allowed, "cat /proc/1/status")).contains("NoNewPrivs:\t0");
    }

    @Rule
    void controlGroupsAreReadOnlyUnlessPrivileged(Subject node) {
        String container = node.runIdle("cgroups");
        ExecSyncResponse made =
                node.cri()
                        .exec(
                                container,
                                "sh",
                                "-c",
                                "if [ -d /sys/fs/cgroup/memory ]; then cd /sys/fs/cgroup/memory;"
                                        + " else cd /sys/fs/cgroup; fi; mkdir new");
        assertThat(made.getStderr().toStringUtf8()).contains("Read-only file system");
        assertThat(node.cri().shell(container, "cat /proc/self/mountinfo"))
                .containsPattern(" /sys/fs/cgroup(/[a-z,_]+)? ro,");
    }

    @Rule
    void theScoreForTheOomKillerIsThatAskedFor(Subject node) {
        ContainerConfig.Builder config = node.idle("c");
        config.getLinuxBuilder().getResourcesBuilder().setOomScoreAdj(500);
        String container = node.run("score", config);
        assertThat(node.cri().shell(container, "cat /proc/1/oom_score_adj")).isEqualTo("500\n");
    }
}
