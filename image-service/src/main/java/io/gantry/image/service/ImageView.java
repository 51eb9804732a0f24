package io.gantry.image.service;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.NotFoundException;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.linux.spec.SpecMount;
import io.gantry.linux.syscall.FileStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An image that is shown to a container. That a directory of it is there is seen to without
 * mounting; layers do not change, so whoever mounts it finds the same.
 */
final class ImageView {

    private final Snapshotter snapshotter;
    private final Image image;

    ImageView(Snapshotter snapshotter, Image image) {
        this.snapshotter = snapshotter;
        this.image = image;
    }

    /** What to mount to see the directory, or all of the image for an empty path. */
    SpecMount of(String directory) throws IOException {
        SpecMount all = snapshotter.view(image.layers());
        if (directory.isEmpty()) {
            return all;
        }
        check(directory);
        List<String> options = new ArrayList<>(all.options());
        options.add("X-mount.subdir=" + directory);
        return new SpecMount(all.destination(), all.type(), all.source(), options);
    }

    private void check(String directory) throws IOException {
        String what = "sub-path \"" + directory + "\" of image " + image.id() + ": ";
        if (Arrays.asList(directory.split("/", -1)).contains("..")) {
            throw new InvalidArgumentException(what + "path escapes from parent");
        }
        if (directory.indexOf('\0') >= 0) {
            throw new InvalidArgumentException(what + "it has a NUL");
        }
        Optional<FileStatus> found = snapshotter.stack(image.layers()).follow(directory);
        if (found.isEmpty()) {
            throw new NotFoundException(what + "no such file or directory");
        }
        if (!found.get().isDirectory()) {
            throw new FailedPreconditionException(what + "only directory subpath is supported");
        }
    }
}
