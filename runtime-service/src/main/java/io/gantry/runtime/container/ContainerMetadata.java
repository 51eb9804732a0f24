package io.gantry.runtime.container;

/** What a client calls a container; unique within its pod. */
public record ContainerMetadata(String name, int attempt) {}
