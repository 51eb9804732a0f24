package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.linux.security.Selinux;
import io.gantry.linux.security.SelinuxContext;
import io.gantry.linux.syscall.CString;
import io.gantry.linux.syscall.Syscalls;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.container.ContainerMount;
import io.gantry.runtime.container.MountPropagation;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.pod.LinuxResources;
import io.gantry.runtime.pod.NamespaceMode;
import io.gantry.runtime.pod.NamespaceOptions;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SelinuxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What labels of SELinux forbid in containers, by trying it, under the policy of
 * e2e/src/test/selinux, which is enforced.
 */
@Tag("privileged")
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "selinux",
        disabledReason = "the user-mode kernel is booted with SELinux once; tested there")
class SelinuxPrivilegedIT {

    private static final String CURRENT = "busybox tr -d '\\000' < /proc/self/attr/current; echo";
    private static final String TYPE = "system_u:system_r:container_t:";
    private static final String FILES = "system_u:object_r:container_file_t:";
    private static final SandboxSecurity STANDARD = SandboxSecurity.defaults();

    private RuntimeHarness node;

    @BeforeAll
    void start() throws IOException {
        assertThat(Path.of("/sys/fs/selinux/enforce")).hasContent("1");
        node = RuntimeHarness.startLabelling();
        // As docs/security.md says of the daemon's directory.
        new Selinux(true, Syscalls.system())
                .relabel(node.directory, "system_u:object_r:container_ro_file_t:s0");
    }

    @AfterAll
    void end() throws IOException {
        node.close();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        for (PodSandbox pod : node.runtime().pods().list(PodSandboxFilter.of(null))) {
            node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
        }
        node.withHandler("");
        assertThat(node.leftovers()).isEmpty();
    }

    private String output(PodSandbox pod, ContainerConfig config) throws IOException {
        String id = node.create(pod, config);
        node.runtime().containers().start(id, RuntimeHarness.SOON);
        node.await(id);
        return node.log(id);
    }

    private static ContainerConfig shell(String script) {
        return RuntimeHarness.config("sh", "-c", "exec 2>&1; " + script);
    }

    private static SelinuxOptions level(String level) {
        return new SelinuxOptions("", "", "", level);
    }

    private static SandboxSecurity pod(
            NamespaceOptions namespaces, SelinuxOptions selinux, boolean privileged) {
        return new SandboxSecurity(
                namespaces,
                selinux,
                null,
                null,
                false,
                List.of(),
                STANDARD.supplementalGroupsPolicy(),
                privileged,
                null,
                null);
    }

    private static String level(PodSandbox pod) {
        return SelinuxContext.parse(pod.selinux().process()).level();
    }

    /** Of a file of a running container. */
    private String labelIn(String id, String file) throws IOException {
        int pid = node.runtime().containers().get(id).status().pid();
        return labelOf(Path.of("/proc/" + pid + "/root/" + file));
    }

    private static String labelOf(Path file) throws IOException {
        // A root is a link to itself.
        String name = file.endsWith("root") ? file + "/" : file.toString();
        byte[] label =
                Syscalls.system()
                        .lgetxattr(CString.of(name), CString.of("security.selinux"))
                        .orElseThrow();
        return new String(label, UTF_8).replace("\0", "");
    }

    private static ContainerConfig mounting(ContainerConfig config, Path source, boolean relabel) {
        ContainerMount volume =
                new ContainerMount(
                        "/volume",
                        source.toString(),
                        false,
                        false,
                        relabel,
                        MountPropagation.PRIVATE,
                        List.of(),
                        List.of(),
                        null,
                        "",
                        List.of());
        return PodConfigs.with(config, "", List.of(volume), LinuxResources.none());
    }

    @Test
    void aPodsContainersAndWhatIsExecutedInThemHaveItsCategories() throws IOException {
        PodSandbox pod = node.pod();
        assertThat(pod.selinux().process()).matches(TYPE + "s0:c\\d+,c\\d+");
        String own = TYPE + level(pod) + "\n";
        assertThat(output(pod, shell(CURRENT))).isEqualTo(own);
        String id = node.start(pod, "sleep", "600");
        for (String file : List.of("", "dev", "dev/null", "dev/shm", "dev/pts", "dev/mqueue")) {
            assertThat(labelIn(id, file)).as("/" + file).isEqualTo(files(pod));
        }
        assertThat(labelIn(id, "etc/hosts")).isEqualTo(files(pod));
        ExecResult result =
                node.runtime()
                        .execs()
                        .execSync(
                                id,
                                List.of("sh", "-c", CURRENT),
                                Duration.ZERO,
                                RuntimeHarness.SOON);
        assertThat(new String(result.stdout(), UTF_8)).isEqualTo(own);
    }

    /** A container's /proc/keys has what it may view, which no key with another label is. */
    @Test
    void aContainerAndWhatIsExecutedInItHaveKeyringsUnderTheirOwnLabel() throws IOException {
        assertThat(keyrings(output(node.pod(), shell("cat /proc/keys")))).hasSize(1);
        String id = node.start(node.pod(), "sleep", "600");
        ExecResult result =
                node.runtime()
                        .execs()
                        .execSync(
                                id,
                                List.of("cat", "/proc/keys"),
                                Duration.ZERO,
                                RuntimeHarness.SOON);
        assertThat(keyrings(new String(result.stdout(), UTF_8)))
                .as("its own and that of the first process")
                .hasSize(2);
    }

    private static List<String> keyrings(String keys) {
        return keys.lines()
                .filter(line -> line.contains(" _ses"))
                .map(line -> line.substring(0, line.indexOf(' ')))
                .toList();
    }

    private static String files(PodSandbox pod) {
        return FILES + level(pod);
    }

    @Test
    void aContainerReachesTheFilesOfItsPodAndNotThoseOfAnother() throws IOException {
        PodSandbox one = node.pod();
        PodSandbox other = node.pod();
        assertThat(level(one)).isNotEqualTo(level(other));
        Path volume = Files.createTempDirectory("gantry-it-volume");
        Files.writeString(volume.resolve("secret"), "mine\n");
        String script = "cat /volume/secret; echo x > /volume/new && echo wrote";
        assertThat(output(one, mounting(shell(script), volume, false)))
                .as("the machine's own label")
                .contains("Permission denied")
                .doesNotContain("mine", "wrote");
        assertThat(output(one, mounting(shell(script), volume, true))).isEqualTo("mine\nwrote\n");
        assertThat(labelOf(volume.resolve("secret"))).isEqualTo(files(one));
        assertThat(labelOf(volume.resolve("new"))).isEqualTo(files(one));
        assertThat(output(other, mounting(shell(script), volume, false)))
                .contains("Permission denied")
                .doesNotContain("mine", "wrote");
        assertThat(output(one, mounting(shell("cat /volume/secret"), volume, false)))
                .isEqualTo("mine\n");
    }

    @Test
    void aContainerInThePidNamespaceOfTheHostCannotEndTheProcessOfAnotherPod() throws IOException {
        PodSandbox other = node.pod();
        String victim = node.start(other, "sleep", "600");
        int pid = node.runtime().containers().get(victim).status().pid();
        NamespaceOptions hosts =
                new NamespaceOptions(
                        NamespaceMode.POD, NamespaceMode.NODE, NamespaceMode.POD, "", null);
        PodSandbox labelled = node.pod(pod(hosts, level("s0:c3,c4"), false));
        assertThat(output(labelled, shell("kill -9 " + pid))).contains("Permission denied");
        PodSandbox bare = node.pod(pod(hosts, SelinuxOptions.none(), false));
        assertThat(output(bare, shell(CURRENT)))
                .isEqualTo("system_u:system_r:kernel_t:s0-s0:c0.c1023\n");
    }

    @Test
    void aPrivilegedContainerHasTheLabelOfWhoStartsIt() throws IOException {
        PodSandbox pod = node.pod(pod(STANDARD.namespaces(), SelinuxOptions.none(), true));
        assertThat(output(pod, PodConfigs.privileged(shell(CURRENT))))
                .isEqualTo("system_u:system_r:kernel_t:s0-s0:c0.c1023\n");
        assertThat(output(pod, shell(CURRENT))).isEqualTo(TYPE + level(pod) + "\n");
    }

    @Test
    void whatIsAskedForTakesThePlaceOfTheDefault() throws IOException {
        SelinuxOptions asked = new SelinuxOptions("", "", "container_logreader_t", "s0:c7,c8");
        PodSandbox pod = node.pod(pod(STANDARD.namespaces(), asked, false));
        assertThat(output(pod, shell(CURRENT)))
                .isEqualTo("system_u:system_r:container_logreader_t:s0:c7,c8\n");
        assertThat(labelIn(node.start(pod, "sleep", "600"), "")).isEqualTo(FILES + "s0:c7,c8");
    }

    @Test
    void aLabelThatThePolicyDoesNotKnowIsRefusedByItsField() {
        SelinuxOptions asked = new SelinuxOptions("", "", "no_such_t", "");
        assertThatThrownBy(() -> node.pod(pod(STANDARD.namespaces(), asked, false)))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageMatching(
                        "linux.security_context.selinux_options: SELinux label"
                            + " \"system_u:system_r:no_such_t:s0:c\\d+,c\\d+\" is not one of the"
                            + " policy in force");
    }

    @Test
    void aDirectoryOfTheSystemKeepsItsLabel() throws IOException {
        PodSandbox pod = node.pod();
        ContainerConfig config = mounting(shell("true"), Path.of("/etc"), true);
        assertThatThrownBy(() -> node.create(pod, config))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("volume /volume: selinux_relabel: SELinux labels below /etc");
    }

    @Test
    void aRestartedDaemonKnowsTheLevelsOfItsPods() throws IOException {
        PodSandbox pod = node.pod();
        node.restart();
        assertThat(node.runtime().pods().get(pod.id().value()).selinux()).isEqualTo(pod.selinux());
        assertThat(output(pod, shell(CURRENT))).isEqualTo(TYPE + level(pod) + "\n");
    }

    @Test
    void aProcessWithoutNewPrivilegesHasTheLabel() throws IOException {
        PodSandbox pod = node.pod();
        assertThat(output(pod, PodConfigs.noNewPrivileges(shell(CURRENT))))
                .isEqualTo(TYPE + level(pod) + "\n");
    }

    @Test
    void containersOfAnOciRuntimeHaveTheSameLabels() throws IOException {
        PodSandbox pod = node.withHandler("runc").pod();
        assertThat(output(pod, shell(CURRENT))).isEqualTo(TYPE + level(pod) + "\n");
        String id = node.start(pod, "sleep", "600");
        for (String file : List.of("", "dev", "dev/shm", "dev/mqueue", "etc/hosts")) {
            assertThat(labelIn(id, file)).as("/" + file).isEqualTo(files(pod));
        }
    }
}
