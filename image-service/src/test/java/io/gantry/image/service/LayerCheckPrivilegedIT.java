package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers whose files somebody has changed. */
@Tag("privileged")
class LayerCheckPrivilegedIT {

    @TempDir private Path directory;
    private Building building;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        building = new Building(directory);
        byte[] below =
                new TarBuilder()
                        .file("no/directories/a", "content")
                        .hardLink("b", "no/directories/a")
                        .symlink("c", "b")
                        .build();
        byte[] above =
                new TarBuilder().file("no/.wh.directories", "").file(".wh..wh..opq", "").build();
        building.store.pull("example.com/a:1", layer(below), layer(above));
        Path layer = building.store.root.resolve("snapshots/" + Digest.sha256(below).hex());
        file = layer.resolve("fs/no/directories/a");
    }

    @AfterEach
    void close() {
        building.close();
    }

    @Test
    void layersAsTheyCameAndAsTheyWereMadeAreWhole() throws IOException {
        building.file("d", "1");
        building.build("x", "FROM example.com/a:1\nCOPY d /e/f\nWORKDIR /g\n");
        StoreCheck.Report report = building.store.service.check().run(false, true);
        assertThat(report.findings()).isEmpty();
        assertThat(report.layers()).isEqualTo(4);
    }

    @Test
    void anotherContentModeOwnerOrTimeIsFound() throws IOException {
        Files.writeString(file, "CONTENT");
        assertFound();
        Files.writeString(file, "content");
        assertFound();
        Files.setLastModifiedTime(
                file, java.nio.file.attribute.FileTime.fromMillis(1_600_000_000_000L));
        assertWhole();
        Files.setAttribute(file, "unix:mode", 0600);
        assertFound();
        Files.setAttribute(file, "unix:mode", 0644);
        Files.setAttribute(file, "unix:uid", 7);
        assertFound();
        Files.setAttribute(file, "unix:uid", 0);
        assertWhole();
        Files.delete(file);
        assertFound();
    }

    private void assertFound() throws IOException {
        assertThat(building.store.service.check().run(false, true).findings())
                .singleElement()
                .matches(it -> it.problem().startsWith("its files are not those of its blob"));
    }

    private void assertWhole() throws IOException {
        assertThat(building.store.service.check().run(false, true).findings()).isEmpty();
    }

    private static Layer layer(byte[] tar) {
        return new Layer(tar, Digest.sha256(tar));
    }
}
