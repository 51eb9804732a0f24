package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gantry.base.Tasks;
import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.content.Digest.Algorithm;
import io.gantry.image.layer.Root;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.Credentials;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.image.service.ImageArchives.Listener;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.ImageArchives.SaveOrder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is in registries beside container images, in the store and out of it. */
@Tag("privileged")
@Timeout(300)
class ArtifactsPrivilegedIT {

    private static final String NAME = "registry.example/model:1";

    @TempDir private Path root;
    @TempDir private Path second;

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

    private record File(String title, String content) {

        Entry<String, byte[]> entry() {
            return Map.entry(title, content.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static File file(String title, String content) {
        return new File(title, content);
    }

    private Image pull(Algorithm algorithm, File... files) {
        store.registry.publishArtifact(
                NAME, algorithm, Arrays.stream(files).map(File::entry).toList());
        return pullAgain();
    }

    private Image pullAgain() {
        return pull(NAME);
    }

    private Image pull(String name) {
        return store.service
                .images()
                .pull(
                        ImageReference.parse(name),
                        Credentials.ANONYMOUS,
                        PullListener.NONE,
                        Store.soon());
    }

    private Path tree(Image image) {
        return root.resolve("snapshots").resolve(image.chainId().hex()).resolve("fs");
    }

    @Test
    void anArtifactIsListedByTheDigestOfItsManifest() {
        Image image = pull(Algorithm.SHA256, file("weights", "w"), file("", "untitled"));
        assertThat(image.id()).isEqualTo(image.manifestDigest());
        assertThat(image.artifactType()).isEqualTo("application/vnd.example.model");
        assertThat(image.repoTags()).containsExactly(NAME);
        assertThat(image.repoDigests()).containsExactly("registry.example/model@" + image.id());
        assertThat(image.size()).isPositive();
        assertThat(store.service.images().list()).containsExactly(image);
        assertThat(store.service.images().find(image.id().hex().substring(0, 12))).contains(image);
        ImageDetails details = store.service.inspector().inspect(NAME);
        assertThat(details.layers()).hasSize(2);
        assertThat(details.config().mediaType()).isEqualTo("application/vnd.oci.empty.v1+json");
    }

    @Test
    void filesHaveTheirTitlesAndCanBeReadByAnybody() throws IOException {
        Image image =
                pull(
                        Algorithm.SHA256,
                        file("weights.bin", "weights"),
                        file("conf/deep/a.json", "{}"),
                        file("ünïcode", "u"),
                        file("", "untitled"));
        assertThat(tree(image).resolve("weights.bin")).hasContent("weights");
        assertThat(tree(image).resolve("conf/deep/a.json")).hasContent("{}");
        assertThat(tree(image).toFile().list()).hasSize(3);
        assertThat((int) Files.getAttribute(tree(image).resolve("weights.bin"), "unix:mode"))
                .isEqualTo(0100644);
        assertThat((int) Files.getAttribute(tree(image).resolve("conf"), "unix:mode"))
                .isEqualTo(040755);
        assertThat(store.service.rootfs().readFile(NAME, "/ünïcode")).isPresent();
    }

    @Test
    void blobsTakeTheirSpaceOnce() throws IOException {
        Image image = pull(Algorithm.SHA256, file("a", "x".repeat(100_000)));
        assertThat((int) Files.getAttribute(tree(image).resolve("a"), "unix:nlink")).isEqualTo(2);
        assertThat(image.size()).isLessThan(120_000);
    }

    @Test
    void artifactsWithTheSameConfigurationAreDifferentImages() {
        Image one = pull(Algorithm.SHA256, file("a", "1"));
        Image two = pull(Algorithm.SHA256, file("a", "2"));
        assertThat(one.id()).isNotEqualTo(two.id());
        assertThat(store.service.images().list()).hasSize(2);
    }

    @Test
    void digestsMayBeOfSha512() {
        Image image = pull(Algorithm.SHA512, file("a", "strong"));
        assertThat(image.id().algorithm()).isEqualTo(Algorithm.SHA512);
        assertThat(tree(image).resolve("a")).hasContent("strong");
        for (String name : List.of(image.id().toString(), image.id().hex().substring(0, 20))) {
            assertThat(store.service.images().find(name)).contains(image);
        }
    }

    @Test
    void namesThatAreNoneAreRefusedAndLeaveNothing() throws IOException {
        for (String title : List.of("../x", "/etc/passwd", "a/../b", "a//b", ".", "a/", "./a")) {
            assertThatThrownBy(() -> pull(Algorithm.SHA256, file(title, "x")))
                    .describedAs(title)
                    .isInstanceOf(InvalidImageException.class)
                    .hasMessageContaining("cannot be a file: its title \"" + title + "\"");
        }
        assertThatThrownBy(() -> pull(Algorithm.SHA256, file("a", "1"), file("a", "2")))
                .isInstanceOf(InvalidImageException.class)
                .hasMessageContaining("is also that of");
        assertThatThrownBy(() -> pull(Algorithm.SHA256, file("a", "1"), file("a/b", "2")))
                .isInstanceOf(InvalidImageException.class)
                .hasMessage("artifact has a file at a and below it");
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void anArtifactIsNotRunButShown() {
        pull(Algorithm.SHA256, file("models/a", "1"));
        assertThatThrownBy(() -> store.service.rootfs().prepare("c", NAME))
                .isInstanceOf(FailedPreconditionException.class)
                .hasMessage(
                        "image "
                                + NAME
                                + " is an artifact of type application/vnd.example.model and no"
                                + " container image: it can be mounted, but not run");
        assertThat(store.service.rootfs().list()).isEmpty();
        assertThat(store.service.rootfs().view("c", NAME, "models").options())
                .contains("X-mount.subdir=models");
    }

    @Test
    void filesThatAContainerSeesOutliveTheArtifactAndNoPullWritesToThem() throws IOException {
        Image image = pull(Algorithm.SHA256, file("a", "x".repeat(10_000)));
        store.service.rootfs().view("c", NAME, "");
        store.service.images().remove(NAME);
        store.reopen();
        assertThat(tree(image).resolve("a")).hasSize(10_000);
        pullAgain();
        assertThat(tree(image).resolve("a")).hasSize(10_000);
        store.service.images().remove(NAME);
        store.service.rootfs().remove("c");
        assertThat(store.remains()).isEmpty();
    }

    @Test
    void pullingAgainFetchesNothing() {
        Image image = pull(Algorithm.SHA256, file("a", "once"));
        pullAgain();
        Digest blob = Digest.sha256("once".getBytes(StandardCharsets.UTF_8));
        assertThat(store.registry.fetches(blob)).isEqualTo(1);
        assertThat(store.registry.fetches(image.id())).isEqualTo(1);
    }

    @Test
    void concurrentPullsOfOneArtifactByManyNamesMakeItOnce() throws Exception {
        List<Entry<String, byte[]>> files =
                List.of(file("a", "x".repeat(100_000)).entry(), file("d/b", "y").entry());
        List<Future<Image>> pulls = new ArrayList<>();
        try (ExecutorService threads = Tasks.nativePool("pulls", 8)) {
            for (int i = 0; i < 8; i++) {
                String name = "registry.example/model" + i + ":1";
                store.registry.publishArtifact(name, Algorithm.SHA256, files);
                pulls.add(threads.submit(() -> pull(name)));
            }
            for (Future<Image> pull : pulls) {
                assertThat(pull.get().artifactType()).isEqualTo("application/vnd.example.model");
            }
        }
        assertThat(store.service.images().list()).hasSize(1);
        assertThat(store.registry.fetches(Digest.sha256(files.getFirst().getValue()))).isEqualTo(1);
    }

    @Test
    void anArtifactComesOutOfAnArchiveAsItWentIn() throws IOException {
        Image image = pull(Algorithm.SHA256, file("a", "1"), file("d/b", "2"));
        assertThatThrownBy(() -> save(Format.DOCKER))
                .isInstanceOf(InvalidArgumentException.class)
                .hasMessageContaining("save it in the OCI format");
        try (Store other = new Store(second)) {
            Image loaded =
                    other.service
                            .archives()
                            .load(
                                    LoadOrder.asNamed(),
                                    new ByteArrayInputStream(save(Format.OCI)),
                                    Listener.NONE,
                                    Store.soon())
                            .getFirst()
                            .image();
            assertThat(loaded.id()).isEqualTo(image.id());
            assertThat(loaded.artifactType()).isEqualTo(image.artifactType());
            assertThat(loaded.repoTags()).containsExactly(NAME);
            assertThat(other.service.rootfs().readFile(NAME, "/d/b")).isPresent();
        }
    }

    private byte[] save(Format format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        SaveOrder order = new SaveOrder(List.of(NAME), format);
        store.service.archives().save(order, out, Listener.NONE, Store.soon());
        return out.toByteArray();
    }

    @Test
    void anIndexLeadsToAnArtifact() {
        Descriptor artifact =
                store.registry.publishArtifact(
                        NAME, Algorithm.SHA256, List.of(file("a", "of the index").entry()));
        store.registry.publishIndex("registry.example/models:1", artifact);
        Image image = pull("registry.example/models:1");
        assertThat(image.id()).isEqualTo(artifact.digest());
        assertThat(tree(image).resolve("a")).hasContent("of the index");
    }
}
