package io.gantry.cri.grpc;

import io.gantry.image.pulls.RunningPulls;
import io.gantry.image.registry.LoginCheck;
import io.gantry.image.service.ContainerChanges;
import io.gantry.image.service.DiskAccounts;
import io.gantry.image.service.ImageArchives;
import io.gantry.image.service.ImageEvents;
import io.gantry.image.service.ImageInspector;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.ImageNames;
import io.gantry.image.service.ImagePusher;

/** Everything that can be done with images. */
public record ImageTools(
        ImageManager manager,
        RunningPulls pulls,
        ImagePusher pusher,
        LoginCheck logins,
        ImageNames names,
        ImageArchives archives,
        ImageInspector inspector,
        DiskAccounts accounts,
        ContainerChanges changes,
        ImageEvents events) {}
