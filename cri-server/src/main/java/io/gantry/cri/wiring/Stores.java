package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.image.registry.RegistryClient;
import io.gantry.image.registry.RetryPolicy;
import io.gantry.image.service.ImageManager;
import io.gantry.image.service.ImageService;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;

/**
 * The images, and what containers see of them.
 *
 * @param registries where images come from; closed with the rest
 * @param pins who holds images; told of containers once these are known
 */
record Stores(ImageService service, RegistryClient registries, OwnContainerPins pins)
        implements AutoCloseable {

    static Stores open(CriServerConfig config, Clock clock) throws IOException {
        OwnContainerPins pins = new OwnContainerPins();
        RegistryClient registries =
                new RegistryClient(config.registry().configPath(), RetryPolicy.DEFAULT, clock);
        boolean opened = false;
        try {
            ImageService service =
                    ImageService.open(
                            ImageService.Settings.of(config.root()),
                            new ImageService.Surroundings(
                                    Syscalls.system(), registries, clock, pins));
            opened = true;
            return new Stores(service, registries, pins);
        } finally {
            if (!opened) {
                registries.close();
            }
        }
    }

    ImageManager images() {
        return service.images();
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
