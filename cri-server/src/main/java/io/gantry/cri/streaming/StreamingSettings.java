package io.gantry.cri.streaming;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the streaming server serves.
 *
 * @param address a literal IP address to listen at
 * @param port 0: any free one
 * @param tls empty: unencrypted
 * @param idle after which silence a connection is closed
 * @param creation how long a client may take to open its streams
 */
public record StreamingSettings(
        String address, int port, Optional<Tls> tls, Duration idle, Duration creation) {

    /** Files in PEM, read when the server starts. */
    public record Tls(Path certificate, Path key) {}
}
