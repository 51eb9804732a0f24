package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.Root;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that were damaged or lost while no daemon was there. */
@Tag("privileged")
@Timeout(300)
class LostFilesPrivilegedIT {

    private static final String NAME = "registry.example/app:1";

    @TempDir private Path root;
    private final Layer layer = Store.layer("file", "content");
    private Store store;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        store = new Store(root);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path blob(Digest digest) {
        return root.resolve("content/blobs")
                .resolve(digest.algorithm().label() + "/" + digest.hex());
    }

    private void emptyAndStartAgain(Path file) throws IOException {
        store.stop();
        Files.write(file, new byte[0]);
        store.start();
    }

    private void assertForgottenAndPulledAgain() {
        assertThat(store.service.images().list()).isEmpty();
        Image again = store.pullPublished(NAME);
        assertThat(store.service.images().list()).containsExactly(again);
        assertThat(store.service.rootfs().readFile(NAME, "/file")).isPresent();
    }

    @Test
    void anImageWithAnEmptyConfigurationIsForgottenAndCanBePulled() throws IOException {
        emptyAndStartAgain(blob(store.pull(NAME, layer).id()));
        assertForgottenAndPulledAgain();
    }

    @Test
    void anImageWithAnEmptyManifestIsForgottenAndCanBePulled() throws IOException {
        emptyAndStartAgain(blob(store.pull(NAME, layer).manifestDigest()));
        assertForgottenAndPulledAgain();
    }

    @Test
    void anImageWhoseLayerIsNotWholeIsForgottenAndCanBePulled() throws IOException {
        Digest top = store.pull(NAME, layer).layers().getLast();
        emptyAndStartAgain(root.resolve("snapshots").resolve(top.hex()).resolve("layer"));
        assertForgottenAndPulledAgain();
    }

    @Test
    void anEmptyIndexIsRemovedAndFetchedByTheNextPull() throws IOException {
        Descriptor manifest = store.registry.publish("registry.example/only:1", List.of(layer));
        store.registry.publishIndex(NAME, manifest);
        Image image = store.pullPublished(NAME);
        Digest index = Digest.parse(image.repoDigests().getFirst().replaceFirst(".*@", ""));
        assertThat(index).isNotEqualTo(manifest.digest());
        emptyAndStartAgain(blob(index));
        assertThat(store.service.images().list()).hasSize(1);
        assertThat(blob(index)).doesNotExist();
        store.pullPublished(NAME);
        assertThat(blob(index)).exists();
    }

    @Test
    void aShortenedBlobOfALayerIsRemovedForAPushToFetchItAgain() throws IOException {
        store.pull(NAME, layer);
        Path blob = blob(Descriptor.of("any", layer.blob()).digest());
        emptyAndStartAgain(blob);
        assertThat(store.service.images().list()).hasSize(1);
        assertThat(blob).doesNotExist();
    }

    @Test
    void anArtifactWithAShortenedFileIsForgottenAndCanBePulled() throws IOException {
        byte[] model = new byte[] {1, 2, 3};
        store.registry.publishArtifact(
                NAME, Digest.Algorithm.SHA256, List.of(Map.entry("model", model)));
        store.pullPublished(NAME);
        Path blob = blob(Digest.sha256(model));
        emptyAndStartAgain(blob);
        assertThat(store.service.images().list()).isEmpty();
        store.pullPublished(NAME);
        assertThat(blob).hasBinaryContent(model);
        assertThat(store.service.rootfs().readFile(NAME, "/model")).contains(model);
    }

    @Test
    void whatIsWholeStays() throws IOException {
        Image image = store.pull(NAME, layer);
        store.reopen();
        assertThat(store.service.images().list()).containsExactly(image);
        assertThat(blob(Descriptor.of("any", layer.blob()).digest())).exists();
    }
}
