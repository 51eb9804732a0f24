package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.Handler;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.CDIDevice;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.ContainerStatus;
import io.gantry.proto.cri.PodSandboxConfig;
import io.gantry.proto.cri.RunPodSandboxRequest;
import io.gantry.proto.cri.RuntimeHandler;
import io.gantry.proto.cri.StatusRequest;
import io.gantry.proto.cri.StatusResponse;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/** OCI runtimes as handlers: how they are configured, chosen, missed, and what they leave. */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "runc takes half a second for each process there")
class OciHandlersE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String DONE = "configuration read again";
    private static final String SLEEP =
            "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

    private String plain;

    @BeforeEach
    void configure() throws IOException {
        plain = Files.readString(NODE.daemon().config());
        reload(
                plain
                        + handler("runc", Handler.binary("runc"))
                        + handler("other", Handler.binary("runc"))
                        + handler("absent", Path.of("/no/such/runtime")));
    }

    @AfterEach
    void restore() throws IOException {
        reload(plain);
    }

    private static String handler(String name, Path binary) {
        return "[handlers.%s]\npath = \"%s\"\nroot = \"%s\"\n".formatted(name, binary, root(name));
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

    private static String runPod(String name, String handler) {
        return NODE.cri()
                .runtime()
                .runPodSandbox(
                        RunPodSandboxRequest.newBuilder()
                                .setConfig(NODE.pod(name))
                                .setRuntimeHandler(handler)
                                .build())
                .getPodSandboxId();
    }

    private static String create(String pod, String name, ContainerConfig.Builder config) {
        PodSandboxConfig podConfig = NODE.pod(name).build();
        return NODE.cri().create(pod, podConfig, config.build());
    }

    private static ContainerConfig.Builder script(String script) {
        return Requests.script("c", NODE.image(), script);
    }

    private static Path kept(String handler, String container) {
        return root(handler).resolve(container);
    }

    private static Path root(String handler) {
        return NODE.home().resolve("roots").resolve(handler);
    }

    private static ContainerState state(String container) {
        return NODE.cri().status(container).getState();
    }

    @Test
    void statusHasThoseThatCanBeUsedAndSaysWhatIsWrongWithTheOthers() {
        StatusResponse status =
                NODE.cri().runtime().status(StatusRequest.newBuilder().setVerbose(true).build());

        assertThat(status.getRuntimeHandlersList())
                .extracting(RuntimeHandler::getName)
                .containsExactly("", "other", "runc");
        assertThat(status.getRuntimeHandlers(2).getFeatures().getUserNamespaces()).isFalse();
        assertThat(status.getStatus().getConditionsList())
                .anySatisfy(
                        condition -> {
                            assertThat(condition.getType()).isEqualTo("RuntimeHandlersReady");
                            assertThat(condition.getStatus()).isFalse();
                            assertThat(condition.getMessage())
                                    .contains("\"absent\": /no/such/runtime does not exist");
                        });
        assertThat(status.getInfoOrThrow("runtimeHandlers")).contains("/no/such/runtime");
    }

    @Test
    void anUnknownHandlerIsNamedWithThoseThereAre() {
        Throwable failure = catchThrowable(() -> runPod("unknown", "kata"));

        assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(failure)
                .hasMessageContaining(
                        "runtime handler \"kata\" is not configured; there are \"\", the default,"
                                + " \"absent\", \"other\", \"runc\"");
    }

    @Test
    void aHandlerWhoseBinaryIsMissingIsRefusedWhenItIsAskedFor() {
        Throwable failure = catchThrowable(() -> runPod("absent", "absent"));

        assertThat(Status.fromThrowable(failure).getCode())
                .isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(failure).hasMessageContaining("/no/such/runtime does not exist");
    }

    @Test
    void theRuntimeKeepsStateOfAContainerWhileItRunsAndNothingAfterIt() {
        for (String handler : List.of("runc", "other")) {
            String pod = runPod("kept-" + handler, handler);
            String container = create(pod, "kept-" + handler, script(SLEEP));
            NODE.cri().start(container);

            assertThat(kept(handler, container)).isDirectory();
            assertThat(NODE.cri().shell(container, "echo in it")).isEqualTo("in it\n");
            NODE.cri().stop(container, 60);
            assertThat(NODE.cri().status(container).getExitCode()).isZero();
            NODE.cri().removePod(pod);
            assertThat(kept(handler, container)).doesNotExist();
        }
    }

    @Test
    void whatARuntimeSaysOfAFailedStartIsTheReason() {
        for (String handler : List.of("runc", "other")) {
            String pod = runPod("missing-" + handler, handler);
            ContainerConfig.Builder missing =
                    script("").clearArgs().clearCommand().addCommand("no-such-program");
            String container = create(pod, "missing-" + handler, missing);

            assertThat(catchThrowable(() -> NODE.cri().start(container)))
                    .hasMessageContaining(handler + " create: ")
                    .hasMessageContaining("no-such-program");
            ContainerStatus status = NODE.cri().status(container);
            assertThat(status.getReason()).isEqualTo("StartError");
            assertThat(status.getMessage()).contains("no-such-program");
            assertThat(kept(handler, container)).doesNotExist();
            NODE.cri().removePod(pod);
        }
    }

    @Test
    void hooksOfADeviceAreRunByTheRuntimeThatIsAskedFor() throws IOException {
        Path told = NODE.home().resolve("told");
        Files.createDirectories(NODE.daemon().cdiSpecs());
        Path spec = NODE.daemon().cdiSpecs().resolve("hooked.json");
        Files.writeString(
                spec,
                """
                {"cdiVersion": "0.6.0", "kind": "vendor.example/net",
                 "devices": [{"name": "hooked", "containerEdits": {"hooks": [
                   {"hookName": "createRuntime", "path": "/bin/sh", "env": ["GIVEN=yes"],
                    "args": ["sh", "-c", "echo $GIVEN > %1$s; cat >> %1$s"], "timeout": 60}]}}]}
                """
                        .formatted(told));
        CDIDevice device = CDIDevice.newBuilder().setName("vendor.example/net=hooked").build();
        String pod = runPod("hooked", "runc");
        String container = create(pod, "hooked", script(SLEEP).addCDIDevices(device));
        assertThat(told).doesNotExist();
        NODE.cri().start(container);

        assertThat(Files.readString(told)).startsWith("yes\n{").contains(container);
        NODE.cri().removePod(pod);
        Files.delete(spec);
        Files.delete(told);
    }

    @Test
    void aPodKeepsItsHandlerWhenTheConfigurationHasItNoMore() throws IOException {
        String pod = runPod("keeps", "runc");
        reload(plain);
        String container = create(pod, "keeps", script(SLEEP));
        NODE.cri().start(container);

        assertThat(kept("runc", container)).isDirectory();
        assertThat(catchThrowable(() -> runPod("too-late", "runc")))
                .hasMessageContaining("there is none but the default");
        NODE.cri().removePod(pod);
        assertThat(kept("runc", container)).doesNotExist();
    }

    @Test
    void aContainerIsRemovedWhoseRuntimeIsGone() throws IOException {
        Path binary = Files.copy(Handler.binary("runc"), NODE.home().resolve("passing"));
        Files.setPosixFilePermissions(binary, PosixFilePermissions.fromString("rwxr-xr-x"));
        reload(plain + handler("passing", binary));
        String pod = runPod("passing", "passing");
        String container = create(pod, "passing", script(SLEEP));
        NODE.cri().start(container);
        Files.delete(binary);

        NODE.cri().removePod(pod);

        assertThat(kept("passing", container)).doesNotExist();
    }

    /** A runtime that waits, at one of its verbs, until it is let go on. */
    private Path waiting(String verb) throws IOException {
        Path script = NODE.home().resolve("waiting-" + verb);
        Files.writeString(
                script,
                """
                #!/bin/sh
                case " $* " in *" %s "*)
                    : > %s.reached
                    while [ ! -e %s.open ]; do sleep 0.05; done ;;
                esac
                exec %s "$@"
                """
                        .formatted(verb, script, script, Handler.binary("runc")));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }

    @Test
    void aStartThatTheDaemonDidNotLiveToSeeCanBeAskedForAgain() throws Exception {
        for (String verb : List.of("create", "start")) {
            Path runtime = waiting(verb);
            reload(plain + handler("waiting", runtime));
            String pod = runPod("death-at-" + verb, "waiting");
            String container = create(pod, "death-at-" + verb, script(SLEEP));
            Thread start = Thread.ofVirtual().start(() -> startQuietly(container));
            Path reached = Path.of(runtime + ".reached");
            Await.until(verb + " is under way", Await.seconds(60), () -> Files.exists(reached));

            NODE.daemon().kill();
            start.join();
            NODE.daemon().spawn();
            Files.createFile(Path.of(runtime + ".open"));
            NODE.daemon().awaitReady();

            if (state(container) == ContainerState.CONTAINER_CREATED) {
                NODE.cri().start(container);
            }
            assertThat(state(container)).isEqualTo(ContainerState.CONTAINER_RUNNING);
            assertThat(NODE.cri().shell(container, "echo here")).isEqualTo("here\n");
            NODE.cri().removePod(pod);
        }
    }

    private static void startQuietly(String container) {
        assertThat(catchThrowable(() -> NODE.cri().start(container))).isNotNull();
    }
}
