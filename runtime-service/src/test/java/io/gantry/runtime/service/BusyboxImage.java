package io.gantry.runtime.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.bundle.ImageConfig;
import io.gantry.runtime.bundle.ImageFiles;
import io.gantry.runtime.bundle.ImageResolver;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.bundle.ResolvedImage;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.bundle.Trees;
import io.gantry.runtime.container.ContainerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An image of the host's static busybox, and overlays over it. */
final class BusyboxImage implements ImageResolver, ImageFiles, RootfsProvider {

    private static final List<String> APPLETS =
            List.of(
                    "sh",
                    "cat",
                    "echo",
                    "sleep",
                    "id",
                    "hostname",
                    "dd",
                    "env",
                    "pwd",
                    "ls",
                    "ps",
                    "kill",
                    "true",
                    "false",
                    "stat",
                    "mkdir",
                    "touch",
                    "tail",
                    "grep",
                    "setsid",
                    "unshare");

    private final Path image;
    private final Path writable;

    private BusyboxImage(Path directory) {
        this.image = directory.resolve("image");
        this.writable = directory.resolve("writable");
    }

    static BusyboxImage in(Path directory) throws IOException {
        BusyboxImage made = new BusyboxImage(directory);
        for (String name : List.of("bin", "etc", "proc", "sys", "dev", "tmp", "root", "run")) {
            Files.createDirectories(made.image.resolve(name));
        }
        Files.createDirectories(made.writable);
        Path busybox = made.image.resolve("bin/busybox");
        Files.copy(Path.of("/bin/busybox"), busybox, StandardCopyOption.COPY_ATTRIBUTES);
        for (String applet : APPLETS) {
            Files.createSymbolicLink(made.image.resolve("bin/" + applet), Path.of("busybox"));
        }
        Files.writeString(made.image.resolve("bin/notexec"), "text\n");
        Files.writeString(
                made.image.resolve("etc/passwd"),
                "root:x:0:0:root:/root:/bin/sh\nalice:x:1001:1002::/tmp:/bin/sh\n");
        Files.writeString(made.image.resolve("etc/group"), "root:x:0:\nstaff:x:50:alice\n");
        return made;
    }

    @Override
    public Optional<ResolvedImage> find(String nameOrId) {
        ImageConfig config =
                new ImageConfig(
                        List.of(),
                        List.of("/bin/sh"),
                        List.of("PATH=/bin", "FROM_IMAGE=yes"),
                        "",
                        "",
                        "",
                        Set.of("/declared"),
                        Map.of());
        return nameOrId.equals("busybox")
                ? Optional.of(new ResolvedImage("sha256:busybox", "sha256:busybox", config))
                : Optional.empty();
    }

    @Override
    public Optional<byte[]> read(String imageId, String path) throws IOException {
        Path file = image.resolve(path.substring(1));
        return Files.isRegularFile(file)
                ? Optional.of(Files.readString(file).getBytes(UTF_8))
                : Optional.empty();
    }

    @Override
    public List<Mount> prepare(ContainerId container, String imageId) throws IOException {
        Path directory = writable.resolve(container.value());
        Files.createDirectories(directory.resolve("upper"));
        Files.createDirectories(directory.resolve("work"));
        return List.of(
                new Mount(
                        "overlay",
                        "overlay",
                        List.of(
                                "lowerdir=" + image,
                                "upperdir=" + directory.resolve("upper"),
                                "workdir=" + directory.resolve("work"))));
    }

    @Override
    public SpecMount view(ContainerId container, String imageId, String directory)
            throws IOException {
        Path bottom = Files.createDirectories(writable.resolve(container.value()).resolve("none"));
        return new SpecMount(
                "/",
                "overlay",
                "overlay",
                List.of("lowerdir=" + image + ":" + bottom, "ro", "X-mount.subdir=" + directory));
    }

    @Override
    public Path volume(ContainerId container, String path) throws IOException {
        Path directory = writable.resolve(container.value()).resolve("volume");
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("of-image"), path + "\n");
        return directory;
    }

    @Override
    public Optional<LayerUsage> usage(ContainerId container) throws IOException {
        Path upper = writable.resolve(container.value()).resolve("upper");
        if (!Files.isDirectory(upper)) {
            return Optional.empty();
        }
        long bytes = 0;
        long files = 0;
        try (Stream<Path> all = Files.walk(upper)) {
            for (Path file : all.toList()) {
                files++;
                bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
            }
        }
        return Optional.of(new LayerUsage(writable, bytes, files, Instant.EPOCH));
    }

    @Override
    public void remove(ContainerId container) throws IOException {
        Trees.delete(writable.resolve(container.value()));
    }

    @Override
    public Set<ContainerId> list() throws IOException {
        try (Stream<Path> entries = Files.list(writable)) {
            return entries.map(entry -> new ContainerId(entry.getFileName().toString()))
                    .collect(Collectors.toSet());
        }
    }
}
