package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The manifests by which images came, inside transactions of {@link ImageTables}. One stays while a
 * name stands for it, or while it is the image's current one.
 */
final class ManifestTable {

    private ManifestTable() {}

    /** By image. */
    static Map<Digest, List<ManifestRow>> load(Connection connection) throws SQLException {
        Map<Digest, List<ManifestRow>> manifests = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT image, root, manifest, blobs FROM image_manifest"
                                        + " ORDER BY image, root")) {
            while (row.next()) {
                manifests
                        .computeIfAbsent(Digest.parse(row.getString(1)), image -> new ArrayList<>())
                        .add(
                                new ManifestRow(
                                        Digest.parse(row.getString(2)),
                                        Digest.parse(row.getString(3)),
                                        DigestLists.split(row.getString(4))));
            }
        }
        return manifests;
    }

    static void put(Connection connection, Digest image, ManifestRow manifest) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT OR REPLACE INTO image_manifest (image, root, manifest, blobs)"
                                + " VALUES (?, ?, ?, ?)")) {
            insert.setString(1, image.toString());
            insert.setString(2, manifest.root().toString());
            insert.setString(3, manifest.manifest().toString());
            insert.setString(4, DigestLists.join(manifest.blobs()));
            insert.executeUpdate();
        }
    }

    /**
     * After names went: an image whose current manifest has lost its last name, while another has
     * one, has that other; and manifests without a name go, current ones excepted.
     */
    static void tidy(Connection connection) throws SQLException {
        String named =
                "EXISTS (SELECT 1 FROM image_name n WHERE n.image = m.image AND n.root = m.root)";
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate(
                    "UPDATE image_image SET root = coalesce((SELECT min(m.root) FROM"
                            + " image_manifest m WHERE m.image = image_image.id AND "
                            + named
                            + "), root) WHERE NOT EXISTS (SELECT 1 FROM image_name n WHERE n.image"
                            + " = image_image.id AND n.root = image_image.root)");
            statement.executeUpdate(
                    "DELETE FROM image_manifest AS m WHERE NOT "
                            + named
                            + " AND NOT EXISTS (SELECT 1 FROM image_image i WHERE i.id = m.image"
                            + " AND i.root = m.root)");
        }
    }
}
