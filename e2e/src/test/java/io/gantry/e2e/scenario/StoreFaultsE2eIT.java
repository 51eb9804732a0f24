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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A database that refuses one record, by a trigger that somebody put there: every verb at each of
 * its writes. The call says so, leaves nothing, and the same call succeeds once it can be written.
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
        String info = NODE.cri().verboseStatus(id).getInfoOrThrow("info");
        Matcher pid = Pattern.compile("\"pid\":(\\d+)").matcher(info);
        assertThat(pid.find()).as(info).isTrue();
        Command.of("kill", "-9", pid.group(1)).run().orThrow();
        Await.until("a refusal", Await.seconds(60), () -> refusals() > before);
        write();
        assertThat(NODE.cri().awaitExit(id).getExitCode()).isEqualTo(128 + 9);
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
}
