package io.gantry.cri.wiring;

import io.gantry.cri.config.CriServerConfig.Registry;
import io.gantry.cri.config.CriServerConfig.RegistryAuth;
import io.gantry.cri.config.CriServerConfig.Transfers;
import io.gantry.image.registry.ConfiguredCredentials;
import io.gantry.image.registry.Credentials;
import io.gantry.image.registry.DockerConfigFile;
import io.gantry.image.registry.NodeCredentials;
import io.gantry.image.registry.RegistryClient;
import io.gantry.image.registry.RetryPolicy;
import io.gantry.image.registry.TransferLimits;
import io.gantry.image.trust.PolicyFile;
import io.gantry.image.trust.SignaturePolicy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The configuration of registries in the words of their client. */
final class RegistrySettings {

    private RegistrySettings() {}

    /** Settings as configured. */
    static RegistryClient.Settings of(Registry config, NodeCredentials credentials) {
        return new RegistryClient.Settings(
                config.configPath(), RetryPolicy.DEFAULT, limits(config.transfers()), credentials);
    }

    /**
     * Which images may come. A policy that cannot be used is told at once, not at the first pull.
     */
    static SignaturePolicy signatures(Registry config) {
        Path file = config.signaturePolicy();
        if (file == null) {
            return SignaturePolicy.NONE;
        }
        PolicyFile policy = new PolicyFile(file);
        policy.load();
        return policy;
    }

    private static TransferLimits limits(Transfers transfers) {
        return new TransferLimits(
                transfers.connectionsPerHost(),
                transfers.rangesPerBlob(),
                (long) transfers.rangeThresholdMib() << 20,
                TransferLimits.DEFAULT.rangeBytes());
    }

    /** What the configuration holds itself comes before the file that it names. */
    static NodeCredentials credentials(Registry config) {
        Map<String, Credentials> byHost = new LinkedHashMap<>();
        config.auth().forEach((host, auth) -> byHost.put(host, credentials(auth)));
        NodeCredentials configured = new ConfiguredCredentials(byHost);
        Path file = config.credentialsFile();
        return file == null ? configured : configured.or(new DockerConfigFile(file));
    }

    private static Credentials credentials(RegistryAuth auth) {
        return new Credentials(
                        auth.username(),
                        auth.password(),
                        auth.identityToken(),
                        auth.registryToken(),
                        "")
                .withAuth(auth.auth());
    }
}
