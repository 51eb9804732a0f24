package io.gantry.cri.wiring;

import io.gantry.base.Deadline;
import io.gantry.base.error.UnimplementedException;
import io.gantry.image.content.Digest;
import io.gantry.image.diff.Change;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.ContainerChanges;
import io.gantry.image.service.DiskAccounts;
import io.gantry.image.service.Image;
import io.gantry.image.service.ImageArchives;
import io.gantry.image.service.ImageDetails;
import io.gantry.image.service.ImageEvents;
import io.gantry.image.service.ImageInspector;
import io.gantry.image.service.ImageNames;
import io.gantry.image.service.ImagePusher;
import io.gantry.image.service.PushListener;
import io.gantry.image.service.PushOrder;
import io.gantry.image.service.Pushed;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What can be asked for already and is not there yet: each says so. */
final class PendingTools
        implements ImagePusher,
                ImageNames,
                ImageArchives,
                ImageInspector,
                DiskAccounts,
                ContainerChanges,
                ImageEvents {

    @Override
    public Pushed push(PushOrder order, PushListener listener, Deadline deadline) {
        throw pending("push");
    }

    @Override
    public Image tag(String nameOrId, List<ImageReference> names) {
        throw pending("tag");
    }

    @Override
    public Removed remove(String nameOrId, boolean force) {
        throw pending("remove");
    }

    @Override
    public void save(SaveOrder order, OutputStream out, Listener listener, Deadline deadline) {
        throw pending("save");
    }

    @Override
    public List<Loaded> load(
            LoadOrder order, InputStream in, Listener listener, Deadline deadline) {
        throw pending("load");
    }

    @Override
    public ImageDetails inspect(String nameOrId) {
        throw pending("inspect");
    }

    @Override
    public Report report(Predicate<String> running) {
        throw pending("disk usage");
    }

    @Override
    public Map<Digest, ImageDetails.Use> uses() {
        return Map.of();
    }

    @Override
    public Removed prune(PruneOrder order) {
        throw pending("prune");
    }

    @Override
    public List<Change> of(String containerId) {
        throw pending("diff");
    }

    @Override
    public List<Change> between(String from, String to) {
        throw pending("diff");
    }

    @Override
    public Subscription subscribe() {
        throw pending("events");
    }

    @Override
    public Subscription subscribe(Instant since) {
        throw pending("events");
    }

    @Override
    public List<Event> recent() {
        throw pending("events");
    }

    private static UnimplementedException pending(String what) {
        return new UnimplementedException(what + " is not built yet");
    }
}
