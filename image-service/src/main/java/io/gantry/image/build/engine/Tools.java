package io.gantry.image.build.engine;

import io.gantry.base.Clock;
import io.gantry.image.build.api.BaseImages;
import io.gantry.image.build.api.StepRunner;
import io.gantry.image.content.ContentStore;
import io.gantry.image.layer.LayerApplier;
import io.gantry.image.registry.PushResolver;
import io.gantry.image.registry.Resolver;
import io.gantry.image.registry.WebFiles;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.linux.syscall.Syscalls;

/**
 * What builds are done with.
 *
 * @param applier unpacks archives
 * @param web what is fetched from
 * @param registries that caches come from and go to
 */
public record Tools(
        Syscalls kernel,
        Snapshotter snapshotter,
        ContentStore content,
        LayerApplier applier,
        BaseImages images,
        StepRunner runner,
        WebFiles web,
        Registries registries,
        Clock clock) {

    /** Both ways to registries. */
    public record Registries(Resolver pulls, PushResolver pushes) {}
}
