package io.gantry.runtime.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptStatementTest {

    @TempDir Path directory;

    @Test
    void aStatementServesAgainAfterItFailed() throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("db"));
                Statement other = connection.createStatement()) {
            other.execute("CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
            KeptStatement insert =
                    new KeptStatement(connection, "INSERT INTO word (text) VALUES (?)");

            assertThat(insert.execute(statement -> statement.setString(1, "one"))).isEqualTo(1);
            assertThatThrownBy(() -> insert.execute(statement -> statement.setString(1, null)))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("NOT NULL");
            assertThatThrownBy(() -> insert.execute(_ -> {})).isInstanceOf(SQLException.class);
            assertThat(insert.execute(statement -> statement.setString(1, "two"))).isEqualTo(1);
            assertThat(insert.execute(statement -> statement.setString(1, "three"))).isEqualTo(1);

            try (ResultSet row =
                    other.executeQuery("SELECT group_concat(text, ' ') FROM word ORDER BY id")) {
                assertThat(row.getString(1)).isEqualTo("one two three");
            }
        }
    }
}
