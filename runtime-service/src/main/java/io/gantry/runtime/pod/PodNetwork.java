package io.gantry.runtime.pod;

import io.gantry.base.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Connects pods that have a network namespace of their own. Thread-safe. */
public interface PodNetwork {

    /**
     * Connects a pod. Its namespace exists and its loopback interface is up.
     *
     * @param netns path at which the network namespace is pinned
     * @return its addresses; none when no network is configured
     * @throws IOException when the network refuses, naming the plugin; whatever it did is undone
     */
    PodNetworkStatus add(PodSandbox pod, Path netns, Deadline deadline) throws IOException;

    /**
     * Disconnects a pod, whose namespace may be gone already; one that was never connected is no
     * error.
     *
     * @throws IOException when something may be left, an address for one; may be tried again
     */
    void remove(PodSandbox pod, Path netns, Deadline deadline) throws IOException;

    /**
     * Disconnects every pod but the known ones, after their records were lost.
     *
     * @throws IOException when something may be left; may be tried again
     */
    default void sweep(Set<PodSandboxId> known, Deadline deadline) throws IOException {}

    /** Whether pods can be connected now. */
    Readiness status();

    /**
     * State of the network of the node.
     *
     * @param message why it is not ready, or a note
     */
    record Readiness(boolean ready, String message) {}
}
