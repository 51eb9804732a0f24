package io.gantry.image.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gantry.image.layer.Root;
import io.gantry.image.layer.TarBuilder;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.ImageArchives.Format;
import io.gantry.image.service.ImageArchives.Listener;
import io.gantry.image.service.ImageArchives.LoadOrder;
import io.gantry.image.service.ImageArchives.Loaded;
import io.gantry.image.service.ImageArchives.SaveOrder;
import io.gantry.image.service.MemoryRegistry.Layer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives between this engine and those that people have: skopeo and podman. */
@Tag("privileged")
@Timeout(180)
class ArchiveInteropPrivilegedIT {

    private static final String NAME = "registry.example/app:1";
    private static final String OTHER = "registry.example/other:2";

    @TempDir private Path root;
    @TempDir private Path work;
    private final Layer base =
            Store.layer(
                    new TarBuilder()
                            .directory("etc", 0755)
                            .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
                            .file("etc/gone", "gone"));
    private final Layer top = Store.layer(new TarBuilder().file("etc/.wh.gone", "").file("t", "t"));
    private Store store;

    @BeforeEach
    void open() throws IOException {
        Root.required();
        for (String tool : List.of("/usr/bin/skopeo", "/usr/bin/podman")) {
            boolean there = Files.isExecutable(Path.of(tool));
            if ("true".equals(System.getenv("CI"))) {
                assertThat(there).as(tool).isTrue();
            }
            assumeTrue(there, "needs " + tool);
        }
        store = new Store(root);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private String run(String... command) throws IOException {
        Path output = Files.createTempFile(work, "output", "");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        try {
            assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new IOException("interrupted", e);
        }
        String said = Files.readString(output);
        assertThat(process.exitValue()).as("%s: %s", List.of(command), said).isZero();
        return said;
    }

    /** Podman with a storage of its own. */
    private String podman(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("podman", "--root", work.resolve("podman").toString()));
        command.addAll(List.of("--runroot", work.resolve("run").toString()));
        command.addAll(List.of("--storage-driver", "vfs"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private String copy(String from, String to) throws IOException {
        return run("skopeo", "--insecure-policy", "copy", from, to);
    }

    private Path save(Format format, String... images) throws IOException {
        Path archive = work.resolve("ours-" + format + ".tar");
        try (OutputStream out = Files.newOutputStream(archive)) {
            SaveOrder order = new SaveOrder(List.of(images), format);
            store.service.archives().save(order, out, Listener.NONE, Store.soon());
        }
        return archive;
    }

    private List<Loaded> load(LoadOrder order, Path archive) throws IOException {
        try (InputStream in = Files.newInputStream(archive)) {
            return store.service.archives().load(order, in, Listener.NONE, Store.soon());
        }
    }

    private String passwd(String name) {
        return store.service
                .rootfs()
                .readFile(name, "/etc/passwd")
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("");
    }

    private static String transport(Format format) {
        return switch (format) {
            case DOCKER -> "docker-archive:";
            case OCI -> "oci-archive:";
        };
    }

    @ParameterizedTest
    @EnumSource
    void skopeoReadsOursAndWeReadSkopeos(Format format) throws IOException {
        Image image = store.pull(NAME, base, top);
        Path ours = save(format, NAME);
        String by = transport(format);
        Path theirs = work.resolve("theirs.tar");
        copy(by + ours, by + theirs + ":" + NAME);
        store.service.names().remove(NAME, false);
        assertThat(store.remains()).isEmpty();
        Loaded loaded = load(LoadOrder.asNamed(), theirs).getFirst();
        assertThat(loaded.image().id()).isEqualTo(image.id());
        assertThat(loaded.names()).containsExactly(NAME);
        if (format == Format.OCI) {
            assertThat(loaded.image().manifestDigest()).isEqualTo(image.manifestDigest());
        }
        assertThat(passwd(NAME)).startsWith("root:");
    }

    @Test
    void skopeoConvertsOursFromEitherFormatIntoTheOther() throws IOException {
        Image image = store.pull(NAME, base, top);
        Path docker = save(Format.DOCKER, NAME);
        Path oci = save(Format.OCI, NAME);
        Path toOci = work.resolve("oci.tar");
        Path toDocker = work.resolve("docker.tar");
        copy("docker-archive:" + docker, "oci-archive:" + toOci + ":x.example/a:1");
        copy("oci-archive:" + oci, "docker-archive:" + toDocker + ":x.example/b:1");
        Image a = load(LoadOrder.asNamed(), toOci).getFirst().image();
        Image b = load(LoadOrder.asNamed(), toDocker).getFirst().image();
        assertThat(b.id()).isEqualTo(image.id());
        assertThat(a.layers()).isEqualTo(image.layers());
        assertThat(passwd("x.example/a:1")).startsWith("root:");
    }

    @ParameterizedTest
    @EnumSource
    void podmanLoadsOursAndWeLoadPodmans(Format format) throws IOException {
        Image image = store.pull(NAME, base, top);
        assertThat(podman("load", "-i", save(format, NAME).toString())).contains(NAME);
        assertThat(podman("image", "inspect", "--format", "{{.Id}}", NAME).strip())
                .isEqualTo(image.id().hex());
        Path theirs = work.resolve("podman.tar");
        String as = format == Format.OCI ? "oci-archive" : "docker-archive";
        podman("save", "--format", as, "-o", theirs.toString(), NAME);
        store.service.names().remove(NAME, false);
        assertThat(store.remains()).isEmpty();
        Loaded loaded = load(LoadOrder.asNamed(), theirs).getFirst();
        assertThat(loaded.image().id()).isEqualTo(image.id());
        assertThat(loaded.names()).containsExactly(NAME);
        assertThat(passwd(NAME)).startsWith("root:");
    }

    @Test
    void podmanAndWeExchangeSeveralImagesInOneArchive() throws IOException {
        Image one = store.pull(NAME, base, top);
        Image two = store.pull(OTHER, base);
        String said = podman("load", "-i", save(Format.DOCKER, NAME, OTHER).toString());
        assertThat(said).contains(NAME).contains(OTHER);
        Path theirs = work.resolve("podman.tar");
        podman("save", "-m", "-o", theirs.toString(), NAME, OTHER);
        store.service.names().remove(NAME, false);
        store.service.names().remove(OTHER, false);
        assertThat(load(LoadOrder.asNamed(), theirs))
                .extracting(loaded -> loaded.image().id())
                .containsExactlyInAnyOrder(one.id(), two.id());
    }

    @Test
    void anArchiveThatSaysATagOnlyIsLoadedByTheNameThatIsGiven() throws IOException {
        store.pull(NAME, base);
        Path theirs = work.resolve("theirs.tar");
        copy("oci-archive:" + save(Format.OCI, NAME), "oci-archive:" + theirs + ":latest");
        assertThat(load(LoadOrder.asNamed(), theirs).getFirst().names()).isEmpty();
        Optional<ImageReference> name = Optional.of(ImageReference.parse(OTHER));
        assertThat(load(new LoadOrder(name), theirs).getFirst().names()).containsExactly(OTHER);
    }
}
