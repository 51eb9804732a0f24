package io.gantry.cri.wiring;

import io.gantry.base.Deadline;
import io.gantry.base.error.UnimplementedException;
import io.gantry.image.diff.Change;
import io.gantry.image.service.ContainerChanges;
import io.gantry.image.service.ImageArchives;
import io.gantry.image.service.ImagePusher;
import io.gantry.image.service.PushListener;
import io.gantry.image.service.PushOrder;
import io.gantry.image.service.Pushed;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** What can be asked for already and is not there yet: each says so. */
final class PendingTools implements ImagePusher, ImageArchives, ContainerChanges {

    @Override
    public Pushed push(PushOrder order, PushListener listener, Deadline deadline) {
        throw pending("push");
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
    public List<Change> of(String containerId) {
        throw pending("diff");
    }

    @Override
    public List<Change> between(String from, String to) {
        throw pending("diff");
    }

    private static UnimplementedException pending(String what) {
        return new UnimplementedException(what + " is not built yet");
    }
}
