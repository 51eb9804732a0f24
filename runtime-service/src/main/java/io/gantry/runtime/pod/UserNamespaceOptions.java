package io.gantry.runtime.pod;

import io.gantry.linux.spec.LinuxSpec.IdMapping;
import java.util.List;

/**
 * A user namespace.
 *
 * @param mode POD: a new one with the mappings; NODE: the host's
 */
public record UserNamespaceOptions(NamespaceMode mode, List<IdMapping> uids, List<IdMapping> gids) {
    public UserNamespaceOptions {
        uids = List.copyOf(uids);
        gids = List.copyOf(gids);
    }
}
