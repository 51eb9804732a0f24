package io.gantry.image.registry;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.image.reference.ImageReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Pulls from registries. Keeps connections and access tokens from one pull to the next; reads
 * {@code hosts.toml} anew for each. Thread-safe.
 */
public final class RegistryClient implements Resolver, AutoCloseable {

    private final HostDirectory directory;
    private final HttpClients clients = new HttpClients();
    private final TokenCache tokens;
    private final RetryPolicy policy;
    private final Clock clock;

    /**
     * @param configPaths directories in the manner of containerd's {@code certs.d}, first match
     *     wins; none need exist
     */
    public RegistryClient(List<Path> configPaths, RetryPolicy policy, Clock clock) {
        this.directory = new HostDirectory(configPaths);
        this.tokens = new TokenCache(clock);
        this.policy = policy;
        this.clock = clock;
    }

    @Override
    public Fetcher open(ImageReference reference, Credentials credentials, Deadline deadline) {
        Credentials own = credentials.forRegistry(reference.registry());
        RegistryCaller.Patience patience = new RegistryCaller.Patience(clock, deadline);
        HostConnection.Shared shared = new HostConnection.Shared(clients, tokens, policy);
        List<HostConnection> connections = new ArrayList<>();
        for (RegistryHost host : directory.hosts(reference.registry())) {
            connections.add(HostConnection.open(host, reference, own, shared, patience));
        }
        return new RepositoryFetcher(reference, connections, policy, patience);
    }

    /** Ends all connections; pulls that are under way fail. */
    @Override
    public void close() {
        clients.close();
    }
}
