package io.gantry.e2e.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What all scenarios share: a directory for temporary files, a registry, images in it. */
public final class TestBed implements AutoCloseable {

    /** Repository and tag of the image that most scenarios use. */
    static final String BUSYBOX = "e2e/busybox:1";

    private final Path directory;
    private final TestImages images;
    private final Registry registry;
    private final String defaults;

    TestBed() {
        try {
            directory = Files.createTempDirectory("gantry-e2e").toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        images = new TestImages(directory.resolve("images"));
        registry = Registry.start(directory.resolve("registry"));
        registry.push(images.busybox("busybox", TestImages.configuration()), BUSYBOX);
        defaults =
                registry.push(images.busybox("defaults", TestImages.defaults()), "e2e/defaults:1");
    }

    public TestImages images() {
        return images;
    }

    public Registry registry() {
        return registry;
    }

    /** The reference of one of the same layers that says more of how it is to be run. */
    public String defaults() {
        return defaults;
    }

    /** A fresh directory with a short path, for sockets lie in it. */
    public Path newHome() {
        try {
            return Files.createTempDirectory(directory, "n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes it, unless something is still mounted there. */
    public void discard(Path home) {
        if (Texts.read(Path.of("/proc/self/mountinfo")).contains(" " + home + "/")) {
            throw new AssertionError("mounts are left below " + home);
        }
        Command.of("rm", "-rf", "--one-file-system", home.toString()).run().orThrow();
    }

    @Override
    public void close() {
        registry.close();
        discard(directory);
    }
}
