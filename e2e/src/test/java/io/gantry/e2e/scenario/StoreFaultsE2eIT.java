package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.Command;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.e2e.harness.Texts;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.PodSandboxConfig;
import io.grpc.Status;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A database that refuses one record, by a trigger that somebody put there: every verb at each of
 * its writes; and one that another program keeps locked: every verb. The call says so, leaves
 * nothing, and the same call succeeds once it can be written.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "nothing of it is the kernel's")
class StoreFaultsE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    private static final String REFUSAL = "refused by the test";

    private PodSandboxConfig pod;
    private ContainerConfig container;

    @BeforeEach
    void describe() {
        pod = NODE.pod("store").build();
        container =
                Requests.script("c", NODE.image(), "trap 'exit 0' TERM; while :; do sleep 1; done")
                        .build();
    }

    /** Else nothing could be removed. */
    @AfterEach
    void writeAgain() throws SQLException {
        write();
    }

    private static void execute(String sql) throws SQLException {
        String database = "jdbc:sqlite:" + NODE.daemon().root().resolve("gantry.db");
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Refuses records of that kind in that state from now on. */
    private static void refuse(String kind, String state) throws SQLException {
        execute(
                """
                CREATE TRIGGER refusal BEFORE INSERT ON runtime_record
                WHEN NEW.kind = '%s' AND CAST(NEW.json AS TEXT) LIKE '%%"state":"%s"%%'
                BEGIN SELECT RAISE(ABORT, '%s'); END
                """
                        .formatted(kind, state, REFUSAL));
    }

    private static void write() throws SQLException {
        execute("DROP TRIGGER IF EXISTS refusal");
    }

    private static void assertRefused(Runnable call) {
        Failures.is(catchThrowable(call::run), Status.Code.DATA_LOSS, REFUSAL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CREATING", "READY"})
    void aPodThatCannotBeRecordedIsNotThere(String state) throws SQLException {
        refuse("pod sandbox", state);
        assertRefused(() -> NODE.cri().runPod(pod));
        assertThat(NODE.cri().pods()).isEmpty();
        write();
        assertThat(NODE.cri().runPod(pod)).isNotEmpty();
    }

    @Test
    void aContainerThatCannotBeRecordedIsNotThere() throws SQLException {
        String sandbox = NODE.cri().runPod(pod);
        refuse("container", "CREATED");
        assertRefused(() -> NODE.cri().create(sandbox, pod, container));
        assertThat(NODE.cri().containers()).isEmpty();
        write();
        assertThat(NODE.cri().create(sandbox, pod, container)).isNotEmpty();
    }

    @Test
    void aStartThatCannotBeRecordedEndsTheProcessAndTheNextOneSucceeds() throws SQLException {
        String sandbox = NODE.cri().runPod(pod);
        String id = NODE.cri().create(sandbox, pod, container);
        execute(
                """
                CREATE TRIGGER refusal BEFORE INSERT ON runtime_record WHEN NEW.kind = 'container'
                BEGIN SELECT RAISE(ABORT, '%s'); END
                """
                        .formatted(REFUSAL));
        assertRefused(() -> NODE.cri().start(id));
        assertThat(NODE.cri().status(id).getState()).isEqualTo(ContainerState.CONTAINER_CREATED);
        write();
        NODE.cri().start(id);
        assertThat(NODE.cri().shell(id, "echo here")).isEqualTo("here\n");
    }

    @Test
    void anEndThatCannotBeRecordedIsRecordedWhenItCan() throws SQLException {
        String id = NODE.run(pod, container);
        refuse("container", "EXITED");
        long before = refusals();
        Command.of("kill", "-9", pidOf(id)).run().orThrow();
        Await.until("a refusal", Await.seconds(60), () -> refusals() > before);
        write();
        assertThat(NODE.cri().awaitExit(id).getExitCode()).isEqualTo(128 + 9);
    }

    private static String pidOf(String id) {
        String info = NODE.cri().verboseStatus(id).getInfoOrThrow("info");
        Matcher pid = Pattern.compile("\"pid\":(\\d+)").matcher(info);
        assertThat(pid.find()).as(info).isTrue();
        return pid.group(1);
    }

    private static long refusals() {
        return Texts.read(NODE.daemon().log())
                .lines()
                .filter(line -> line.contains("end cannot be recorded"))
                .count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"container", "pod sandbox"})
    void aRemovalThatCannotBeRecordedIsDoneByTheNext(String kind) throws SQLException {
        String sandbox = NODE.cri().runPod(pod);
        String id = NODE.cri().create(sandbox, pod, container);
        execute(
                """
                CREATE TRIGGER refusal BEFORE DELETE ON runtime_record WHEN OLD.kind = '%s'
                BEGIN SELECT RAISE(ABORT, '%s'); END
                """
                        .formatted(kind, REFUSAL));
        if (kind.equals("container")) {
            assertRefused(() -> NODE.cri().remove(id));
        }
        assertRefused(() -> NODE.cri().removePod(sandbox));
        write();
        NODE.cri().removePod(sandbox);
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(NODE.cri().containers()).isEmpty();
    }

    private static PodSandboxConfig pod(String name) {
        return NODE.pod(name).build();
    }

    private String created(String name) {
        return NODE.cri().create(NODE.cri().runPod(pod(name)), pod(name), container);
    }

    private static String podOf(String id) {
        return NODE.cri().containers().stream()
                .filter(each -> each.getId().equals(id))
                .findFirst()
                .orElseThrow()
                .getPodSandboxId();
    }

    /** One call for each verb, by its name; each on a pod of its own, for those take turns. */
    private Map<String, Runnable> verbs() {
        Map<String, Runnable> verbs = new LinkedHashMap<>();
        verbs.put("run", () -> NODE.cri().runPod(pod("run")));
        String empty = NODE.cri().runPod(pod("create"));
        verbs.put("create", () -> NODE.cri().create(empty, pod("create"), container));
        String waiting = created("start");
        verbs.put("start", () -> NODE.cri().start(waiting));
        String stopped = NODE.run(pod("stop"), container);
        verbs.put("stop", () -> NODE.cri().stop(stopped, 0));
        String removed = created("remove");
        verbs.put("remove", () -> NODE.cri().remove(removed));
        String down = NODE.cri().runPod(pod("stop-pod"));
        verbs.put("stop pod", () -> NODE.cri().stopPod(down));
        String away = podOf(NODE.run(pod("remove-pod"), container));
        verbs.put("remove pod", () -> NODE.cri().removePod(away));
        verbs.put("pull", () -> NODE.cri().pull(NODE.image()));
        verbs.put("remove image", () -> NODE.cri().removeImage(NODE.bed().defaults()));
        return verbs;
    }

    @Test
    void whatAnotherProgramsLockKeepsFromBeingRecordedIsToldOfAndSucceedsAfterwards()
            throws Exception {
        NODE.cri().pull(NODE.bed().defaults());
        Map<String, Runnable> verbs = verbs();
        String ends = NODE.run(pod("ends"), container);
        Map<String, Future<?>> calls = new LinkedHashMap<>();
        String database = "jdbc:sqlite:" + NODE.daemon().root().resolve("gantry.db");
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement();
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            statement.execute("BEGIN IMMEDIATE");
            verbs.forEach((verb, call) -> calls.put(verb, clients.submit(call)));
            Command.of("kill", "-9", pidOf(ends)).run().orThrow();
            SoftAssertions.assertSoftly(
                    all ->
                            calls.forEach(
                                    (verb, call) ->
                                            all.assertThat(catchThrowable(call::get))
                                                    .as(verb)
                                                    .cause()
                                                    .hasMessageStartingWith("UNAVAILABLE")));
            assertThat(NODE.cri().status(ends).getId()).isEqualTo(ends);
            statement.execute("ROLLBACK");
        }
        verbs.values().forEach(Runnable::run);
        assertThat(NODE.cri().awaitExit(ends).getExitCode()).isEqualTo(128 + 9);
    }
}
