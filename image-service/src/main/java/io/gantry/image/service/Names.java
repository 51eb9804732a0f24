package io.gantry.image.service;

import io.gantry.base.error.FailedPreconditionException;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.GarbageCollector;
import io.gantry.image.gc.GarbageCollector.Collected;
import io.gantry.image.gc.GarbageCollector.Partial;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Names as the catalog has them. */
final class Names implements ImageNames {

    private static final Logger log = LoggerFactory.getLogger(Names.class);

    private final Catalog catalog;
    private final ContainerRootfs rootfs;
    private final GarbageCollector collector;

    Names(Catalog catalog, ContainerRootfs rootfs, GarbageCollector collector) {
        this.catalog = catalog;
        this.rootfs = rootfs;
        this.collector = collector;
    }

    @Override
    public Image tag(String nameOrId, List<ImageReference> names) {
        List<String> tags = names.stream().map(ImageNameRules::tag).toList();
        return catalog.tag(nameOrId, tags);
    }

    @Override
    public Removed remove(String nameOrId, boolean force) {
        boolean byId = catalog.nameOf(nameOrId).isEmpty();
        Catalog.Removal removal =
                catalog.remove(nameOrId, asked -> check(asked, nameOrId, force, byId));
        if (!removal.whole()) {
            return new Removed(removal.names(), List.of(), 0);
        }
        Digest id = removal.image().id();
        Collected collected = collect(id);
        List<Digest> deleted = new ArrayList<>();
        deleted.add(id);
        removal.image().layers().stream()
                .filter(collected.layers()::contains)
                .forEach(deleted::add);
        return new Removed(removal.names(), deleted, collected.bytes());
    }

    private void check(Catalog.Removal asked, String nameOrId, boolean force, boolean byId) {
        if (force || !asked.whole()) {
            return;
        }
        Set<String> repositories = UntagRules.repositoriesOf(asked.image());
        if (byId && repositories.size() > 1) {
            throw new FailedPreconditionException(
                    "image "
                            + nameOrId
                            + " has tags in several repositories: "
                            + String.join(", ", repositories)
                            + "; remove it by name, or by force");
        }
        Set<String> users = rootfs.users().getOrDefault(asked.image().id(), Set.of());
        if (!users.isEmpty()) {
            throw new FailedPreconditionException(
                    "image "
                            + nameOrId
                            + " is used by "
                            + (users.size() == 1 ? "container " : "containers ")
                            + String.join(", ", users)
                            + "; remove the container first, or the image by force");
        }
    }

    /** The image is gone already: what cannot be removed now goes with the next collection. */
    private Collected collect(Digest id) {
        try {
            return collector.collect(Partial.KEEP);
        } catch (IOException e) {
            log.atWarn()
                    .addKeyValue("imageId", id)
                    .setCause(e)
                    .log("files of a removed image are not removed yet");
            return new Collected(List.of(), 0, 0);
        }
    }
}
