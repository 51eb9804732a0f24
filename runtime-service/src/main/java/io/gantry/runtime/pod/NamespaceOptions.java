package io.gantry.runtime.pod;

import io.gantry.linux.spec.IdMappings;
import org.jspecify.annotations.Nullable;

/**
 * Namespaces of a pod or container.
 *
 * @param network POD or NODE
 * @param ipc POD or NODE
 * @param targetId container whose pid namespace is joined when pid is TARGET; otherwise empty
 * @param userns null when the client said nothing: the host's user namespace
 */
public record NamespaceOptions(
        NamespaceMode network,
        NamespaceMode pid,
        NamespaceMode ipc,
        String targetId,
        @Nullable UserNamespaceOptions userns) {

    /** What the CRI's default values mean. */
    public static NamespaceOptions defaults() {
        return new NamespaceOptions(
                NamespaceMode.POD, NamespaceMode.POD, NamespaceMode.POD, "", null);
    }

    /** The ids of its user namespace; empty when that is the host's. */
    public IdMappings idMappings() {
        return userns == null || userns.mode() == NamespaceMode.NODE
                ? IdMappings.NONE
                : new IdMappings(userns.uids(), userns.gids());
    }

    /** Whether the pod has no network of its own. */
    public boolean hostNetwork() {
        return network == NamespaceMode.NODE;
    }
}
