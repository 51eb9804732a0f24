package io.gantry.image.metadata;

import io.gantry.base.DiskReserve;
import io.gantry.base.Tasks;
import io.gantry.base.error.ResourceExhaustedException;
import io.gantry.base.error.UnavailableException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The one platform thread that talks to SQLite, which blocks in native code and would pin the
 * carrier of a virtual one. An interrupt of a caller takes effect after its transaction: it is
 * never left open what became of it.
 */
final class WriterThread implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(WriterThread.class);

    /** How long another program may keep a transaction from its work. */
    private static final int PATIENCE_MILLIS = 10_000;

    /** The same after one waited so long in vain: who comes next is not to wait as long again. */
    private static final int IMPATIENCE_MILLIS = 100;

    private final ExecutorService thread = Tasks.nativePool("image-metadata", 1);
    private final Path file;
    private final DiskReserve reserve;
    private final SQLiteConnection connection;

    /** Whether another program kept out the last transaction; known to the thread. */
    private boolean keptOut;

    private WriterThread(Path file) {
        this.file = file;
        this.reserve = DiskReserve.beside(file);
        this.connection = await("open", thread.submit(() -> connect(file)));
    }

    /** What is done in a transaction. */
    @FunctionalInterface
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    /** Prepares the tables in the first transaction. */
    @FunctionalInterface
    interface Preparation {
        void run(Connection connection) throws SQLException;
    }

    static WriterThread open(Path file, Preparation preparation) {
        WriterThread writer = new WriterThread(file);
        try {
            writer.run(
                    "prepare tables",
                    connection -> {
                        preparation.run(connection);
                        return true;
                    });
        } catch (MetadataException e) {
            writer.close();
            throw e;
        }
        return writer;
    }

    /** Runs a transaction and waits for it. */
    <T> T run(String what, Work<T> work) {
        return await(what, thread.submit(() -> patiently(work)));
    }

    /**
     * Runs a transaction that, once this returns, no loss of power takes back; nor does it then
     * take back an earlier one.
     */
    <T> T runDurably(String what, Work<T> work) {
        return await(what, thread.submit(() -> durably(work)));
    }

    /** As {@link #run}, of what makes room: on a full file system some is given up for it. */
    <T> T runFreeing(String what, Work<T> work) {
        return freeing(what, () -> run(what, work));
    }

    /** As {@link #runDurably}, of what makes room. */
    <T> T runFreeingDurably(String what, Work<T> work) {
        return freeing(what, () -> runDurably(what, work));
    }

    /** Keeps room back again, where there is some. */
    void keepReserve() {
        reserve.keep();
    }

    private <T> T freeing(String what, Supplier<T> work) {
        try {
            return work.get();
        } catch (ResourceExhaustedException e) {
            if (!reserve.release()) {
                throw e;
            }
            log.atWarn().addKeyValue("for", what).log("gave up the room that was kept back");
            return work.get();
        }
    }

    @Override
    public void close() {
        await(
                "close",
                thread.submit(
                        () -> {
                            connection.close();
                            return true;
                        }));
        thread.shutdown();
    }

    private <T> T patiently(Work<T> work) throws SQLException {
        connection.setBusyTimeout(keptOut ? IMPATIENCE_MILLIS : PATIENCE_MILLIS);
        try {
            T result = transaction(work);
            keptOut = false;
            return result;
        } catch (SQLiteException e) {
            keptOut = e.getResultCode() == SQLiteErrorCode.SQLITE_BUSY;
            throw e;
        }
    }

    private <T> T transaction(Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            T result = work.run(connection);
            // Commits. The driver's commit() would begin the next transaction at once and keep
            // everybody else's connection out until that one ends.
            connection.setAutoCommit(true);
            return result;
        } catch (SQLException | RuntimeException e) {
            takeBack(e);
            throw e;
        }
    }

    /** One that another program kept from its beginning cannot be: what happened is told first. */
    private void takeBack(Exception why) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            why.addSuppressed(e);
        }
        try {
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            why.addSuppressed(e);
        }
    }

    /** In a write-ahead log NORMAL flushes at checkpoints only, FULL at each end as well. */
    private <T> T durably(Work<T> work) throws SQLException {
        execute("PRAGMA synchronous = FULL");
        try {
            return patiently(work);
        } finally {
            execute("PRAGMA synchronous = NORMAL");
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static SQLiteConnection connect(Path file) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
        config.setBusyTimeout(PATIENCE_MILLIS);
        // A reader that becomes a writer later could be refused; all of these may.
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        return (SQLiteConnection) config.createConnection("jdbc:sqlite:" + file);
    }

    private <T> T await(String what, Future<T> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            String message = "image database " + file + ": " + what + ": " + cause.getMessage();
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
            throw new MetadataException(message, cause);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
