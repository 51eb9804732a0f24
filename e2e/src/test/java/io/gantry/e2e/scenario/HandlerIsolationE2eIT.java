package io.gantry.e2e.scenario;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Confinement;
import io.gantry.e2e.harness.Handler;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The default handler and an OCI runtime hold a container in alike. */
class HandlerIsolationE2eIT {

    private static final String DONE = "configuration read again";
    private static final String IDLE = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

    @RegisterExtension static final Node NODE = Node.shared();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private String plain;

    @BeforeEach
    void configure() throws IOException {
        plain = Files.readString(NODE.daemon().config());
        // Not below the state directory, where whatever is left counts.
        reload(
                plain
                        + "[handlers.oci]\npath = \"%s\"\nroot = \"%s\"\n"
                                .formatted(Handler.binary("runc"), NODE.home().resolve("oci")));
    }

    @AfterEach
    void restore() throws IOException {
        reload(plain);
    }

    private static void reload(String configuration) throws IOException {
        Files.writeString(NODE.daemon().config(), configuration);
        long said = told();
        Command.of("kill", "-HUP", Long.toString(NODE.daemon().pid())).run().orThrow();
        Await.until("an answer", Await.seconds(60), () -> told() > said);
    }

    private static long told() throws IOException {
        try (Stream<String> lines = Files.lines(NODE.daemon().log())) {
            return lines.filter(line -> line.contains(DONE)).count();
        }
    }

    private static String run(
            String handler, PodSandboxConfig.Builder pod, ContainerConfig.Builder config) {
        String sandbox = NODE.cri().runPod(pod.build(), handler);
        String container = NODE.cri().create(sandbox, pod.build(), config.build());
        NODE.cri().start(container);
        return container;
    }

    private static ContainerConfig.Builder idle() {
        return Requests.script("c", NODE.image(), IDLE);
    }

    private static Stream<String> handlers() {
        return Stream.of("", "oci");
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void limitsAreThoseOfTheGroupAndWhatIsForbiddenFails(String handler) throws IOException {
        Path devices = Files.createTempDirectory(NODE.home(), "given");
        String container = run(handler, NODE.pod("held"), Confinement.of(idle(), devices));
        Confinement.assertHolds(NODE.cri(), container, true);
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void aPrivilegedContainerMayWhatItsNodeMay(String handler) {
        PodSandboxConfig.Builder pod = NODE.pod("free");
        String container = run(handler, pod, Confinement.without(pod, idle()));
        Confinement.assertDoesNotHold(NODE.cri(), container, NODE.home());
    }
}
