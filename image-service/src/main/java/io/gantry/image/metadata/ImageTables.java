package io.gantry.image.metadata;

import io.gantry.image.content.Digest;
import java.nio.file.Path;
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
import java.util.Optional;

/**
 * The rows of images. Each method is one transaction, done when it returns. Thread-safe. Its tables
 * share the file with those of others, each over a connection of its own.
 *
 * <p>What is changed about images, names and layers is durable when the call returns: files may be
 * removed then that had been needed. What containers have of them ends with the power anyway, and
 * its rows become durable with the next that are.
 */
public final class ImageTables implements AutoCloseable {

    private final WriterThread writer;

    private ImageTables(WriterThread writer) {
        this.writer = writer;
    }

    /**
     * Everything there is.
     *
     * @param images by id, in the order in which they came
     * @param names image ids by reference
     * @param roots by reference, the document that it stands for
     * @param layers by chain id
     * @param rootfs by container
     * @param volumes images that containers have as volumes
     */
    public record Contents(
            Map<Digest, ImageRow> images,
            Map<String, Digest> names,
            Map<String, Digest> roots,
            Map<Digest, LayerRow> layers,
            Map<String, RootfsRow> rootfs,
            List<RootfsRow> volumes) {

        /** All that containers have of images. */
        public List<RootfsRow> ofContainers() {
            List<RootfsRow> all = new ArrayList<>(rootfs.values());
            all.addAll(volumes);
            return all;
        }
    }

    /**
     * Opens the tables, making or migrating them.
     *
     * @param file the database; made when missing
     * @throws MetadataException when it cannot be used, or a newer version of Gantry wrote it
     */
    public static ImageTables open(Path file) {
        return new ImageTables(WriterThread.open(file, ImageSchema::migrate));
    }

    /** Where the blobs of images are in registries. */
    public BlobSources blobSources() {
        return new BlobSources(writer);
    }

    /** The results of builds. */
    public BuildTables builds() {
        return new BuildTables(writer);
    }

    /** Reads everything about images. */
    public Contents load() {
        return writer.run(
                "read the images",
                connection ->
                        new Contents(
                                images(connection),
                                names(connection, "image"),
                                names(connection, "root"),
                                layers(connection),
                                rootfs(connection),
                                volumes(connection)));
    }

    /**
     * Records an image with the layers it needs and gives it names, which another may have had. An
     * image that is there already gets the names and this manifest; those that it had stay while
     * names stand for them.
     */
    public void putImage(ImageRow image, Collection<LayerRow> layers, Collection<String> names) {
        writer.runDurably(
                "record image " + image.id(),
                connection -> {
                    insertLayers(connection, layers);
                    insertImage(connection, image);
                    insertNames(connection, image.id(), image.current().root(), names);
                    ManifestTable.tidy(connection);
                    return true;
                });
        keepReserve();
    }

    /** Keeps room back for removals from a full disk, unless there is little left of it. */
    public void keepReserve() {
        writer.keepReserve();
    }

    /**
     * Records images with the layers they need and gives them names, all or none. One that is there
     * already stays as it is and gets the names.
     */
    public void putNew(Collection<ImageArrival> arrivals) {
        writer.runDurably(
                "record " + arrivals.size() + " images",
                connection -> {
                    for (ImageArrival arrival : arrivals) {
                        putNew(connection, arrival);
                    }
                    ManifestTable.tidy(connection);
                    return true;
                });
    }

    private static void putNew(Connection connection, ImageArrival arrival) throws SQLException {
        ImageRow image = arrival.image();
        Optional<Digest> there = root(connection, image.id());
        if (there.isEmpty()) {
            insertLayers(connection, arrival.layers());
            insertImage(connection, image);
        }
        Digest root = there.orElse(image.current().root());
        insertNames(connection, image.id(), root, arrival.names());
    }

    private static Optional<Digest> root(Connection connection, Digest id) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT root FROM image_image WHERE id = ?")) {
            select.setString(1, id.toString());
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(Digest.parse(row.getString(1))) : Optional.empty();
            }
        }
    }

    /**
     * Gives names to an image that is there; another may have had them.
     *
     * @param root of the manifest that they stand for
     */
    public void putNames(Digest id, Digest root, Collection<String> names) {
        writer.runDurably(
                "name image " + id,
                connection -> {
                    insertNames(connection, id, root, names);
                    ManifestTable.tidy(connection);
                    return true;
                });
    }

    /** Deletes names; those that are not there are no error. */
    public void deleteNames(Collection<String> names) {
        writer.runFreeingDurably(
                "delete names",
                connection -> {
                    for (String name : names) {
                        update(connection, "DELETE FROM image_name WHERE name = ?", name);
                    }
                    ManifestTable.tidy(connection);
                    return true;
                });
    }

    /** Deletes an image with all its names; one that is not there is no error. */
    public void deleteImage(Digest id) {
        writer.runFreeingDurably(
                "delete image " + id,
                connection -> {
                    update(connection, "DELETE FROM image_name WHERE image = ?", id.toString());
                    update(connection, "DELETE FROM image_image WHERE id = ?", id.toString());
                    update(connection, "DELETE FROM image_manifest WHERE image = ?", id.toString());
                    return true;
                });
    }

    /** Deletes one of the manifests of an image, with the names that stand for it. */
    public void deleteManifest(Digest id, Digest root) {
        writer.runDurably(
                "delete manifest " + root + " of image " + id,
                connection -> {
                    update(
                            connection,
                            "DELETE FROM image_name WHERE image = ? AND root = ?",
                            id.toString(),
                            root.toString());
                    ManifestTable.tidy(connection);
                    return true;
                });
    }

    /** Deletes layers; those that are not there are no error. */
    public void deleteLayers(Collection<Digest> chainIds) {
        writer.runFreeingDurably(
                "delete layers",
                connection -> {
                    for (Digest id : chainIds) {
                        update(
                                connection,
                                "DELETE FROM image_layer WHERE chain_id = ?",
                                id.toString());
                    }
                    return true;
                });
    }

    /** Records a container's root file system. */
    public void putRootfs(RootfsRow rootfs) {
        writer.run(
                "record the root file system of " + rootfs.container(),
                connection ->
                        update(
                                connection,
                                "INSERT OR REPLACE INTO image_rootfs VALUES (?, ?, ?)",
                                rootfs.container(),
                                rootfs.image().toString(),
                                DigestLists.join(rootfs.layers())));
    }

    /** Records that a container has an image as a volume. */
    public void putVolume(RootfsRow volume) {
        writer.run(
                "record image volume " + volume.image() + " of " + volume.container(),
                connection ->
                        update(
                                connection,
                                "INSERT OR REPLACE INTO image_volume VALUES (?, ?, ?)",
                                volume.container(),
                                volume.image().toString(),
                                DigestLists.join(volume.layers())));
    }

    /** Deletes its root file system and its volumes; what is not there is no error. */
    public void deleteRootfs(String container) {
        writer.runFreeing(
                "delete the root file system of " + container,
                connection -> {
                    update(connection, "DELETE FROM image_volume WHERE container = ?", container);
                    return update(
                            connection, "DELETE FROM image_rootfs WHERE container = ?", container);
                });
    }

    @Override
    public void close() {
        writer.close();
    }

    private static void insertLayers(Connection connection, Collection<LayerRow> layers)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT OR IGNORE INTO image_layer VALUES (?,?,?,?)")) {
            for (LayerRow layer : layers) {
                insert.setString(1, layer.chainId().toString());
                insert.setString(2, layer.diffId().toString());
                insert.setLong(3, layer.bytes());
                insert.setLong(4, layer.inodes());
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void insertImage(Connection connection, ImageRow image) throws SQLException {
        update(
                connection,
                "INSERT INTO image_image (id, root, layers, pulled) VALUES (?, ?, ?, ?) ON CONFLICT"
                        + " (id) DO UPDATE SET root = excluded.root",
                image.id().toString(),
                image.current().root().toString(),
                DigestLists.join(image.layers()),
                image.pulled().toString());
        ManifestTable.put(connection, image.id(), image.current());
    }

    private static void insertNames(
            Connection connection, Digest id, Digest root, Collection<String> names)
            throws SQLException {
        for (String name : names) {
            update(
                    connection,
                    "INSERT OR REPLACE INTO image_name (name, image, root) VALUES (?, ?, ?)",
                    name,
                    id.toString(),
                    root.toString());
        }
    }

    private static int update(Connection connection, String sql, String... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            return statement.executeUpdate();
        }
    }

    private static Map<Digest, ImageRow> images(Connection connection) throws SQLException {
        Map<Digest, List<ManifestRow>> manifests = ManifestTable.load(connection);
        Map<Digest, ImageRow> images = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT id, root, layers, pulled FROM image_image"
                                        + " ORDER BY pulled, id")) {
            while (row.next()) {
                Digest id = Digest.parse(row.getString(1));
                Digest root = Digest.parse(row.getString(2));
                List<ManifestRow> others = new ArrayList<>(manifests.getOrDefault(id, List.of()));
                ManifestRow current = take(others, id, root);
                List<Digest> layers = DigestLists.split(row.getString(3));
                Instant pulled = Instant.parse(row.getString(4));
                images.put(id, new ImageRow(id, current, others, layers, pulled));
            }
        }
        return images;
    }

    private static ManifestRow take(List<ManifestRow> from, Digest image, Digest root)
            throws SQLException {
        for (ManifestRow each : from) {
            if (each.root().equals(root)) {
                from.remove(each);
                return each;
            }
        }
        throw new SQLException("image " + image + " has no manifest " + root);
    }

    /** A column of names. */
    private static Map<String, Digest> names(Connection connection, String column)
            throws SQLException {
        Map<String, Digest> names = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT name, " + column + " FROM image_name ORDER BY name")) {
            while (row.next()) {
                names.put(row.getString(1), Digest.parse(row.getString(2)));
            }
        }
        return names;
    }

    private static Map<Digest, LayerRow> layers(Connection connection) throws SQLException {
        Map<Digest, LayerRow> layers = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT chain_id, diff_id, bytes, inodes FROM image_layer")) {
            while (row.next()) {
                Digest chainId = Digest.parse(row.getString(1));
                Digest diffId = Digest.parse(row.getString(2));
                layers.put(chainId, new LayerRow(chainId, diffId, row.getLong(3), row.getLong(4)));
            }
        }
        return layers;
    }

    private static Map<String, RootfsRow> rootfs(Connection connection) throws SQLException {
        Map<String, RootfsRow> rootfs = new LinkedHashMap<>();
        for (RootfsRow row : ofContainers(connection, "image_rootfs")) {
            rootfs.put(row.container(), row);
        }
        return rootfs;
    }

    private static List<RootfsRow> volumes(Connection connection) throws SQLException {
        return ofContainers(connection, "image_volume");
    }

    private static List<RootfsRow> ofContainers(Connection connection, String table)
            throws SQLException {
        List<RootfsRow> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT container, image, layers FROM " + table)) {
            while (row.next()) {
                Digest image = Digest.parse(row.getString(2));
                rows.add(
                        new RootfsRow(
                                row.getString(1), image, DigestLists.split(row.getString(3))));
            }
        }
        return rows;
    }
}
