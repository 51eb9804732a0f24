package io.gantry.cri.wiring;

import io.gantry.base.Ids;
import io.gantry.image.service.RootfsStore;
import io.gantry.linux.mount.Mount;
import io.gantry.linux.spec.SpecMount;
import io.gantry.runtime.bundle.LayerUsage;
import io.gantry.runtime.bundle.RootfsProvider;
import io.gantry.runtime.container.ContainerId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
        return store.prepare(container.value(), imageId).stream().map(ImageRootfs::mount).toList();
    }

    @Override
    public SpecMount view(ContainerId container, String imageId, String directory) {
        return store.view(container.value(), imageId, directory);
    }

    @Override
    public Path volume(ContainerId container, String path) {
        return store.volume(container.value(), path);
    }

    @Override
    public void remove(ContainerId container) {
        store.remove(container.value());
    }

    @Override
    public Optional<LayerUsage> usage(ContainerId container) {
        return store.usage(container.value())
                .map(
                        use ->
                                new LayerUsage(
                                        use.mountpoint(),
                                        use.usedBytes(),
                                        use.inodesUsed(),
                                        use.measured()));
    }

    private static Mount mount(SpecMount mount) {
        return new Mount(mount.type(), mount.source(), mount.options());
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
