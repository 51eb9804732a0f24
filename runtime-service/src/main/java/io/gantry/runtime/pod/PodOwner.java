package io.gantry.runtime.pod;

/** Through which interface a pod was made; each interface lists its own only. */
public enum PodOwner {
    /** The CRI, so a kubelet. */
    CRI,
    /** Gantry's own engine interface: {@code gantry run}. */
    GANTRY,
    /** A build, for its commands; gone with it. */
    BUILD
}
