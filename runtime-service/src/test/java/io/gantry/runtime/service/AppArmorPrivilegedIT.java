package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.runtime.container.ContainerConfig;
import io.gantry.runtime.exec.ExecResult;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxFilter;
import io.gantry.runtime.pod.SandboxSecurity;
import io.gantry.runtime.pod.SecurityProfile;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What profiles of AppArmor forbid in containers, by trying it. */
@Tag("privileged")
@Timeout(120)
@EnabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "the user-mode kernel has AppArmor for sure; tested there")
class AppArmorPrivilegedIT {

    private static final String CURRENT = "cat /proc/self/attr/apparmor/current";

    private RuntimeHarness node;

    @BeforeEach
    void start() throws IOException {
        node = RuntimeHarness.start();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        for (PodSandbox pod : node.runtime().pods().list(PodSandboxFilter.of(null))) {
            node.runtime().pods().remove(pod.id().value(), RuntimeHarness.SOON);
        }
        try {
            assertThat(node.leftovers()).isEmpty();
        } finally {
            node.close();
        }
    }

    private static SecurityProfile named(String name) {
        return new SecurityProfile(SecurityProfile.Type.LOCALHOST, name);
    }

    private String output(PodSandbox pod, ContainerConfig config) throws IOException {
        String id = node.create(pod, config);
        node.runtime().containers().start(id, RuntimeHarness.SOON);
        node.await(id);
        return node.log(id);
    }

    private static ContainerConfig shell(String script) {
        return RuntimeHarness.config("sh", "-c", script);
    }

    private static void load(String profile) throws IOException, InterruptedException {
        Process parser =
                new ProcessBuilder("apparmor_parser", "--replace", "--skip-cache")
                        .redirectErrorStream(true)
                        .start();
        try (OutputStream input = parser.getOutputStream()) {
            input.write(profile.getBytes(UTF_8));
        }
        String said = new String(parser.getInputStream().readAllBytes(), UTF_8);
        assertThat(parser.waitFor()).as(said).isZero();
    }

    @Test
    void whoSaysNothingIsConfinedByTheDefaultProfile() throws IOException {
        PodSandbox pod = node.pod();
        String script = CURRENT + "; busybox mount -t tmpfs none /tmp && echo mounted";
        assertThat(output(pod, PodConfigs.mounting(shell(script), null)))
                .startsWith("gantry-default (enforce)\n")
                .contains("Permission denied")
                .doesNotContain("mounted\n");
        assertThat(
                        output(
                                pod,
                                PodConfigs.mounting(
                                        shell(script), SecurityProfile.runtimeDefault())))
                .startsWith("gantry-default (enforce)\n");
    }

    @Test
    void theDefaultProfileKeepsTheKernelsSwitchesOutOfReach() throws IOException {
        PodSandbox pod = node.pod();
        String script =
                "exec 2>&1; for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern; do"
                        + " test -e $f || echo $f is missing; echo x > $f && echo wrote $f; done;"
                        + " cat /proc/kcore && echo read; echo 9 > /tmp/x && cat /tmp/x";
        assertThat(output(pod, PodConfigs.mounting(shell(script), null)))
                .doesNotContain("missing", "wrote", "read\n")
                .contains("Permission denied")
                .endsWith("9\n");
    }

    @Test
    void whoAsksForNoneHasNone() throws IOException {
        PodSandbox pod = node.pod();
        String script = CURRENT + "; busybox mount -t tmpfs none /tmp && echo mounted";
        assertThat(output(pod, PodConfigs.mounting(shell(script), SecurityProfile.unconfined())))
                .isEqualTo("unconfined\nmounted\n");
    }

    @Test
    void aPrivilegedContainerHasNone() throws IOException {
        SandboxSecurity defaults = SandboxSecurity.defaults();
        PodSandbox pod =
                node.pod(
                        new SandboxSecurity(
                                defaults.namespaces(),
                                defaults.selinux(),
                                null,
                                null,
                                false,
                                List.of(),
                                defaults.supplementalGroupsPolicy(),
                                true,
                                null,
                                null));
        assertThat(output(pod, PodConfigs.privileged(shell(CURRENT)))).isEqualTo("unconfined\n");
    }

    @Test
    void aNamedProfileConfinesTheContainerAndWhatIsExecutedInIt() throws Exception {
        load("profile gantry-it-no-writes flags=(attach_disconnected) { file, deny /tmp/** w, }");
        PodSandbox pod = node.pod();
        ContainerConfig config =
                PodConfigs.mounting(
                        shell(
                                "exec 2>&1; touch /tmp/x; touch /root/x && echo touched; exec sleep"
                                        + " 600"),
                        named("gantry-it-no-writes"));
        String id = node.create(pod, config);
        node.runtime().containers().start(id, RuntimeHarness.SOON);
        assertThat(node.logOnceItHas(id, "touched\n"))
                .isEqualTo("touch: /tmp/x: Permission denied\ntouched\n");
        ExecResult result =
                node.runtime()
                        .execs()
                        .execSync(
                                id,
                                List.of("sh", "-c", CURRENT + "; touch /tmp/y"),
                                Duration.ZERO,
                                RuntimeHarness.SOON);
        assertThat(new String(result.stdout(), UTF_8)).isEqualTo("gantry-it-no-writes (enforce)\n");
        assertThat(new String(result.stderr(), UTF_8)).contains("/tmp/y: Permission denied");
        assertThat(result.exitCode()).isEqualTo(1);
    }

    /** As many profiles do: they forbid what they do not mention. */
    @Test
    void aContainerWhoseProfileRefusesSignalsIsStoppedAllTheSame() throws Exception {
        load("profile gantry-it-no-signals flags=(attach_disconnected) { file, }");
        PodSandbox pod = node.pod();
        ContainerConfig config =
                PodConfigs.mounting(
                        RuntimeHarness.config("sleep", "600"), named("gantry-it-no-signals"));
        String id = node.create(pod, config);
        node.runtime().containers().start(id, RuntimeHarness.SOON);
        node.runtime().containers().stop(id, Duration.ofMinutes(1), RuntimeHarness.SOON);
        assertThat(node.runtime().containers().get(id).status().exitCode()).isEqualTo(137);
    }

    @Test
    void aProfileThatIsNotLoadedIsNamed() throws IOException {
        PodSandbox pod = node.pod();
        ContainerConfig config = PodConfigs.mounting(shell("true"), named("gantry-it-absent"));
        assertThatThrownBy(() -> node.create(pod, config))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessage("AppArmor profile gantry-it-absent is not loaded on this node");
    }
}
