package io.gantry.image.registry;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A client that pulls and pushes, with a policy of few attempts, a recording clock and a directory
 * for hosts.toml files.
 */
final class PullFixture implements AutoCloseable {

    static final RetryPolicy POLICY =
            new RetryPolicy(
                    3,
                    Duration.ofMillis(100),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(60));

    /** Pieces in which this client pushes what is longer. */
    static final int CHUNK_BYTES = 1_000_000;

    final RecordingClock clock = new RecordingClock();
    final RegistryClient client;
    private final Path certs;

    PullFixture(Path certs) {
        this(certs, POLICY);
    }

    PullFixture(Path certs, RetryPolicy policy) {
        this(certs, policy, TransferLimits.DEFAULT, NodeCredentials.NONE);
    }

    PullFixture(Path certs, TransferLimits limits, NodeCredentials credentials) {
        this(certs, POLICY, limits, credentials);
    }

    private PullFixture(
            Path certs, RetryPolicy policy, TransferLimits limits, NodeCredentials credentials) {
        this.certs = certs;
        this.client =
                new RegistryClient(
                        new RegistryClient.Settings(List.of(certs), policy, limits, credentials),
                        clock,
                        CHUNK_BYTES);
    }

    Fetcher open(String reference) {
        return open(reference, Credentials.ANONYMOUS);
    }

    Fetcher open(String reference, Credentials credentials) {
        return client.open(
                ImageReference.parse(reference), credentials, Deadline.never(Clock.SYSTEM));
    }

    Pusher push(String target) {
        return push(target, Credentials.ANONYMOUS);
    }

    Pusher push(String target, Credentials credentials) {
        return client.openPush(
                ImageReference.parse(target), credentials, Deadline.never(Clock.SYSTEM));
    }

    /** Says that a registry is served over plain http, which else would be found out. */
    void serve(FakeRegistry registry) throws IOException {
        configure(registry.name(), "server = '" + registry.url() + "'");
    }

    /** Writes the hosts.toml of a registry; apostrophes stand for quotes. */
    void configure(String registry, String toml) throws IOException {
        Path directory = Files.createDirectories(certs.resolve(registry));
        Files.writeString(directory.resolve("hosts.toml"), toml.replace('\'', '"'));
    }

    @Override
    public void close() {
        client.close();
    }
}
