package io.gantry.e2e.harness;

import io.gantry.e2e.harness.ImageLayout.Packing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;

/**
 * A small real image, made of Debian's static busybox with Debian's tar: three layers, with
 * whiteouts, an opaque directory and hard links in the upper ones. Made once.
 */
public final class TestImages {

    private static final List<String> APPLETS =
            List.of(
                    "sh",
                    "cat",
                    "chmod",
                    "date",
                    "dd",
                    "echo",
                    "env",
                    "false",
                    "head",
                    "hostname",
                    "id",
                    "ip",
                    "kill",
                    "ls",
                    "mkdir",
                    "mount",
                    "nc",
                    "nproc",
                    "pgrep",
                    "printf",
                    "ps",
                    "pwd",
                    "readlink",
                    "rm",
                    "seq",
                    "sleep",
                    "stat",
                    "stty",
                    "sync",
                    "tail",
                    "touch",
                    "tr",
                    "true",
                    "usleep",
                    "wc",
                    "wget",
                    "yes");

    private final Path work;
    private final byte[] base;
    private final byte[] middle;
    private final byte[] top;

    /** Makes the layers in {@code work}, a directory that it makes. */
    public TestImages(Path work) {
        this.work = work;
        try {
            base = archive("base", TestImages::fillBase);
            middle = archive("middle", TestImages::fillMiddle);
            top = archive("top", TestImages::fillTop);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The image with its layers packed by gzip, zstd and not at all, and what it says of itself.
     */
    public ImageLayout busybox(String name, Map<String, Object> config) {
        return stacked(name, List.of(Packing.GZIP, Packing.ZSTD, Packing.PLAIN), config);
    }

    /** The same files as one packing throughout. */
    public ImageLayout busybox(Packing packing) {
        List<Packing> packings = List.of(packing, packing, packing);
        return stacked("busybox-" + packing, packings, configuration());
    }

    /** What a plain image says. */
    public static Map<String, Object> configuration() {
        return Map.of("Env", List.of("PATH=/bin:/usr/bin", "GREETING=hello"), "Cmd", List.of("sh"));
    }

    /** What one says that fills in everything. */
    static Map<String, Object> defaults() {
        return Map.of(
                "Env",
                List.of("PATH=/bin", "GREETING=from the image"),
                "Entrypoint",
                List.of("/bin/sh", "-c", "id; pwd; echo $GREETING; echo $HOME $0"),
                "Cmd",
                List.of("cmd"),
                "User",
                "app",
                "WorkingDir",
                "/home/app",
                "StopSignal",
                "SIGINT",
                "Volumes",
                Map.of("/data", Map.of()));
    }

    /** The base with one layer of any kind on top; every call makes another image. */
    public ImageLayout hostile(String name, byte[] packed, Packing packing, String diffId) {
        ImageLayout image = new ImageLayout(work.resolve("hostile-" + name));
        image.layer(base, Packing.GZIP).layer(packed, packing, diffId);
        image.finish(Map.of("Cmd", List.of("/bin/sh"), "Labels", Map.of("hostile", name)));
        return image;
    }

    /** The base with one layer on top, which says of itself what {@code config} says. */
    public ImageLayout layered(String name, Tar layer, Map<String, Object> config) {
        ImageLayout image = new ImageLayout(work.resolve("layered-" + name));
        image.layer(base, Packing.GZIP).layer(layer.bytes(), Packing.GZIP);
        image.finish(config);
        return image;
    }

    private ImageLayout stacked(String name, List<Packing> packings, Map<String, Object> config) {
        ImageLayout image = new ImageLayout(work.resolve(name));
        image.layer(base, packings.get(0))
                .layer(middle, packings.get(1))
                .layer(top, packings.get(2));
        image.finish(config);
        return image;
    }

    @FunctionalInterface
    private interface Filling {
        void fill(Path root) throws IOException;
    }

    private byte[] archive(String name, Filling filling) throws IOException {
        Path root = Files.createDirectories(work.resolve(name));
        filling.fill(root);
        Path archive = work.resolve(name + ".tar");
        Command.of(
                        "tar",
                        "--owner=0",
                        "--group=0",
                        "--numeric-owner",
                        "--mtime=@0",
                        "--sort=name",
                        "-C",
                        root.toString(),
                        "-cf",
                        archive.toString(),
                        ".")
                .run()
                .orThrow();
        return Files.readAllBytes(archive);
    }

    private static void fillBase(Path root) throws IOException {
        for (String directory : List.of("bin", "dev", "etc", "home/app", "proc", "root", "sys")) {
            Files.createDirectories(root.resolve(directory));
        }
        Path tmp = Files.createDirectories(root.resolve("tmp"));
        Files.setPosixFilePermissions(tmp, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path busybox = root.resolve("bin/busybox");
        Files.copy(busyboxOfMachine(), busybox, StandardCopyOption.REPLACE_EXISTING);
        Files.setPosixFilePermissions(busybox, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String applet : APPLETS) {
            Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
        }
        write(
                root,
                "etc/passwd",
                "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
        write(root, "etc/group", "root:x:0:\napp:x:1000:\nextra:x:2000:app\n");
        write(root, "data/kept", "base\n");
        write(root, "data/gone", "base\n");
        write(root, "data/opaque/old", "base\n");
        write(root, "data/opaque/deep/older", "base\n");
    }

    private static void fillMiddle(Path root) throws IOException {
        write(root, "data/.wh.gone", "");
        write(root, "data/opaque/.wh..wh..opq", "");
        write(root, "data/opaque/new", "middle\n");
        write(root, "data/one", "linked\n");
        Files.createLink(root.resolve("data/two"), root.resolve("data/one"));
        Files.createLink(root.resolve("data/three"), root.resolve("data/one"));
    }

    private static void fillTop(Path root) throws IOException {
        write(root, "etc/motd", "made by hand\n");
        write(root, "opt/unexecutable", "#!/bin/sh\necho no\n");
        write(root, "opt/garbage", "this is no program\n");
        Path garbage = root.resolve("opt/garbage");
        Files.setPosixFilePermissions(garbage, PosixFilePermissions.fromString("rwxr-xr-x"));
        write(root, "opt/inner/unexecutable-too", "no\n");
    }

    private static Path busyboxOfMachine() {
        for (String candidate : List.of("/bin/busybox", "/usr/bin/busybox")) {
            if (Files.isExecutable(Path.of(candidate))) {
                return Path.of(candidate);
            }
        }
        throw new IllegalStateException("no busybox here: install the package busybox-static");
    }

    private static void write(Path root, String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
