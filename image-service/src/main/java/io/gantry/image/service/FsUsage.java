package io.gantry.image.service;

import java.nio.file.Path;
import java.time.Instant;

/**
 * Use of a file system.
 *
 * @param mountpoint an existing directory on it
 * @param usedBytes space taken on disk
 * @param inodesUsed number of files and directories
 * @param measured when that was so
 */
public record FsUsage(Path mountpoint, long usedBytes, long inodesUsed, Instant measured) {}
