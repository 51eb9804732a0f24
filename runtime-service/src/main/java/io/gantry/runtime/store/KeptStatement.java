package io.gantry.runtime.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A statement that changes rows, prepared once and kept until it fails: the driver closes one that
 * does, as on a full disk. For one thread. It ends with its connection.
 */
final class KeptStatement {

    private final Connection connection;
    private final String sql;
    private @Nullable PreparedStatement prepared;

    KeptStatement(Connection connection, String sql) {
        this.connection = connection;
        this.sql = sql;
    }

    /** Returns how many rows it changed; what {@code values} set is not kept. */
    int execute(Values values) throws SQLException {
        PreparedStatement statement =
                prepared == null ? connection.prepareStatement(sql) : prepared;
        prepared = null;
        try {
            values.set(statement);
            int changed = statement.executeUpdate();
            statement.clearParameters();
            prepared = statement;
            return changed;
        } finally {
            if (prepared == null) {
                statement.close();
            }
        }
    }

    /** Sets the values of a statement. */
    @FunctionalInterface
    interface Values {
        void set(PreparedStatement statement) throws SQLException;
    }
}
