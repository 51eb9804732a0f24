package io.gantry.image.metadata;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The tables of images and how they came to be what they are. */
final class ImageSchema {

    /** Migrations in order; the number of those done is the version of the tables. */
    private static final List<List<String>> MIGRATIONS =
            List.of(
                    List.of(
                            "CREATE TABLE image_image (id TEXT PRIMARY KEY, manifest TEXT NOT NULL,"
                                    + " blobs TEXT NOT NULL, layers TEXT NOT NULL, pulled TEXT NOT"
                                    + " NULL) WITHOUT ROWID",
                            "CREATE TABLE image_name (name TEXT PRIMARY KEY, image TEXT NOT NULL)"
                                    + " WITHOUT ROWID",
                            "CREATE INDEX image_name_image ON image_name (image)",
                            "CREATE TABLE image_layer (chain_id TEXT PRIMARY KEY, diff_id TEXT NOT"
                                    + " NULL, bytes INTEGER NOT NULL, inodes INTEGER NOT NULL)"
                                    + " WITHOUT ROWID",
                            "CREATE TABLE image_rootfs (container TEXT PRIMARY KEY, image TEXT NOT"
                                    + " NULL, layers TEXT NOT NULL) WITHOUT ROWID"),
                    List.of(
                            "CREATE TABLE image_blob_source (blob TEXT NOT NULL, registry TEXT NOT"
                                    + " NULL, repository TEXT NOT NULL, seen INTEGER NOT NULL,"
                                    + " PRIMARY KEY (blob, registry, repository)) WITHOUT ROWID"),
                    List.of(
                            "CREATE TABLE image_volume (container TEXT NOT NULL, image TEXT NOT"
                                    + " NULL, layers TEXT NOT NULL, PRIMARY KEY (container, image))"
                                    + " WITHOUT ROWID"),
                    List.of(
                            "CREATE TABLE build_step (layer TEXT PRIMARY KEY, description TEXT NOT"
                                + " NULL, bytes INTEGER NOT NULL, created INTEGER NOT NULL, used"
                                + " INTEGER NOT NULL, uses INTEGER NOT NULL) WITHOUT ROWID",
                            "CREATE TABLE build_key (key TEXT PRIMARY KEY, layer TEXT NOT NULL)"
                                    + " WITHOUT ROWID",
                            "CREATE INDEX build_key_layer ON build_key (layer)",
                            "CREATE TABLE build_blob (layer TEXT NOT NULL, packing TEXT NOT NULL,"
                                    + " diff_id TEXT NOT NULL, media_type TEXT NOT NULL, blob TEXT"
                                    + " NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (layer,"
                                    + " packing)) WITHOUT ROWID"),
                    manifests(),
                    List.of("ALTER TABLE build_step ADD COLUMN boot TEXT NOT NULL DEFAULT ''"),
                    List.of(
                            "CREATE TABLE build_base (reference TEXT NOT NULL, platform TEXT NOT"
                                    + " NULL, name TEXT NOT NULL, PRIMARY KEY (reference,"
                                    + " platform)) WITHOUT ROWID"));

    private ImageSchema() {}

    /**
     * An image had one manifest, the one it came by last. What names stood for is not known of
     * images that were there before, but for digests whose document is among the image's blobs.
     */
    private static List<String> manifests() {
        String digest = "substr(n.name, instr(n.name, '@') + 1)";
        return List.of(
                "CREATE TABLE image_manifest (image TEXT NOT NULL, root TEXT NOT NULL, manifest"
                        + " TEXT NOT NULL, blobs TEXT NOT NULL, PRIMARY KEY (image, root)) WITHOUT"
                        + " ROWID",
                "ALTER TABLE image_image ADD COLUMN root TEXT NOT NULL DEFAULT ''",
                "UPDATE image_image SET root = coalesce((SELECT min("
                        + digest
                        + ") FROM image_name n WHERE n.image = image_image.id AND instr(n.name,"
                        + " '@') > 0 AND instr(' ' || image_image.blobs || ' ', ' ' || "
                        + digest
                        + " || ' ') > 0), manifest)",
                "INSERT INTO image_manifest SELECT id, root, manifest, blobs FROM image_image",
                "ALTER TABLE image_image DROP COLUMN manifest",
                "ALTER TABLE image_image DROP COLUMN blobs",
                "DELETE FROM image_name WHERE image NOT IN (SELECT id FROM image_image)",
                "ALTER TABLE image_name ADD COLUMN root TEXT NOT NULL DEFAULT ''",
                "UPDATE image_name SET root = (SELECT root FROM image_image WHERE id = image)");
    }

    /** Brings the tables to this version, inside the caller's transaction. */
    static void migrate(Connection connection) throws SQLException {
        migrate(connection, MIGRATIONS.size());
    }

    /** As {@link #migrate(Connection)}, to an earlier version. */
    static void migrate(Connection connection, int version) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS image_schema (version INTEGER NOT NULL)");
            int found = version(statement);
            if (found > MIGRATIONS.size()) {
                throw new SQLException(
                        "image tables have version "
                                + found
                                + ", this program knows "
                                + MIGRATIONS.size()
                                + ": a newer Gantry wrote them");
            }
            for (int i = found; i < version; i++) {
                for (String sql : MIGRATIONS.get(i)) {
                    statement.execute(sql);
                }
                statement.execute("INSERT INTO image_schema VALUES (" + (i + 1) + ")");
            }
        }
    }

    private static int version(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT max(version) FROM image_schema")) {
            return row.next() ? row.getInt(1) : 0;
        }
    }
}
