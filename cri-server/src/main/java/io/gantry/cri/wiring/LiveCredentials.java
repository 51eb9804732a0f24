package io.gantry.cri.wiring;

import io.gantry.cri.config.CriServerConfig.Registry;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.NodeCredentials;

/** The node's credentials as the configuration that was read last has them. Thread-safe. */
final class LiveCredentials implements NodeCredentials {

    private volatile NodeCredentials now;

    LiveCredentials(Registry config) {
        now = RegistrySettings.credentials(config);
    }

    /** From now on those of another configuration; what a pull has been given already stays. */
    void use(Registry config) {
        now = RegistrySettings.credentials(config);
    }

    @Override
    public Credentials find(String host, String repository) {
        return now.find(host, repository);
    }
}
