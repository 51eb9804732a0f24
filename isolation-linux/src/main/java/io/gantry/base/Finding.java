package io.gantry.base;

/**
 * Something that a check of what is kept found wrong.
 *
 * @param kind as sandbox, container, shim, cgroup, blob, layer
 * @param subject id, path or digest
 * @param repaired whether it was mended
 * @param failure why it was not, where that was tried; empty otherwise
 */
public record Finding(
        String kind, String subject, String problem, boolean repaired, String failure) {}
