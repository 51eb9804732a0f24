package io.gantry.runtime.stats;

import java.io.IOException;
import java.nio.file.Path;

/** Knows file systems. Thread-safe. */
@FunctionalInterface
public interface FileSystems {

    /** The file system that a directory is on. */
    FileSystemSpace space(Path directory) throws IOException;
}
