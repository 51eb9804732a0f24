package io.gantry.cri.wiring;

import io.gantry.base.Ids;
import io.gantry.image.service.RootfsStore;
import io.gantry.linux.mount.Mount;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.ContainerId;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Root file systems for containers, out of the image store. */
final class ImageRootfs implements RootfsProvider {

    private final RootfsStore store;

    ImageRootfs(RootfsStore store) {
        this.store = store;
    }

    @Override
    public List<Mount> prepare(ContainerId container, String imageId) {
        return store.prepare(container.value(), imageId).stream()
                .map(mount -> new Mount(mount.type(), mount.source(), mount.options()))
                .toList();
    }

    @Override
    public void remove(ContainerId container) {
        store.remove(container.value());
    }

    @Override
    public Set<ContainerId> list() {
        // A build's root file systems have names of another form, and are the build's own business.
        return store.list().stream()
                .filter(Ids::isId)
                .map(ContainerId::new)
                .collect(Collectors.toUnmodifiableSet());
    }
}
