package io.gantry.runtime.pod;

import io.gantry.base.Deadline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
     * Sandboxes that are, or may be, connected, and those that addresses are taken for, whether
     * anybody else remembers them or not.
     */
    default Set<PodSandboxId> connected() throws IOException {
        return Set.of();
    }

    /**
     * Disconnects a sandbox by what the network itself knows of it, after its record was lost.
     *
     * @throws IOException when something may be left; may be tried again
     */
    default void release(PodSandboxId id, Deadline deadline) throws IOException {}

    /**
     * Has the network look for what belongs to no sandbox that is connected, and free it.
     *
     * @throws IOException when something may be left; may be tried again
     */
    default void collect(Deadline deadline) throws IOException {}

    /**
     * Takes note of which addresses are for pods of this node, for networks that want to know.
     *
     * @param ranges subnets, one a family at most, the primary first; none: not known
     * @throws IOException when the network cannot be configured for them
     */
    default void usePodCidrs(List<String> ranges) throws IOException {}

    /**
     * How a pod is connected, after looking.
     *
     * @return empty when it is not
     * @throws IOException when nobody could look
     */
    default Optional<Inspection> inspect(PodSandbox pod, Deadline deadline) throws IOException {
        return Optional.empty();
    }

    /**
     * The connection of a pod.
     *
     * @param result what the plugins said when it was made, in JSON
     * @param problem what is wrong with it now; empty: nothing that plugins see
     */
    record Inspection(String result, String problem) {}

    /** Whether pods can be connected now. */
    Readiness status();

    /**
     * State of the network of the node.
     *
     * @param message why it is not ready, or a note
     */
    record Readiness(boolean ready, String message) {}
}
