package io.gantry.cri.engine;

import io.gantry.runtime.container.Container;
import io.gantry.runtime.pod.PodOwner;
import io.gantry.runtime.pod.PodSandbox;

/** What is remembered of a request on its pod and container. */
public final class EngineAnnotations {

    static final String REMOVE_ON_EXIT = "io.gantry.remove-on-exit";

    /** Which network a pod has, where it is not the node's. */
    public static final String NETWORK = "io.gantry.network";

    /** Loopback alone. */
    public static final String NETWORK_NONE = "none";

    /** Addresses that a pod asks its network for, which reads them there. */
    static final String IPS = "io.gantry.ips";

    private EngineAnnotations() {}

    /** Whether a pod is to have loopback alone, whatever network the node has. */
    public static boolean wantsNoNetwork(PodSandbox pod) {
        return pod.owner() != PodOwner.CRI
                && NETWORK_NONE.equals(pod.config().annotations().get(NETWORK));
    }

    static boolean removedOnExit(Container container) {
        return "true".equals(container.config().annotations().get(REMOVE_ON_EXIT));
    }
}
