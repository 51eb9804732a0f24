package io.gantry.runtime.store;

import io.gantry.base.DiskReserve;
import io.gantry.base.Tasks;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.UnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * Rows of bytes by kind and id. Thread-safe: one platform thread does all the work, because SQLite
 * blocks in native code and would pin the carrier of a virtual one.
 *
 * <p>A write is in the file when the call returns: it survives the death of this process, though
 * not always one of the machine, which no sandbox survives either.
 */
public final class Database implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Database.class);

    private static final int SCHEMA = 1;

    /** How long another program may keep a call from its work. */
    private static final int PATIENCE_MILLIS = 10_000;

    /** The same after one waited so long in vain: who comes next is not to wait as long again. */
    private static final int IMPATIENCE_MILLIS = 100;

    private final ExecutorService thread = Tasks.nativePool("runtime-store", 1);
    private final Path file;
    private final DiskReserve reserve;
    private final Statements statements;

    /** Whether another program kept out the last call; known to the thread. */
    private boolean keptOut;

    private Database(Path file) {
        this.file = file;
        this.reserve = DiskReserve.beside(file);
        this.statements = await("open", thread.submit(() -> Statements.open(file)));
    }

    /**
     * Opens or creates the tables in {@code file}, which may hold tables of others.
     *
     * @throws StoreException when that fails, or a later version wrote them
     */
    public static Database open(Path file) {
        return new Database(file);
    }

    void put(String kind, String id, int version, byte[] json) {
        call("write " + kind + " " + id, () -> statements.put(kind, id, version, json));
    }

    /** As {@link #put}, of a row that is there: on a full disk some room is given up for it. */
    void replace(String kind, String id, int version, byte[] json) {
        freeing("change " + kind + " " + id, () -> statements.put(kind, id, version, json));
    }

    /** On a full disk some room is given up for it. */
    void delete(String kind, String id) {
        freeing("delete " + kind + " " + id, () -> statements.delete(kind, id));
    }

    Map<String, Row> all(String kind) {
        return call("read " + kind, () -> statements.all(kind));
    }

    @Override
    public void close() {
        call("close", statements::close);
        thread.shutdown();
    }

    private <T> void freeing(String what, Work<T> work) {
        try {
            call(what, work);
        } catch (ResourceExhaustedException e) {
            if (!reserve.release()) {
                throw e;
            }
            log.atWarn().addKeyValue("for", what).log("gave up the room that was kept back");
            call(what, work);
        }
    }

    private <T> T call(String what, Work<T> work) {
        return await(what, thread.submit(() -> patiently(work)));
    }

    private <T> T await(String what, Future<T> work) {
        try {
            return work.get();
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            if (cause instanceof SQLiteException sqlite
                    && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_FULL) {
                throw new ResourceExhaustedException(
                        "the file system of " + file.getParent() + " is full: " + what, cause);
            }
            if (cause instanceof SQLiteException sqlite
                    && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_BUSY) {
                throw new UnavailableException(
                        what + ": another program keeps " + file + " locked", cause);
            }
            throw new StoreException(what + " in " + file + ": " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreException(what + " in " + file + ": interrupted", e);
        }
    }

    private <T> T patiently(Work<T> work) throws SQLException {
        statements.waitFor(keptOut ? IMPATIENCE_MILLIS : PATIENCE_MILLIS);
        try {
            T result = work.run();
            keptOut = false;
            return result;
        } catch (SQLiteException e) {
            keptOut = e.getResultCode() == SQLiteErrorCode.SQLITE_BUSY;
            throw e;
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws SQLException;
    }

    /** A stored record in the format of {@code version}. */
    @SuppressWarnings("ArrayRecordComponent") // parsed at once, never compared
    record Row(int version, byte[] json) {}

    /** The connection and what is said over it; used by the one thread only. */
    private record Statements(
            SQLiteConnection connection, KeptStatement insert, KeptStatement remove) {

        static Statements open(Path file) throws SQLException {
            SQLiteConfig config = new SQLiteConfig();
            config.setJournalMode(SQLiteConfig.JournalMode.WAL);
            config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
            config.setBusyTimeout(PATIENCE_MILLIS);
            SQLiteConnection connection =
                    (SQLiteConnection) config.createConnection("jdbc:sqlite:" + file);
            try {
                migrate(connection);
                return new Statements(
                        connection,
                        new KeptStatement(
                                connection,
                                "INSERT OR REPLACE INTO runtime_record VALUES (?, ?, ?, ?)"),
                        new KeptStatement(
                                connection,
                                "DELETE FROM runtime_record WHERE kind = ? AND id = ?"));
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        }

        private static void migrate(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        "CREATE TABLE IF NOT EXISTS runtime_schema (version INTEGER NOT NULL)");
                int found;
                try (ResultSet row =
                        statement.executeQuery("SELECT max(version) FROM runtime_schema")) {
                    found = row.next() ? row.getInt(1) : 0;
                }
                if (found > SCHEMA) {
                    throw new SQLException(
                            "tables have version " + found + ", this program knows " + SCHEMA);
                }
                if (found < SCHEMA) {
                    statement.execute("BEGIN IMMEDIATE");
                    statement.execute(
                            "CREATE TABLE IF NOT EXISTS runtime_record (kind TEXT NOT NULL, id TEXT"
                                + " NOT NULL, version INTEGER NOT NULL, json BLOB NOT NULL, PRIMARY"
                                + " KEY (kind, id)) WITHOUT ROWID");
                    statement.execute("INSERT INTO runtime_schema VALUES (" + SCHEMA + ")");
                    statement.execute("COMMIT");
                }
            }
        }

        /** For how long another program may keep the next of these from its work. */
        void waitFor(int millis) throws SQLException {
            connection.setBusyTimeout(millis);
        }

        int put(String kind, String id, int version, byte[] json) throws SQLException {
            return insert.execute(
                    statement -> {
                        statement.setString(1, kind);
                        statement.setString(2, id);
                        statement.setInt(3, version);
                        statement.setBytes(4, json);
                    });
        }

        int delete(String kind, String id) throws SQLException {
            return remove.execute(
                    statement -> {
                        statement.setString(1, kind);
                        statement.setString(2, id);
                    });
        }

        Map<String, Row> all(String kind) throws SQLException {
            Map<String, Row> rows = new LinkedHashMap<>();
            try (PreparedStatement select =
                    connection.prepareStatement(
                            "SELECT id, version, json FROM runtime_record WHERE kind = ?")) {
                select.setString(1, kind);
                try (ResultSet result = select.executeQuery()) {
                    while (result.next()) {
                        rows.put(
                                result.getString(1), new Row(result.getInt(2), result.getBytes(3)));
                    }
                }
            }
            return rows;
        }

        int close() throws SQLException {
            connection.close();
            return 0;
        }
    }
}
