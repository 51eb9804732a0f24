package io.gantry.image.registry;

import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.base.KeyedLocks;
import io.gantry.image.reference.ImageReference;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Pulls from registries and pushes to them. Keeps connections and access tokens from one pull to
 * the next; reads {@code hosts.toml} anew for each. Thread-safe.
 */
public final class RegistryClient implements Resolver, PushResolver, LoginCheck, AutoCloseable {

    /** Blobs up to this length are pushed whole, longer ones in pieces of it. */
    private static final int CHUNK_BYTES = 32 * 1024 * 1024;

    private volatile HostDirectory directory;
    private final HttpClients clients = new HttpClients();
    private final HostConnection.Shared shared;
    private final HostHealth health;
    private final HostSlots slots;
    private final RangeMemory memory = new RangeMemory(TransferLimits.MAX_RANGES);
    private final Settings settings;
    private final Clock clock;
    private final int chunkBytes;
    private final KeyedLocks<String> referrers = new KeyedLocks<>();

    /**
     * How it works.
     *
     * @param configPaths directories in the manner of containerd's {@code certs.d}, first match
     *     wins; none need exist
     * @param credentials the node's own
     */
    public record Settings(
            List<Path> configPaths,
            RetryPolicy policy,
            TransferLimits limits,
            NodeCredentials credentials) {

        public Settings {
            configPaths = List.copyOf(configPaths);
        }

        /** Without credentials, and with usual limits. */
        public static Settings of(List<Path> configPaths, RetryPolicy policy) {
            return new Settings(configPaths, policy, TransferLimits.DEFAULT, NodeCredentials.NONE);
        }
    }

    public RegistryClient(Settings settings, Clock clock) {
        this(settings, clock, CHUNK_BYTES);
    }

    RegistryClient(Settings settings, Clock clock, int chunkBytes) {
        this.directory = new HostDirectory(settings.configPaths);
        this.shared =
                new HostConnection.Shared(
                        clients, new TokenCache(clock), settings.policy, settings.credentials);
        this.health = new HostHealth(clock);
        this.slots = new HostSlots(settings.limits.connectionsPerHost());
        this.settings = settings;
        this.clock = clock;
        this.chunkBytes = chunkBytes;
    }

    /**
     * Has hosts looked up in other directories from now on; a transfer under way stays with those
     * that it has.
     */
    public void use(List<Path> configPaths) {
        directory = new HostDirectory(List.copyOf(configPaths));
    }

    @Override
    public Fetcher open(ImageReference reference, Credentials credentials, Deadline deadline) {
        Credentials own = credentials.forRegistry(reference.registry());
        RegistryCaller.Patience patience = new RegistryCaller.Patience(clock, deadline);
        List<HostConnection> connections = new ArrayList<>();
        for (RegistryHost host : directory.hosts(reference.registry())) {
            connections.add(HostConnection.open(host, reference, own, shared, patience));
        }
        RepositoryHosts hosts = new RepositoryHosts(reference, connections, health);
        ForeignBlobs foreign =
                new ForeignBlobs(
                        connections.getLast().host().api(), url -> stranger(url, patience));
        BlobSource source = new BlobSource(hosts, foreign, slots, deadline);
        return new RepositoryFetcher(
                reference,
                hosts,
                new RangedBlobStream.Transfer(
                        source, settings.limits, memory, settings.policy, patience));
    }

    private RegistryCaller stranger(URI url, RegistryCaller.Patience patience) {
        return HostConnection.stranger(url.getRawAuthority(), shared, patience);
    }

    @Override
    public Pusher openPush(ImageReference target, Credentials credentials, Deadline deadline) {
        Credentials own = credentials.forRegistry(target.registry());
        RegistryCaller.Patience patience = new RegistryCaller.Patience(clock, deadline);
        List<PushHost> hosts = new ArrayList<>();
        for (RegistryHost host : directory.hosts(target.registry())) {
            hosts.add(new PushHost(host, target, own, shared, patience));
        }
        return new RepositoryPusher(target, hosts, chunkBytes, referrers);
    }

    @Override
    public String check(String registry, Credentials credentials, Deadline deadline) {
        RegistryCaller.Patience patience = new RegistryCaller.Patience(clock, deadline);
        return new HostLogin(directory.hosts(registry), credentials, shared, patience).check();
    }

    /** Ends all connections; pulls and pushes that are under way fail. */
    @Override
    public void close() {
        clients.close();
    }
}
