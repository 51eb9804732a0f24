package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.GatePlugin;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.Node;
import io.gantry.e2e.harness.Requests;
import io.gantry.proto.cri.ContainerConfig;
import io.gantry.proto.cri.ContainerState;
import io.gantry.proto.cri.PodSandboxConfig;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * kill -9 of the daemon at each record that a verb writes after something that it did: that is
 * done, and nobody has noted it down. The next daemon takes it up or back, the same call succeeds,
 * and so does all that follows.
 */
@DisabledIfSystemProperty(
        named = "gantry.test.kernel",
        matches = "uml",
        disabledReason = "a start of the daemon for each record takes too long there")
class RecordKillsE2eIT {

    @RegisterExtension static final Node NODE = Node.own();
    @RegisterExtension final HostLeakExtension leaks = new HostLeakExtension(NODE);

    /** A transaction of the daemon's takes a few milliseconds; these are some hundred of them. */
    private static final int STILL = 25;

    private static GatePlugin plugin;

    private PodSandboxConfig pod;
    private ContainerConfig container;
    private String sandbox = "";
    private String id = "";

    @BeforeAll
    static void usePlugin() throws IOException {
        NODE.daemon().removeEverything();
        NODE.daemon().stop();
        plugin = GatePlugin.install(NODE.home(), NODE.daemon());
        NODE.daemon().start();
        NODE.cri().removePod(NODE.cri().runPod(NODE.pod("warm-up").build()));
    }

    @BeforeEach
    void describe() {
        pod = NODE.pod("records").build();
        container = Requests.script("c", NODE.image(), "sleep 1000").build();
    }

    @AfterEach
    void goOn() throws Exception {
        if (!NODE.daemon().isAlive()) {
            letGo();
            NODE.daemon().start();
        }
        NODE.daemon().removeEverything();
        assertThat(plugin.held()).isEmpty();
    }

    /** A pod's life; each step can be asked for again. */
    private Map<String, Runnable> life() {
        Map<String, Runnable> life = new LinkedHashMap<>();
        life.put("run", () -> sandbox = NODE.cri().runPod(pod));
        life.put("create", () -> id = NODE.cri().create(sandbox, pod, container));
        life.put("start", this::startUnlessItRuns);
        life.put("stop", () -> NODE.cri().stop(id, 0));
        life.put("remove", () -> NODE.cri().remove(id));
        life.put("stop pod", () -> NODE.cri().stopPod(sandbox));
        life.put("remove pod", () -> NODE.cri().removePod(sandbox));
        return life;
    }

    /** The next daemon may have found that the process runs. */
    private void startUnlessItRuns() {
        if (NODE.cri().status(id).getState() == ContainerState.CONTAINER_CREATED) {
            NODE.cri().start(id);
        }
        assertThat(NODE.cri().shell(id, "echo here")).isEqualTo("here\n");
    }

    @ParameterizedTest(name = "{0}: {1} of {2} with {3} but {4}")
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "run, INSERT, pod sandbox, '\"networkAttached\":false%\"shim\":{%\"CREATING\"', -",
                "run, INSERT, pod sandbox, '\"READY\"', -",
                "create, INSERT, container, '\"CREATED\"', -",
                "start, INSERT, container, '\"RUNNING\"', -",
                "stop, INSERT, container, '\"EXITED\"', -",
                "remove, DELETE, container, '', -",
                "stop pod, INSERT, pod sandbox, '\"NOTREADY\"', '\"shim\":{'",
                "remove pod, DELETE, pod sandbox, '', -",
            })
    void atARecordTheNextDaemonTakesUpOrBackWhatItFinds(
            String verb, String write, String kind, String with, String but) throws Exception {
        Map<String, Runnable> life = life();
        for (var step : life.entrySet()) {
            if (step.getKey().equals(verb)) {
                standStill(write, kind, with, but);
                killIn(step.getValue());
                letGo();
                NODE.daemon().start();
            }
            step.getValue().run();
        }
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(NODE.cri().containers()).isEmpty();
        assertThat(plugin.held()).isEmpty();
    }

    private static void killIn(Runnable call) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> lost = clients.submit(call);
            int[] busy = new int[1];
            Await.until(
                    () -> "a write that stands still; the call is done: " + lost.isDone(),
                    Await.seconds(60),
                    () -> {
                        busy[0] = isWritten() ? busy[0] + 1 : 0;
                        return busy[0] == STILL;
                    });
            NODE.daemon().kill();
            assertThat(catchThrowable(lost::get)).isNotNull();
        }
    }

    private static String database() {
        return "jdbc:sqlite:" + NODE.daemon().root().resolve("gantry.db");
    }

    /** Whether somebody is in the middle of a transaction. */
    private static boolean isWritten() throws SQLException {
        try (Connection connection = DriverManager.getConnection(database());
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 0");
            try {
                statement.execute("BEGIN IMMEDIATE");
                statement.execute("ROLLBACK");
                return false;
            } catch (SQLException e) {
                assertThat(e.getMessage()).contains("SQLITE_BUSY");
                return true;
            }
        }
    }

    /** From now on such a write has no end. */
    private static void standStill(String write, String kind, String with, String but)
            throws SQLException {
        String row = write.equals("INSERT") ? "NEW" : "OLD";
        execute(
                "CREATE VIEW endless AS WITH RECURSIVE c(x) AS"
                        + " (VALUES(1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
                """
                CREATE TRIGGER stillness BEFORE %s ON runtime_record
                WHEN %s.kind = '%s' AND CAST(%s.json AS TEXT) LIKE '%%%s%%'
                AND CAST(%s.json AS TEXT) NOT LIKE '%%%s%%'
                BEGIN SELECT (SELECT count(*) FROM endless); END
                """
                        .formatted(
                                write,
                                row,
                                kind,
                                row,
                                with,
                                row,
                                but.equals("-") ? "nobody" : but));
    }

    private static void letGo() throws SQLException {
        execute("DROP TRIGGER IF EXISTS stillness", "DROP VIEW IF EXISTS endless");
    }

    private static void execute(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database());
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }
}
