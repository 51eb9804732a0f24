package io.gantry.runtime.container;

/**
 * A device of the host, or a directory of them, that a container gets.
 *
 * @param permissions of r, w and m
 */
public record ContainerDevice(String hostPath, String containerPath, String permissions) {}
