package io.gantry.runtime.container;

/** How later mounts pass between the host and a container's volume. */
public enum MountPropagation {
    PRIVATE,
    HOST_TO_CONTAINER,
    BIDIRECTIONAL
}
