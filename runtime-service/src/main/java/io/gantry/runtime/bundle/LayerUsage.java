package io.gantry.runtime.bundle;

import java.nio.file.Path;
import java.time.Instant;

/**
 * What a container has written to its root file system.
 *
 * @param mountpoint a directory on the file system that it is on
 * @param bytes on disk
 * @param inodes files and directories
 * @param measured when that was so
 */
public record LayerUsage(Path mountpoint, long bytes, long inodes, Instant measured) {}
