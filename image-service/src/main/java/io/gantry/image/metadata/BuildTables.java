package io.gantry.image.metadata;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Results of builds' steps, by keys. What is lost of them is made again. A row says for which start
 * of the kernel it is good until its layer is durable. Thread-safe.
 */
public final class BuildTables {

    private final WriterThread writer;

    BuildTables(WriterThread writer) {
        this.writer = writer;
    }

    /** The step of a key. */
    public Optional<BuildStepRow> find(Digest key) {
        return writer.run(
                "look up a step",
                connection -> {
                    try (PreparedStatement select =
                            connection.prepareStatement(
                                    "SELECT layer, description, bytes, created, used, uses FROM"
                                            + " build_key JOIN build_step USING (layer) WHERE key ="
                                            + " ?")) {
                        select.setString(1, key.toString());
                        try (ResultSet row = select.executeQuery()) {
                            return row.next() ? Optional.of(step(row)) : Optional.empty();
                        }
                    }
                });
    }

    /**
     * Records what a build found out.
     *
     * @param steps layers that are new, or that were used once more
     * @param keys and the layers that they lead to
     * @param boot the only start of the kernel for which new ones are good
     */
    public void put(Collection<BuildStepRow> steps, Map<Digest, Digest> keys, String boot) {
        writer.run(
                "record the steps of a build",
                connection -> {
                    for (BuildStepRow step : steps) {
                        putStep(connection, step, boot);
                    }
                    for (Map.Entry<Digest, Digest> key : keys.entrySet()) {
                        execute(
                                connection,
                                "INSERT OR REPLACE INTO build_key VALUES (?, ?)",
                                key.getKey().toString(),
                                key.getValue().toString());
                    }
                    return true;
                });
    }

    /** Says that layers are durable; unknown ones are no error. */
    public void settle(Collection<Digest> layers) {
        writer.run(
                "settle the steps of a build",
                connection -> {
                    for (Digest layer : layers) {
                        execute(
                                connection,
                                "UPDATE build_step SET boot = '' WHERE layer = ?",
                                layer.toString());
                    }
                    return true;
                });
    }

    /** Forgets what was not made durable before the kernel was started. */
    public void deleteUnsettled(String boot) {
        delete(
                writer.run(
                        "look for steps of builds that are not durable",
                        connection -> {
                            List<Digest> layers = new ArrayList<>();
                            try (PreparedStatement select =
                                    connection.prepareStatement(
                                            "SELECT layer FROM build_step WHERE boot NOT IN ('',"
                                                    + " ?)")) {
                                select.setString(1, boot);
                                try (ResultSet row = select.executeQuery()) {
                                    while (row.next()) {
                                        layers.add(Digest.parse(row.getString(1)));
                                    }
                                }
                            }
                            return layers;
                        }));
    }

    private static void putStep(Connection connection, BuildStepRow step, String boot)
            throws SQLException {
        execute(
                connection,
                "INSERT INTO build_step VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (layer) DO UPDATE"
                        + " SET used = excluded.used, uses = uses + 1",
                step.layer().toString(),
                step.description(),
                step.bytes(),
                step.created().toEpochMilli(),
                step.used().toEpochMilli(),
                step.uses(),
                boot);
    }

    /** All results, the one used last first. */
    public List<BuildStepRow> steps() {
        return writer.run(
                "list the steps of builds",
                connection -> {
                    List<BuildStepRow> steps = new ArrayList<>();
                    try (Statement statement = connection.createStatement();
                            ResultSet row =
                                    statement.executeQuery(
                                            "SELECT layer, description, bytes, created, used, uses"
                                                + " FROM build_step ORDER BY used DESC, layer")) {
                        while (row.next()) {
                            steps.add(step(row));
                        }
                    }
                    return steps;
                });
    }

    private static BuildStepRow step(ResultSet row) throws SQLException {
        return new BuildStepRow(
                Digest.parse(row.getString(1)),
                row.getString(2),
                row.getLong(3),
                Instant.ofEpochMilli(row.getLong(4)),
                Instant.ofEpochMilli(row.getLong(5)),
                row.getLong(6));
    }

    /** The layers of all results. */
    public Set<Digest> layers() {
        Set<Digest> layers = new HashSet<>();
        steps().forEach(step -> layers.add(step.layer()));
        return layers;
    }

    /** Forgets results durably, with all that leads to them; unknown ones are no error. */
    public void delete(Collection<Digest> layers) {
        writer.runFreeingDurably(
                "forget steps of builds",
                connection -> {
                    for (Digest layer : layers) {
                        for (String table : List.of("build_key", "build_blob", "build_step")) {
                            execute(
                                    connection,
                                    "DELETE FROM " + table + " WHERE layer = ?",
                                    layer.toString());
                        }
                    }
                    return true;
                });
    }

    /** Records what a layer is as a blob. */
    public void putBlob(BuildBlobRow row) {
        writer.run(
                "record the blob of layer " + row.layer(),
                connection -> {
                    execute(
                            connection,
                            "INSERT OR REPLACE INTO build_blob VALUES (?, ?, ?, ?, ?, ?)",
                            row.layer().toString(),
                            row.packing(),
                            row.diffId().toString(),
                            row.blob().mediaType(),
                            row.blob().digest().toString(),
                            row.blob().size());
                    return true;
                });
    }

    /** What a layer is as a blob, which may have been removed since. */
    public Optional<BuildBlobRow> findBlob(Digest layer, String packing) {
        return writer.run(
                "look up the blob of layer " + layer,
                connection -> {
                    try (PreparedStatement select =
                            connection.prepareStatement(
                                    "SELECT diff_id, media_type, blob, size FROM build_blob WHERE"
                                            + " layer = ? AND packing = ?")) {
                        select.setString(1, layer.toString());
                        select.setString(2, packing);
                        try (ResultSet row = select.executeQuery()) {
                            return row.next()
                                    ? Optional.of(blob(layer, packing, row))
                                    : Optional.empty();
                        }
                    }
                });
    }

    /**
     * Records what a base image for another platform than the node's is called here, since the name
     * that it was asked for by is not its own.
     */
    public void putBase(String reference, String platform, String name) {
        writer.run(
                "record base image " + name,
                connection -> {
                    execute(
                            connection,
                            "INSERT OR REPLACE INTO build_base VALUES (?, ?, ?)",
                            reference,
                            platform,
                            name);
                    return true;
                });
    }

    /** What such an image was called; it may have been removed since. */
    public Optional<String> findBase(String reference, String platform) {
        return writer.run(
                "look up base image " + reference,
                connection -> {
                    try (PreparedStatement select =
                            connection.prepareStatement(
                                    "SELECT name FROM build_base WHERE reference = ? AND platform ="
                                            + " ?")) {
                        select.setString(1, reference);
                        select.setString(2, platform);
                        try (ResultSet row = select.executeQuery()) {
                            return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
                        }
                    }
                });
    }

    private static BuildBlobRow blob(Digest layer, String packing, ResultSet row)
            throws SQLException {
        Descriptor blob =
                new Descriptor(row.getString(2), Digest.parse(row.getString(3)), row.getLong(4));
        return new BuildBlobRow(layer, packing, Digest.parse(row.getString(1)), blob);
    }

    private static void execute(Connection connection, String sql, Object... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
