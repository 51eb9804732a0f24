package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.GantryDaemon;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.NetworkNamespace;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Daemons that must not start, and those that must get along. */
class DaemonStartE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String NOBODY = "65534";

    @Test
    void aSecondDaemonOnTheSameDirectoriesIsRefusedNamingTheFirst() {
        String container = NODE.idle("undisturbed");
        Command.Result second = gantryd("--config", NODE.daemon().config().toString());
        assertThat(second.code()).isEqualTo(1);
        assertThat(lastLine(second))
                .startsWith("gantryd: another gantryd (pid " + NODE.daemon().pid() + ") uses ")
                .contains(NODE.daemon().root().toString());
        assertThat(NODE.cri().status(container).getState())
                .isEqualTo(ContainerState.CONTAINER_RUNNING);
    }

    @Test
    void aSecondDaemonOnTheSameSocketIsRefused() {
        Path home = NODE.bed().newHome();
        Command.Result second =
                gantryd(
                        "--config", NODE.daemon().config().toString(),
                        "--root", home.resolve("lib").toString(),
                        "--state", home.resolve("run").toString());
        assertThat(second.code()).isEqualTo(1);
        assertThat(lastLine(second))
                .contains(NODE.daemon().socket().toString(), "another process serves there");
        NODE.bed().discard(home);
        assertThat(NODE.cri().pods()).isEmpty();
    }

    @Test
    void daemonsOnDifferentDirectoriesLiveSideBySide() {
        String mine = NODE.idle("side");
        Path home = NODE.bed().newHome();
        GantryDaemon other =
                new GantryDaemon(
                        home, new GantryDaemon.Setup(NODE.bed().registry(), NetworkNamespace.HOST));
        try (other) {
            other.start();
            other.cri().pull(NODE.image());
            // The same names as the first one has.
            PodSandboxConfig pod = Requests.pod("side", home.resolve("logs")).build();
            String sandbox = other.cri().runPod(pod);
            String theirs =
                    other.cri()
                            .create(
                                    sandbox,
                                    pod,
                                    Requests.script("c", NODE.image(), "sleep 1000").build());
            other.cri().start(theirs);
            assertThat(other.cri().pods()).hasSize(1);
            assertThat(NODE.cri().pods()).hasSize(1);

            // A start clears what it does not know: it must not take that of others for such.
            NODE.daemon().stop();
            NODE.daemon().start();
            assertThat(other.cri().shell(theirs, "echo there")).isEqualTo("there\n");
            assertThat(NODE.cri().shell(mine, "echo here")).isEqualTo("here\n");
            other.removeEverything();
            other.cri().removeImage(NODE.image());
        }
        assertThat(other.cgroupParent()).isNotEqualTo(NODE.daemon().cgroupParent());
        NODE.bed().discard(home);
    }

    @Test
    void aSignalHasItWriteDownWhichCallsWaitAndWhere() throws Exception {
        String container = NODE.idle("asked");
        NODE.cri().shell(container, "mkfifo /tmp/gate");
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> call =
                    callers.submit(() -> NODE.cri().shell(container, "cat /tmp/gate"));
            Await.until(
                    "the call among the threads",
                    Await.seconds(60),
                    () -> NODE.daemon().threads().contains("ExecSync.run"));
            NODE.cri().shell(container, "echo open > /tmp/gate");
            assertThat(call.get()).isEqualTo("open\n");
        }
    }

    @Test
    void anUnknownKeyOfTheConfigurationIsNamedWithTheNearest() throws IOException {
        Command.Result refused = withConfig("sockett = \"/x\"\n");
        assertThat(refused.code()).isEqualTo(78);
        assertThat(refused.err())
                .startsWith("gantryd: ")
                .contains("sockett", "socket")
                .hasLineCount(1);
    }

    @Test
    void aConfigurationThatIsNoTomlOrNotThereIsNamed() throws IOException {
        Command.Result garbage = withConfig("this is = = no toml\n");
        assertThat(garbage.code()).isEqualTo(78);
        assertThat(garbage.err()).startsWith("gantryd: ").contains("config.toml").hasLineCount(1);
        Path absent = NODE.home().resolve("absent.toml");
        Command.Result missing = gantryd("--config", absent.toString());
        assertThat(missing.code()).isEqualTo(78);
        assertThat(missing.err())
                .startsWith("gantryd: ")
                .contains(absent.toString())
                .hasLineCount(1);
    }

    @Test
    void whoIsNotRootGetsOneClearLine() {
        List<String> words = new ArrayList<>();
        words.addAll(
                List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        // Only to read the program, wherever it is built.
        words.addAll(List.of("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"));
        words.add(GantryDaemon.tree().resolve("bin/gantryd").toString());
        Command.Result refused = Command.of(words).run();
        assertThat(refused.code()).as("%s", refused).isEqualTo(77);
        assertThat(refused.err())
                .isEqualTo(
                        "gantryd: it must run as root, for it makes namespaces, mounts and"
                                + " cgroups: try sudo\n");
        assertThat(refused.out()).isEmpty();
    }

    @Test
    void anUnknownOptionIsOneLine() {
        Command.Result refused = gantryd("--nonsense");
        assertThat(refused.code()).isEqualTo(64);
        assertThat(refused.err()).startsWith("gantryd: ").contains("--nonsense").hasLineCount(1);
    }

    private static Command.Result withConfig(String text) throws IOException {
        Path home = NODE.bed().newHome();
        Path config = home.resolve("config.toml");
        Files.writeString(config, text);
        Command.Result result = gantryd("--config", config.toString());
        NODE.bed().discard(home);
        return result;
    }

    private static Command.Result gantryd(String... words) {
        List<String> all = new ArrayList<>();
        all.add(GantryDaemon.tree().resolve("bin/gantryd").toString());
        all.addAll(List.of(words));
        return Command.of(all).run();
    }

    /** Standard error may hold the log of the start before. */
    private static String lastLine(Command.Result result) {
        return result.err().lines().reduce((_, last) -> last).orElse("");
    }
}
