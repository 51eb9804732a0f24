package io.gantry.image.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.image.content.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageTablesTest {

    private static final Digest LAYER = digest("layer");

    @TempDir private Path directory;

    private static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ImageRow image(String name, String pulled) {
        return new ImageRow(
                digest(name),
                digest(name + " manifest"),
                List.of(digest(name + " manifest"), digest(name)),
                List.of(LAYER),
                Instant.parse(pulled));
    }

    private Path file() {
        return directory.resolve("gantry.db");
    }

    @Test
    void whatIsRecordedIsThereAfterOpeningAgain() {
        ImageRow image = image("a", "2026-01-02T03:04:05.000000006Z");
        LayerRow layer = new LayerRow(LAYER, digest("diff"), 4096, 7);
        RootfsRow rootfs = new RootfsRow("c1", image.id(), List.of(LAYER, digest("two")));
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putImage(image, List.of(layer), List.of("r/a:1", "r/a@" + image.manifest()));
            tables.putRootfs(rootfs);
        }
        try (ImageTables tables = ImageTables.open(file())) {
            ImageTables.Contents contents = tables.load();
            assertThat(contents.images()).containsOnlyKeys(image.id()).containsValue(image);
            assertThat(contents.names())
                    .containsEntry("r/a:1", image.id())
                    .containsEntry("r/a@" + image.manifest(), image.id())
                    .hasSize(2);
            assertThat(contents.layers()).containsEntry(LAYER, layer).hasSize(1);
            assertThat(contents.rootfs()).containsEntry("c1", rootfs).hasSize(1);
        }
    }

    @Test
    void aNameMovesToTheImageThatTookItLast() {
        ImageRow old = image("old", "2026-01-01T00:00:00Z");
        ImageRow young = image("young", "2026-01-02T00:00:00Z");
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putImage(old, List.of(), List.of("r/a:1"));
            tables.putImage(young, List.of(), List.of("r/a:1"));
            assertThat(tables.load().names()).containsEntry("r/a:1", young.id()).hasSize(1);
            assertThat(tables.load().images().keySet()).containsExactly(old.id(), young.id());
        }
    }

    @Test
    void deletingAnImageDeletesItsNamesOnly() {
        ImageRow one = image("one", "2026-01-01T00:00:00Z");
        ImageRow two = image("two", "2026-01-02T00:00:00Z");
        try (ImageTables tables = ImageTables.open(file())) {
            LayerRow layer = new LayerRow(LAYER, digest("diff"), 1, 1);
            tables.putImage(one, List.of(layer), List.of("r/one:1", "r/one:2"));
            tables.putImage(two, List.of(layer), List.of("r/two:1"));
            tables.deleteImage(one.id());
            tables.deleteImage(one.id());
            assertThat(tables.load().images()).containsOnlyKeys(two.id());
            assertThat(tables.load().names()).containsOnlyKeys("r/two:1");
            assertThat(tables.load().layers()).containsOnlyKeys(LAYER);
            tables.deleteLayers(List.of(LAYER, digest("unknown")));
            assertThat(tables.load().layers()).isEmpty();
        }
    }

    private static ManifestRow way(String name) {
        Digest manifest = digest(name + " manifest");
        return new ManifestRow(
                digest(name + " root"), manifest, List.of(manifest, digest(name + " layer")));
    }

    private static ImageRow image(ManifestRow way) {
        return new ImageRow(
                digest("a"), way, List.of(LAYER), Instant.parse("2026-01-01T00:00:00Z"));
    }

    private static ImageRow image(ImageTables.Contents contents, String name) {
        return Objects.requireNonNull(contents.images().get(digest(name)));
    }

    private static ImageRow only(ImageTables tables) {
        assertThat(tables.load().images()).hasSize(1);
        return tables.load().images().values().iterator().next();
    }

    @Test
    void aManifestStaysWhileANameStandsForIt() {
        ManifestRow first = way("first");
        ManifestRow second = way("second");
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putImage(image(first), List.of(), List.of("r/a@1", "r/a:1", "r/a:old"));
            tables.putImage(image(second), List.of(), List.of("r/a@2", "r/a:1"));
            assertThat(only(tables).current()).isEqualTo(second);
            assertThat(only(tables).others()).containsExactly(first);
            assertThat(tables.load().roots())
                    .containsEntry("r/a:1", second.root())
                    .containsEntry("r/a:old", first.root());
            tables.deleteNames(List.of("r/a@1"));
            assertThat(only(tables).others()).containsExactly(first);
            tables.putNames(digest("a"), second.root(), List.of("r/a:old"));
            assertThat(only(tables).others()).isEmpty();
        }
    }

    @Test
    void aManifestGoesWithItsLastNameToAnotherImage() {
        ManifestRow first = way("first");
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putImage(image(first), List.of(), List.of("r/a:1"));
            tables.putImage(image(way("second")), List.of(), List.of("r/a:2"));
            tables.putImage(image("b", "2026-01-02T00:00:00Z"), List.of(), List.of("r/a:1"));
            ImageRow left = image(tables.load(), "a");
            assertThat(left.current()).isEqualTo(way("second"));
            assertThat(left.others()).isEmpty();
        }
    }

    @Test
    void anImageIsWhatItsNamesAreLeftStandingFor() {
        ManifestRow first = way("first");
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putImage(image(first), List.of(), List.of("r/a:1"));
            tables.putImage(image(way("second")), List.of(), List.of("r/a:2"));
            tables.deleteNames(List.of("r/a:2"));
            assertThat(only(tables).current()).isEqualTo(first);
            assertThat(only(tables).others()).isEmpty();
            tables.deleteNames(List.of("r/a:1"));
            assertThat(only(tables).current()).isEqualTo(first);
        }
    }

    @Test
    void aDeletedManifestTakesItsNamesAlong() {
        ManifestRow first = way("first");
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putImage(image(first), List.of(), List.of("r/a:1"));
            tables.putImage(image(way("second")), List.of(), List.of("r/a:2"));
            tables.deleteManifest(digest("a"), first.root());
            tables.deleteManifest(digest("a"), first.root());
            assertThat(only(tables).others()).isEmpty();
            assertThat(tables.load().names()).containsOnlyKeys("r/a:2");
            tables.deleteImage(digest("a"));
            tables.putImage(image(first), List.of(), List.of());
            assertThat(only(tables).others()).isEmpty();
        }
    }

    @Test
    void imagesThatCameTogetherAreRecordedTogetherOrNotAtAll() throws SQLException {
        ManifestRow first = way("first");
        try (ImageTables tables = ImageTables.open(file());
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = other.createStatement()) {
            tables.putImage(image(first), List.of(), List.of("r/a:1"));
            ImageArrival again = new ImageArrival(image(way("x")), List.of(), List.of("r/a:2"));
            ImageRow b = image("b", "2026-01-02T00:00:00Z");
            ImageArrival fresh = new ImageArrival(b, List.of(), List.of("r/b:1"));
            statement.execute(
                    "CREATE TRIGGER refuse BEFORE INSERT ON image_name WHEN NEW.name = 'r/b:1'"
                            + " BEGIN SELECT RAISE(ABORT, 'refused'); END");
            assertThatThrownBy(() -> tables.putNew(List.of(again, fresh)))
                    .isInstanceOf(MetadataException.class)
                    .hasMessageContaining("refused");
            assertThat(tables.load().names()).containsOnlyKeys("r/a:1");
            statement.execute("DROP TRIGGER refuse");
            tables.putNew(List.of(again, fresh));
            assertThat(image(tables.load(), "a").manifests()).containsExactly(first);
            assertThat(tables.load().roots())
                    .containsEntry("r/a:2", first.root())
                    .containsEntry("r/b:1", b.current().root());
        }
    }

    @Test
    void imagesOfBeforeManifestsWereToldApartKeepWhatTheyHave() throws SQLException {
        Digest index = digest("index");
        Digest manifest = digest("manifest");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            ImageSchema.migrate(connection, 4);
            String row = "INSERT INTO image_image VALUES ('%s', '%s', '%s', '%s', '%s')";
            String pulled = "2026-01-01T00:00:00Z";
            String blobs = digest("layer") + " " + index + " " + manifest;
            statement.execute(row.formatted(digest("a"), manifest, blobs, LAYER, pulled));
            statement.execute(row.formatted(digest("b"), manifest, manifest, "", pulled));
            String name = "INSERT INTO image_name VALUES ('%s', '%s')";
            statement.execute(name.formatted("r/a:1", digest("a")));
            statement.execute(name.formatted("r/a@" + digest("gone"), digest("a")));
            statement.execute(name.formatted("r/a@" + index, digest("a")));
            statement.execute(name.formatted("r/lost:1", digest("lost")));
        }
        try (ImageTables tables = ImageTables.open(file())) {
            ImageTables.Contents contents = tables.load();
            List<Digest> blobs = List.of(digest("layer"), index, manifest);
            assertThat(image(contents, "a").manifests())
                    .containsExactly(new ManifestRow(index, manifest, blobs));
            assertThat(image(contents, "b").manifests())
                    .containsExactly(new ManifestRow(manifest, manifest, List.of(manifest)));
            assertThat(contents.roots())
                    .containsOnlyKeys("r/a:1", "r/a@" + digest("gone"), "r/a@" + index)
                    .containsValue(index);
        }
    }

    @Test
    void deletingARootfsTwiceIsNoError() {
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putRootfs(new RootfsRow("c", digest("i"), List.of()));
            tables.deleteRootfs("c");
            tables.deleteRootfs("c");
            assertThat(tables.load().rootfs()).isEmpty();
        }
    }

    @Test
    void volumesOfAContainerGoWithItsRootfs() {
        RootfsRow one = new RootfsRow("c", digest("i"), List.of(LAYER));
        RootfsRow other = new RootfsRow("d", digest("i"), List.of(digest("two")));
        try (ImageTables tables = ImageTables.open(file())) {
            tables.putVolume(one);
            tables.putVolume(one);
            tables.putVolume(other);
            tables.putRootfs(one);
        }
        try (ImageTables tables = ImageTables.open(file())) {
            assertThat(tables.load().volumes()).containsExactlyInAnyOrder(one, other);
            assertThat(tables.load().ofContainers()).containsExactlyInAnyOrder(one, one, other);
            tables.deleteRootfs("c");
            assertThat(tables.load().ofContainers()).containsExactly(other);
        }
    }

    @Test
    void tablesOfOthersInTheFileAreLeftAlone() throws SQLException {
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = other.createStatement()) {
            statement.execute("CREATE TABLE other (x)");
            statement.execute("INSERT INTO other VALUES (1)");
            try (ImageTables tables = ImageTables.open(file())) {
                tables.putImage(image("a", "2026-01-01T00:00:00Z"), List.of(), List.of());
                statement.execute("INSERT INTO other VALUES (2)");
            }
            assertThat(statement.executeQuery("SELECT sum(x) FROM other").getInt(1)).isEqualTo(3);
        }
    }

    @Test
    void tablesOfANewerVersionAreRefused() throws SQLException {
        ImageTables.open(file()).close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO image_schema VALUES (99)");
        }
        assertThatThrownBy(() -> ImageTables.open(file()))
                .isInstanceOf(MetadataException.class)
                .hasMessageContaining(file().toString())
                .hasMessageContaining("image tables have version 99");
    }

    @Test
    void aFileThatIsNoDatabaseIsNamed() throws java.io.IOException {
        java.nio.file.Files.writeString(file(), "this is no database, only a text".repeat(100));
        assertThatThrownBy(() -> ImageTables.open(file()))
                .isInstanceOf(MetadataException.class)
                .hasMessageContaining(file().toString());
    }

    @Test
    void anInterruptDoesNotHideWhatBecameOfAWrite() {
        try (ImageTables tables = ImageTables.open(file())) {
            Thread.currentThread().interrupt();
            tables.putRootfs(new RootfsRow("c", digest("i"), List.of()));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(tables.load().rootfs()).containsOnlyKeys("c");
        }
    }
}
