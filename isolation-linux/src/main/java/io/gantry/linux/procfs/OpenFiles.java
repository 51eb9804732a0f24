package io.gantry.linux.procfs;

/**
 * What a process holds open.
 *
 * @param all descriptors
 * @param sockets of these
 */
public record OpenFiles(long all, long sockets) {}
