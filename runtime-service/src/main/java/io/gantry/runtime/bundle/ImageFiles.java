package io.gantry.runtime.bundle;

import java.io.IOException;
import java.util.Optional;

/** Reads single files of images, for /etc/passwd and /etc/group. Thread-safe. */
public interface ImageFiles {

    /**
     * Content of a small regular file.
     *
     * @param path absolute in the image; links are followed inside it only
     * @return empty when there is no such file
     */
    Optional<byte[]> read(String imageId, String path) throws IOException;
}
