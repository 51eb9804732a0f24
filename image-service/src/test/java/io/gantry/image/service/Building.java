package io.gantry.image.service;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.image.build.api.BuildContext;
import io.gantry.image.build.api.BuildInputs;
import io.gantry.image.build.api.BuildProgress;
import io.gantry.image.build.api.BuildProgress.Event;
import io.gantry.image.build.api.BuildRequest;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.build.api.Builder;
import io.gantry.image.build.api.ImageOptions;
import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.registry.RegistryClient;
import io.gantry.image.registry.RetryPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** A store with a builder, a context and what the last build told. */
final class Building implements AutoCloseable {

    static final Path BUSYBOX = Path.of("/bin/busybox");

    final Store store;
    final Path context;
    final ProcessStepRunner runner;

    /** Where caches go and come from, and images that this store does not have. */
    final RegistryClient registries =
            new RegistryClient(
                    RegistryClient.Settings.of(List.of(), RetryPolicy.DEFAULT), Clock.SYSTEM);

    final List<Event> events = new ArrayList<>();
    Builder builder;

    Building(Path directory) throws IOException {
        this.store = new Store(Files.createDirectories(directory.resolve("store")));
        this.context = Files.createDirectories(directory.resolve("context"));
        this.runner = new ProcessStepRunner(Files.createDirectories(directory.resolve("steps")));
        this.builder = store.service.builder(runner, registries);
    }

    /** As after an end of the daemon. */
    void reopen() throws IOException {
        builder.close();
        store.reopen();
        builder = store.service.builder(runner, registries);
    }

    /** Makes an image with a shell, as {@code base}. */
    void base() throws IOException {
        Files.copy(BUSYBOX, context.resolve("busybox"));
        context.resolve("busybox").toFile().setExecutable(true);
        build(
                "base",
                """
                FROM scratch
                COPY busybox /bin/busybox
                RUN ["/bin/busybox", "--install", "-s", "/bin"]
                COPY <<passwd <<group /etc/
                root:x:0:0:root:/root:/bin/sh
                app:x:1000:1001:app:/home/app:/bin/sh
                passwd
                root:x:0:
                app:x:1001:
                extra:x:1002:app
                group
                """);
        Files.delete(context.resolve("busybox"));
        events.clear();
    }

    void file(String name, String content) throws IOException {
        Path file = context.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    BuildResult build(String name, String dockerfile) throws IOException {
        return build(request(name, dockerfile, Map.of()), inputs());
    }

    BuildResult build(BuildRequest request, BuildInputs inputs) {
        events.clear();
        return builder.build(request, inputs, events::add, soon());
    }

    BuildInputs inputs() throws IOException {
        return BuildInputs.of(context());
    }

    BuildContext context() throws IOException {
        return ScannedContext.of(context);
    }

    static BuildRequest request(String name, String dockerfile, Map<String, String> arguments) {
        BuildRequest plain = BuildRequest.of("Dockerfile", dockerfile);
        ImageOptions image = ImageOptions.defaults().named(List.of(ImageReference.parse(name)));
        return new BuildRequest(
                plain.file(),
                Optional.empty(),
                arguments,
                List.of(),
                image,
                plain.cache(),
                plain.run());
    }

    static Deadline soon() {
        return Deadline.after(Duration.ofMinutes(4), Clock.SYSTEM);
    }

    /** Names of the pieces of work whose results were there. */
    List<String> cached() {
        List<Integer> cached =
                events.stream()
                        .filter(BuildProgress.Cached.class::isInstance)
                        .map(each -> ((BuildProgress.Cached) each).vertex())
                        .toList();
        return events.stream()
                .filter(BuildProgress.Known.class::isInstance)
                .map(BuildProgress.Known.class::cast)
                .filter(each -> cached.contains(each.vertex()))
                .map(BuildProgress.Known::name)
                .toList();
    }

    /** What commands wrote. */
    String log() {
        return events.stream()
                .filter(BuildProgress.Log.class::isInstance)
                .map(
                        each ->
                                new String(
                                        ((BuildProgress.Log) each).bytes().bytes(),
                                        StandardCharsets.UTF_8))
                .collect(Collectors.joining());
    }

    /** A file of an image as text. */
    Optional<String> read(String image, String path) {
        return store.service
                .rootfs()
                .readFile(image, path)
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    /** The entries of the layer at an index, as {@code type mode uid:gid path -> link}. */
    List<String> layer(BuildResult result, int index) throws IOException {
        return entries(
                result,
                index,
                (each, _) -> {
                    String link = each.getLinkName().isEmpty() ? "" : " -> " + each.getLinkName();
                    return "%c %o %d:%d %s%s"
                            .formatted(
                                    each.getLinkFlag(),
                                    each.getMode() & 07777,
                                    each.getLongUserId(),
                                    each.getLongGroupId(),
                                    each.getName(),
                                    link);
                });
    }

    /** The entries of a layer with their times in seconds. */
    List<String> times(BuildResult result, int index) throws IOException {
        return entries(
                result,
                index,
                (each, _) ->
                        each.getName()
                                + " "
                                + each.getLastModifiedTime().toInstant().getEpochSecond());
    }

    List<String> entries(
            BuildResult result, int index, BiFunction<TarArchiveEntry, byte[], String> shown)
            throws IOException {
        List<String> entries = new ArrayList<>();
        String config = text(result.images().getFirst().manifest().digest());
        Descriptor blob =
                ((Manifest) Document.parse("manifest", "", config.getBytes(StandardCharsets.UTF_8)))
                        .layers()
                        .get(index);
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(
                        new GZIPInputStream(Files.newInputStream(path(blob.digest()))))) {
            for (TarArchiveEntry each = tar.getNextEntry();
                    each != null;
                    each = tar.getNextEntry()) {
                entries.add(shown.apply(each, tar.readAllBytes()));
            }
        }
        return entries;
    }

    /** A document of the store. */
    String text(Digest digest) throws IOException {
        return Files.readString(path(digest));
    }

    private Path path(Digest digest) {
        return store.root.resolve("content/blobs/sha256").resolve(digest.hex());
    }

    @Override
    public void close() {
        builder.close();
        store.close();
        registries.close();
    }
}
