package io.gantry.e2e.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.e2e.harness.Await;
import io.gantry.e2e.harness.HostLeakExtension;
import io.gantry.e2e.harness.HostState;
import io.gantry.e2e.harness.Node;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * kill -9 of the daemon at random moments, its start included, while pods, containers and images
 * are made and removed. Reproduced, as far as time can be, by the seed that it prints.
 */
class KillStormE2eIT {

    @RegisterExtension static final Node NODE = Node.own();

    private static final int KILLS = Integer.getInteger("gantry.e2e.kills", 100);
    private static final long SEED = Long.getLong("gantry.e2e.seed", System.nanoTime());
    private static final int WORKERS = 2;

    /** How often the daemon dies before it is ready. */
    private static final double AT_START = 0.4;

    private static final Duration START = Await.seconds(1);

    @Test
    void afterManyDeathsAndRemovalNothingIsLeft() throws Exception {
        System.out.println("kill storm: " + KILLS + " kills, -Dgantry.e2e.seed=" + SEED);
        NODE.cri().imageList().forEach(image -> NODE.cri().removeImage(image.getId()));
        HostState before = HostState.of(NODE.daemon());
        Random random = new Random(SEED);
        List<StormLoad> loads = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            loads.add(StormLoad.pods(NODE, i, random.nextLong()));
        }
        loads.add(StormLoad.engine(NODE, WORKERS, random.nextLong()));
        loads.forEach(StormLoad::start);
        awaitRounds(loads);
        // As long as this machine takes when nothing is new to the daemon, so that deaths are amid
        // it.
        Duration work = awaitRounds(loads);
        for (int kill = 0; kill < KILLS; kill++) {
            strike(random, work);
        }
        NODE.daemon().awaitReady();
        awaitRounds(loads);
        loads.forEach(StormLoad::finish);

        assertThat(loads).allSatisfy(load -> assertThat(load.complaints()).isEmpty());
        NODE.daemon().removeEverything();
        NODE.cri().imageList().forEach(image -> NODE.cri().removeImage(image.getId()));
        assertThat(NODE.cri().pods()).isEmpty();
        assertThat(NODE.cri().containers()).isEmpty();
        assertThat(NODE.cri().imageList()).isEmpty();
        HostLeakExtension.check(NODE.daemon(), before, -1);
        HostileLayersE2eIT.assertNoHalfImage(NODE);
        NODE.daemon().stop();
        assertThat(rows(NODE.daemon().root().resolve("gantry.db"))).isEmpty();
    }

    /** Waits until each has done a round more; returns how long that took. */
    private static Duration awaitRounds(List<StormLoad> loads) {
        long start = System.nanoTime();
        List<Integer> before = loads.stream().map(StormLoad::rounds).toList();
        Await.until(
                () -> "a round of each load: " + loads.stream().map(StormLoad::complaints).toList(),
                Await.seconds(60),
                () ->
                        IntStream.range(0, loads.size())
                                .allMatch(i -> loads.get(i).rounds() > before.get(i)));
        return Duration.ofNanos(System.nanoTime() - start);
    }

    /**
     * Kills the daemon at a random moment of its start, or of the first {@code work} after that,
     * and starts it again.
     */
    private static void strike(Random random, Duration work) {
        if (random.nextDouble() < AT_START) {
            Await.pass(part(START, random));
        } else {
            NODE.daemon().awaitReady();
            Await.pass(part(work, random));
        }
        NODE.daemon().kill();
        NODE.daemon().spawn();
    }

    private static Duration part(Duration most, Random random) {
        return Duration.ofNanos(random.nextLong(most.toNanos()));
    }

    /** Number of rows by table, where there are any but the schema's own and that of the boot. */
    private static Map<String, Integer> rows(Path database) throws SQLException {
        Map<String, Integer> counts = new TreeMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet names =
                    statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'table'")) {
                while (names.next()) {
                    tables.add(names.getString(1));
                }
            }
            assertThat(tables).contains("runtime_record", "image_image");
            for (String table : tables) {
                String which = table.equals("runtime_record") ? " WHERE kind <> 'boot'" : "";
                try (ResultSet count =
                        statement.executeQuery("SELECT count(*) FROM " + table + which)) {
                    if (count.getInt(1) > 0 && !table.endsWith("_schema")) {
                        counts.put(table, count.getInt(1));
                    }
                }
            }
        }
        return counts;
    }
}
