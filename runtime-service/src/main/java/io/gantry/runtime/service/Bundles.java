package io.gantry.runtime.service;

import io.gantry.base.error.DataLossException;
import io.gantry.runtime.bundle.Bundle;
import io.gantry.runtime.bundle.Layout;
import io.gantry.runtime.container.ContainerId;
import io.gantry.runtime.store.JsonCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The bundles of containers on disk. Written without fsync: after the death of the machine no
 * container can be started from one.
 */
final class Bundles {

    private final Layout layout;
    private final JsonCodec<Bundle> codec = new JsonCodec<>(Bundle.class);

    Bundles(Layout layout) {
        this.layout = layout;
    }

    void write(ContainerId id, Bundle bundle) throws IOException {
        Layout.ContainerFiles files = layout.container(id);
        Files.createDirectories(files.directory());
        Files.createDirectories(files.rootfs());
        Files.write(files.spec(), codec.write(bundle));
    }

    /**
     * Reads one.
     *
     * @throws DataLossException when it is not there or not readable
     */
    Bundle read(ContainerId id) {
        Path file = layout.container(id).spec();
        try {
            return codec.read(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new DataLossException("read " + file + ": " + e.getMessage(), e);
        }
    }
}
