package io.gantry.cri.wiring;

import io.gantry.base.Clock;
import io.gantry.cri.config.CriServerConfig;
import io.gantry.cri.streaming.StreamingServer;
import io.gantry.cri.streaming.StreamingSettings;
import io.gantry.linux.syscall.LibcryptoProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Makes the streaming server out of the configuration. */
final class Streaming {

    private Streaming() {}

    static StreamingServer server(CriServerConfig.Streaming config, Clock clock) {
        Path certificate = config.tlsCertFile();
        Path key = config.tlsKeyFile();
        Optional<StreamingSettings.Tls> tls =
                certificate == null || key == null
                        ? Optional.empty()
                        : Optional.of(new StreamingSettings.Tls(certificate, key));
        if (tls.isPresent()) {
            LibcryptoProvider.install();
        }
        return new StreamingServer(
                new StreamingSettings(
                        config.address(),
                        config.port(),
                        tls,
                        Duration.ofSeconds(config.timeouts().idleSeconds()),
                        Duration.ofSeconds(config.timeouts().creationSeconds())),
                clock);
    }
}
