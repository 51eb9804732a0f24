package io.gantry.runtime.service;

/** Is told how long the phases of starts take. */
@FunctionalInterface
public interface StartPhases {

    /** Tells nobody. */
    StartPhases NONE = (phase, nanos) -> {};

    /** What is done one after the other, as far as it takes time. */
    enum Phase {
        SANDBOX_FILES,
        SANDBOX_CGROUP,
        /** Until the shim runs in the namespaces of the pod. */
        SANDBOX_LAUNCH,
        /** Until the plugins of the network have answered. */
        SANDBOX_NETWORK,
        /** The root file system and what else is mounted; with the creation. */
        CONTAINER_MOUNTS,
        /** The specification, from request and image to disk; with the creation. */
        CONTAINER_SPEC,
        /** Waiting for control group and launch program, which are begun with the creation. */
        CONTAINER_PREPARE,
        /** From the request to the shim until execve. */
        CONTAINER_LAUNCH
    }

    /** A phase has ended, well or not. */
    void took(Phase phase, long nanos);
}
