package io.gantry.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.Tasks;
import io.gantry.base.error.DeadlineExceededException;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordsTest {

    @TempDir Path directory;
    private Database database;
    private Records<Thing> things;

    record Thing(String id, int size) {}

    @BeforeEach
    void open() {
        database = Database.open(file());
        things = records();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Path file() {
        return directory.resolve("test.db");
    }

    private Records<Thing> records() {
        return new Records<>(database, "thing", Thing.class, Thing::id);
    }

    @Test
    void recordSurvivesTheProcess() {
        things.put(new Thing("a", 1));
        things.update("a", thing -> new Thing("a", thing.size() + 1));
        database.close();
        database = Database.open(file());

        Records<Thing> again = records();
        again.load();

        assertThat(again.find("a")).contains(new Thing("a", 2));
    }

    @Test
    void removedRecordIsGone() {
        things.put(new Thing("a", 1));
        things.remove("a");
        things.remove("a");
        Records<Thing> again = records();
        again.load();
        assertThat(things.find("a")).isEmpty();
        assertThat(again.list(any -> true)).isEmpty();
    }

    @Test
    void refusedTransitionChangesNothing() {
        things.put(new Thing("a", 1));
        assertThatThrownBy(
                        () ->
                                things.update(
                                        "a",
                                        thing -> {
                                            throw new FailedPreconditionException("no");
                                        }))
                .isInstanceOf(FailedPreconditionException.class);
        assertThat(things.find("a")).contains(new Thing("a", 1));
    }

    @Test
    void failedWriteIsNotPublished() {
        things.put(new Thing("a", 1));
        database.close();
        assertThatThrownBy(() -> things.update("a", thing -> new Thing("a", 2)))
                .isInstanceOf(RuntimeException.class);
        assertThat(things.find("a")).contains(new Thing("a", 1));
        database = Database.open(file());
    }

    @Test
    void updateOfAnUnknownRecordIsEmpty() {
        assertThat(things.update("a", thing -> thing)).isEmpty();
    }

    @Test
    void uniquePrefixFindsARecord() {
        things.put(new Thing("abc1", 1));
        things.put(new Thing("abd2", 2));
        things.put(new Thing("ab", 3));
        assertThat(things.resolve("abc")).contains(new Thing("abc1", 1));
        assertThat(things.resolve("ab")).contains(new Thing("ab", 3));
        assertThat(things.resolve("x")).isEmpty();
        assertThatThrownBy(() -> things.resolve("a"))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("fits more than one");
        assertThatThrownBy(() -> things.resolve("")).isInstanceOf(InvalidArgumentException.class);
    }

    @Test
    void waiterIsToldOfAChange() {
        things.put(new Thing("a", 1));
        Tasks.start("change", () -> things.put(new Thing("a", 2)));
        assertThat(things.await("a", thing -> thing.size() == 2, soon()))
                .contains(new Thing("a", 2));
    }

    @Test
    void waiterIsToldOfTheRemoval() {
        things.put(new Thing("a", 1));
        Tasks.start("remove", () -> things.remove("a"));
        assertThat(things.await("a", thing -> false, soon())).isEmpty();
    }

    @Test
    void waitEndsAtTheDeadline() {
        things.put(new Thing("a", 1));
        Deadline now = Deadline.after(Duration.ofMillis(1), Clock.SYSTEM);
        assertThatThrownBy(() -> things.await("a", thing -> false, now))
                .isInstanceOf(DeadlineExceededException.class);
        assertThat(things.reaches("a", thing -> false, now)).isFalse();
        assertThat(things.reaches("a", thing -> true, now)).isTrue();
    }

    @Test
    void unknownFieldIsRefused() {
        database.put(
                "thing",
                "a",
                1,
                "{\"id\":\"a\",\"size\":1,\"color\":2}".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> records().load())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("thing a")
                .hasMessageContaining("color");
    }

    @Test
    void recordOfAnotherVersionIsRefused() {
        database.put("thing", "a", 2, new byte[0]);
        assertThatThrownBy(() -> records().load())
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("version 2");
    }

    @Test
    void tablesOfALaterProgramAreRefused() throws SQLException {
        database.close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO runtime_schema VALUES (99)");
        }
        assertThatThrownBy(() -> Database.open(file()))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("version 99");
        database = Database.open(directory.resolve("other.db"));
    }

    private static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(1), Clock.SYSTEM);
    }
}
