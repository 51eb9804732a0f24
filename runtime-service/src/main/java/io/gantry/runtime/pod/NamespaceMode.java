package io.gantry.runtime.pod;

/** Whom a namespace is shared with (CRI {@code NamespaceMode}). */
public enum NamespaceMode {
    /** All containers of the pod. */
    POD,
    /** Nobody; pid only. */
    CONTAINER,
    /** The host. */
    NODE,
    /** The container that is named as target; pid only. */
    TARGET
}
