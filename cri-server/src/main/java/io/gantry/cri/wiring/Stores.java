package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.grpc.ImageTools;
import io.gantry.cri.metrics.WorkTimes;
import io.gantry.image.build.api.Builder;
import io.gantry.image.build.api.StepRunner;
import io.gantry.image.pulls.RunningPulls;
import io.gantry.image.registry.RegistryClient;
import io.gantry.image.service.ImageService;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.util.Locale;

/**
 * The images, and what containers see of them.
 *
 * @param registries where images come from; closed with the rest
 * @param pins who holds images; told of containers once these are known
 * @param pulls those that run
 */
record Stores(
        ImageService service, RegistryClient registries, OwnContainerPins pins, RunningPulls pulls)
        implements AutoCloseable {

    static Stores open(
            CriServerConfig config, LiveCredentials credentials, WorkTimes times, Clock clock)
            throws IOException {
        OwnContainerPins pins = new OwnContainerPins();
        RegistryClient registries =
                new RegistryClient(RegistrySettings.of(config.registry(), credentials), clock);
        boolean opened = false;
        try {
            ImageService service =
                    ImageService.open(
                            ImageService.Settings.of(config.root())
                                    .pinning(config.image().pinned()),
                            new ImageService.Surroundings(
                                    Syscalls.system(),
                                    registries,
                                    clock,
                                    pins,
                                    RegistrySettings.signatures(config.registry())));
            opened = true;
            return new Stores(
                    service,
                    registries,
                    pins,
                    new RunningPulls(
                            service.images(),
                            clock,
                            GrownHeap::shrink,
                            (result, bytes, nanos) ->
                                    times.pulled(
                                            result.name().toLowerCase(Locale.ROOT), bytes, nanos)));
        } finally {
            if (!opened) {
                registries.close();
            }
        }
    }

    ImageTools tools() {
        return new ImageTools(
                service.images(),
                pulls,
                service.pusher(registries),
                registries,
                service.names(),
                service.archives(),
                service.inspector(),
                service.accounts(),
                service.changes(),
                service.events());
    }

    Builder builder(StepRunner runner) {
        return service.builder(runner, registries);
    }

    LocalImages localImages() {
        return new LocalImages(service.images(), service.rootfs());
    }

    ImageRootfs rootfs() {
        return new ImageRootfs(service.rootfs());
    }

    @Override
    public void close() {
        registries.close();
        service.close();
    }
}
