package io.gantry.cri.wiring;

import io.gantry.base.Deadline;
import io.gantry.base.error.UnimplementedException;
import io.gantry.image.service.ImagePusher;
import io.gantry.image.service.PushListener;
import io.gantry.image.service.PushOrder;
import io.gantry.image.service.Pushed;

/** Says that images cannot be pushed yet. */
final class PendingPusher implements ImagePusher {

    @Override
    public Pushed push(PushOrder order, PushListener listener, Deadline deadline) {
        throw new UnimplementedException("push is not built yet");
    }
}
