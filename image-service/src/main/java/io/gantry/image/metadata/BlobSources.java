package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where blobs are in registries: a push has them mounted from there. Only a hint, since a registry
 * may have lost them; a loss of these rows costs uploads, nothing else. Thread-safe.
 */
public final class BlobSources {

    /** Repositories that are remembered for one blob; a base layer is in many. */
    static final int MAX_PER_BLOB = 8;

    private final WriterThread writer;

    BlobSources(WriterThread writer) {
        this.writer = writer;
    }

    /** Records that a repository has these blobs now. */
    public void put(BlobSource source, Collection<Digest> blobs, Instant seen) {
        writer.run(
                "record what " + source.repository() + " has",
                connection -> {
                    for (Digest blob : blobs) {
                        insert(connection, source, blob, seen);
                        forgetEldest(connection, blob);
                    }
                    return true;
                });
    }

    /** The repositories that have a blob, the one that was seen last first. */
    public Map<Digest, List<BlobSource>> find(Collection<Digest> blobs) {
        return writer.run(
                "read where blobs are",
                connection -> {
                    Map<Digest, List<BlobSource>> found = new LinkedHashMap<>();
                    for (Digest blob : blobs) {
                        found.put(blob, find(connection, blob));
                    }
                    return found;
                });
    }

    /** The blobs of which anything is known, in no order. */
    public List<Digest> blobs() {
        return writer.run(
                "read which blobs are somewhere",
                connection -> {
                    List<Digest> blobs = new ArrayList<>();
                    try (Statement statement = connection.createStatement();
                            ResultSet row =
                                    statement.executeQuery(
                                            "SELECT DISTINCT blob FROM image_blob_source")) {
                        while (row.next()) {
                            blobs.add(Digest.parse(row.getString(1)));
                        }
                    }
                    return blobs;
                });
    }

    /** Forgets everything of these blobs; unknown ones are no error. */
    public void delete(Collection<Digest> blobs) {
        if (blobs.isEmpty()) {
            return;
        }
        writer.runFreeing(
                "forget where blobs are",
                connection -> {
                    try (PreparedStatement delete =
                            connection.prepareStatement(
                                    "DELETE FROM image_blob_source WHERE blob = ?")) {
                        for (Digest blob : blobs) {
                            delete.setString(1, blob.toString());
                            delete.addBatch();
                        }
                        delete.executeBatch();
                    }
                    return true;
                });
    }

    private static void insert(Connection connection, BlobSource source, Digest blob, Instant seen)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT OR REPLACE INTO image_blob_source (blob, registry, repository,"
                                + " seen) VALUES (?, ?, ?, ?)")) {
            insert.setString(1, blob.toString());
            insert.setString(2, source.registry());
            insert.setString(3, source.repository());
            insert.setLong(4, seen.toEpochMilli());
            insert.executeUpdate();
        }
    }

    private static void forgetEldest(Connection connection, Digest blob) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement(
                        "DELETE FROM image_blob_source WHERE blob = ?1 AND (registry, repository)"
                                + " NOT IN (SELECT registry, repository FROM image_blob_source"
                                + " WHERE blob = ?1 ORDER BY seen DESC LIMIT ?2)")) {
            delete.setString(1, blob.toString());
            delete.setInt(2, MAX_PER_BLOB);
            delete.executeUpdate();
        }
    }

    private static List<BlobSource> find(Connection connection, Digest blob) throws SQLException {
        List<BlobSource> sources = new ArrayList<>();
        try (PreparedStatement select =
                connection.prepareStatement(
                        "SELECT registry, repository FROM image_blob_source WHERE blob = ?"
                                + " ORDER BY seen DESC, registry, repository")) {
            select.setString(1, blob.toString());
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    sources.add(new BlobSource(row.getString(1), row.getString(2)));
                }
            }
        }
        return sources;
    }
}
