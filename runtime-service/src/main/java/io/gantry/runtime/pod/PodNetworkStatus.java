package io.gantry.runtime.pod;

import java.util.List;

/**
 * Addresses of a pod.
 *
 * @param ips the primary first; empty without a network of its own
 */
public record PodNetworkStatus(List<String> ips) {
    public PodNetworkStatus {
        ips = List.copyOf(ips);
    }

    /** No address. */
    public static PodNetworkStatus none() {
        return new PodNetworkStatus(List.of());
    }
}
