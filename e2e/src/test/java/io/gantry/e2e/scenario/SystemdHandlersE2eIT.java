package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Handler;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.LinuxContainerResources;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.UpdateContainerResourcesRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers of OCI runtimes where systemd makes control groups: the runtimes ask it for them. */
@EnabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "systemd",
        disabledReason = "make test-systemd boots one")
class SystemdHandlersE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final long MIB = 1L << 20;
    private static final String SLICE = "kubepods-podhandled.slice";
    private static final Path GROUP = Path.of("/sys/fs/cgroup/kubepods.slice", SLICE);

    @BeforeAll
    static void configure() throws IOException {
        String config = Files.readString(NODE.daemon().config());
        for (String name : new String[] {"runc", "crun"}) {
            config +=
                    "[handlers.%s]\npath = \"%s\"\nroot = \"%s\"\n"
                            .formatted(
                                    name,
                                    Handler.binary(name),
                                    NODE.home().resolve("roots").resolve(name));
        }
        Files.writeString(NODE.daemon().config(), config);
        NODE.daemon().stop();
        NODE.daemon().start();
        // With the first pod the daemon connects to systemd, and stays so.
        NODE.cri().removePod(NODE.cri().runPod(NODE.pod("first").build()));
    }

    private static String property(String unit, String property) {
        return Command.of("systemctl", "show", unit, "--value", "--property=" + property)
                .with("SYSTEMD_IGNORE_CHROOT", "1")
                .run()
                .orThrow()
                .strip();
    }

    @ParameterizedTest
    @ValueSource(strings = {"runc", "crun"})
    void containerIsAScopeThatItsRuntimeAskedFor(String handler) {
        PodSandboxConfig.Builder pod = NODE.pod("handled-" + handler);
        pod.getLinuxBuilder().setCgroupParent(SLICE);
        String sandbox = NODE.cri().runPod(pod.build(), handler);
        ContainerConfig.Builder config =
                Requests.script("c", NODE.image(), "while :; do sleep 1000; done");
        config.getLinuxBuilder().setResources(Requests.memory(64 * MIB));
        String container = NODE.cri().create(sandbox, pod.build(), config.build());
        String unit = "gantry-" + container + ".scope";
        assertThat(property(unit, "LoadState")).as("before the start").isEqualTo("not-found");

        NODE.cri().start(container);
        assertThat(property(unit, "ActiveState")).isEqualTo("active");
        assertThat(property(unit, "Slice")).isEqualTo(SLICE);
        assertThat(property(unit, "MemoryMax")).isEqualTo(Long.toString(64 * MIB));
        assertThat(NODE.cri().shell(container, "echo here")).isEqualTo("here\n");

        NODE.cri()
                .runtime()
                .updateContainerResources(
                        UpdateContainerResourcesRequest.newBuilder()
                                .setContainerId(container)
                                .setLinux(
                                        LinuxContainerResources.newBuilder()
                                                .setMemoryLimitInBytes(96 * MIB)
                                                .setMemorySwapLimitInBytes(96 * MIB))
                                .build());
        assertThat(property(unit, "MemoryMax")).isEqualTo(Long.toString(96 * MIB));
        assertThat(Texts.read(GROUP.resolve(unit).resolve("memory.max")).strip())
                .isEqualTo(Long.toString(96 * MIB));

        NODE.cri().stop(container, 0);
        NODE.cri().removePod(sandbox);
        Await.until(
                "end of " + unit,
                Await.seconds(30),
                () ->
                        !Files.exists(GROUP.resolve(unit))
                                && property(unit, "LoadState").equals("not-found"));
    }
}
