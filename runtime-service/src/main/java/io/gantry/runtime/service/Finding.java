package io.gantry.runtime.service;

/**
 * Something that a check of the state found wrong.
 *
 * @param kind as sandbox, container, shim, cgroup
 * @param subject id or path
 * @param repaired whether it was mended
 * @param failure why it was not, where that was tried; empty otherwise
 */
public record Finding(
        String kind, String subject, String problem, boolean repaired, String failure) {}
