package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.linux.procfs.ProcFs;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;

/** Connects pods by the plugins that the node's network configurations name. */
public final class CniPodNetwork implements PodNetwork {

    private final ObjectMapper json = new ObjectMapper();
    private final CniSettings settings;
    private final CniNetworks networks;
    private final CniPlugins plugins;
    private final CniChains chains;
    private final AttachmentCache cache;
    private final NodeVerbs node;
    private final Optional<PodCidrConfiguration> template;

    /** Read: pods are connected and disconnected. Write: the rest is looked through. */
    private final ReentrantReadWriteLock guard = new ReentrantReadWriteLock();

    /** Pods of one node, which no other object connects. */
    public CniPodNetwork(CniSettings settings, Clock clock) {
        this(settings, ProcFs.SYSTEM, clock);
    }

    CniPodNetwork(CniSettings settings, ProcFs procfs, Clock clock) {
        this.settings = settings;
        this.networks = new CniNetworks(settings, procfs, json);
        this.plugins = new CniPlugins(settings.binaries(), json);
        this.chains = new CniChains(plugins, json);
        this.cache = new AttachmentCache(settings.attachments(), json);
        this.node = new NodeVerbs(plugins, clock);
        this.template =
                settings.template()
                        .map(
                                file ->
                                        new PodCidrConfiguration(
                                                file, settings.configurations(), json));
    }

    @Override
    public PodNetworkStatus add(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
        List<CniNetwork> wanted = networks.usable();
        if (wanted.isEmpty()) {
            return PodNetworkStatus.none();
        }
        try (Held _ = hold(guard.readLock(), deadline)) {
            List<AttachmentCache.Entry> entries = entries(wanted, pod, netns);
            // Found out before any of them runs: a chain with a missing plugin could not be undone.
            for (AttachmentCache.Entry entry : entries) {
                plugins.require(entry.plugins());
            }
            return addAll(entries, pod.id(), deadline);
        }
    }

    /** One for each network, with interfaces eth0, eth1 and so on in their order. */
    private List<AttachmentCache.Entry> entries(List<CniNetwork> wanted, PodSandbox pod, Path netns)
            throws CniException {
        List<AttachmentCache.Entry> entries = new ArrayList<>();
        for (CniNetwork network : wanted) {
            PodCapabilities capabilities =
                    entries.isEmpty()
                            ? PodCapabilities.of(pod.config(), json)
                            : PodCapabilities.ofFurther(pod.config(), json);
            Attachment attachment =
                    Attachment.of(pod.id().value(), netns, entries.size(), arguments(pod));
            entries.add(
                    new AttachmentCache.Entry(
                            network.chain(capabilities), attachment, Optional.empty()));
        }
        return entries;
    }

    /** One after the other: plugins of different networks change the same rules of the host. */
    private PodNetworkStatus addAll(
            List<AttachmentCache.Entry> entries, PodSandboxId id, Deadline deadline)
            throws IOException {
        try {
            List<String> addresses = new ArrayList<>();
            for (AttachmentCache.Entry entry : entries) {
                cache.write(entry);
                JsonNode result = chains.add(entry.plugins(), entry.attachment(), deadline);
                cache.write(entry.with(result));
                if (entry.attachment().isFirst()) {
                    addresses.addAll(CniResult.addresses(result, entry.attachment()));
                    if (addresses.isEmpty()) {
                        throw new CniException(
                                "network " + entry.network() + " gave no address to eth0");
                    }
                }
            }
            return new PodNetworkStatus(settings.order().sorted(addresses));
        } catch (IOException e) {
            undo(id, e, deadline);
            throw e;
        }
    }

    private void undo(PodSandboxId id, IOException reason, Deadline deadline) {
        try {
            release(id, deadline);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    @Override
    public void remove(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
        release(pod.id(), deadline);
    }

    @Override
    public Set<PodSandboxId> connected() throws IOException {
        Set<String> ids = new TreeSet<>(cache.list());
        for (LeaseDirectory.Lease lease : leases()) {
            ids.add(lease.containerId());
        }
        return ids.stream().map(PodSandboxId::new).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Disconnects by what is remembered of it, or else gives back what the default network has
     * noted for it.
     *
     * @throws IOException when a plugin fails, after all have had their turn; the memory of it
     *     stays
     */
    @Override
    public void release(PodSandboxId id, Deadline deadline) throws IOException {
        try (Held _ = hold(guard.readLock(), deadline)) {
            List<AttachmentCache.Entry> entries = cache.find(id.value());
            if (entries.isEmpty()) {
                entries = forgotten(id);
            }
            IOException failure = null;
            for (AttachmentCache.Entry entry : entries.reversed()) {
                try {
                    chains.delete(entry, deadline);
                    cache.remove(entry);
                } catch (IOException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    private List<LeaseDirectory.Lease> leases() throws IOException {
        return settings.defaultNetwork().isPresent()
                ? settings.defaultNetwork().get().leased().list()
                : List.of();
    }

    /** What would be remembered of addresses of the default network. */
    private List<AttachmentCache.Entry> forgotten(PodSandboxId id) throws IOException {
        List<AttachmentCache.Entry> entries = new ArrayList<>();
        for (LeaseDirectory.Lease lease : leases()) {
            if (lease.containerId().equals(id.value())) {
                CniNetwork network = settings.defaultNetwork().orElseThrow().network(json);
                ObjectNode result = json.createObjectNode().put("cniVersion", network.version());
                result.putArray("interfaces");
                result.putArray("ips").addObject().put("address", lease.cidr());
                entries.add(
                        new AttachmentCache.Entry(
                                network.chain(),
                                new Attachment(id.value(), "", lease.interfaceName(), ""),
                                Optional.of(result)));
            }
        }
        return entries;
    }

    @Override
    public void collect(Deadline deadline) throws IOException {
        // A pod that is being connected must not be what belongs to nobody.
        try (Held _ = hold(guard.writeLock(), deadline)) {
            for (CniNetwork network : networks.find()) {
                node.collect(network, attachedTo(network.name()), deadline);
            }
        }
    }

    private interface Held extends AutoCloseable {
        @Override
        void close();
    }

    private static Held hold(Lock lock, Deadline deadline) throws IOException {
        try {
            if (!lock.tryLock(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new CniException("the network was busy for too long");
            }
            return lock::unlock;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException)
                    new InterruptedIOException("interrupted while the network was busy")
                            .initCause(e);
        }
    }

    private List<Attachment> attachedTo(String network) throws IOException {
        List<Attachment> attached = new ArrayList<>();
        for (String remembered : cache.list()) {
            cache.find(remembered).stream()
                    .filter(entry -> entry.network().equals(network))
                    .map(AttachmentCache.Entry::attachment)
                    .forEach(attached::add);
        }
        return attached;
    }

    @Override
    public Optional<Inspection> inspect(PodSandbox pod, Deadline deadline) throws IOException {
        List<AttachmentCache.Entry> entries = cache.find(pod.id().value());
        if (entries.isEmpty() || entries.getFirst().result().isEmpty()) {
            return Optional.empty();
        }
        Set<String> unchecked =
                networks.find().stream()
                        .filter(CniNetwork::withoutCheck)
                        .map(CniNetwork::name)
                        .collect(Collectors.toSet());
        StringJoiner problems = new StringJoiner("; ");
        for (AttachmentCache.Entry entry : entries) {
            String problem =
                    unchecked.contains(entry.network()) ? "" : chains.check(entry, deadline);
            if (!problem.isEmpty()) {
                problems.add(problem);
            }
        }
        return Optional.of(
                new Inspection(entries.getFirst().result().get().toString(), problems.toString()));
    }

    @Override
    public Readiness status() {
        try {
            List<CniNetwork> wanted = networks.usable();
            return wanted.isEmpty()
                    ? new Readiness(false, networks.noneBecause())
                    : node.status(wanted);
        } catch (IOException e) {
            return new Readiness(false, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void usePodCidrs(List<String> ranges) throws IOException {
        if (template.isPresent() && !ranges.isEmpty()) {
            template.get().write(ranges);
        }
    }

    private static Map<String, String> arguments(PodSandbox pod) {
        PodSandboxMetadata metadata = pod.metadata();
        Map<String, String> arguments = new LinkedHashMap<>();
        arguments.put("K8S_POD_NAMESPACE", metadata.namespace());
        arguments.put("K8S_POD_NAME", metadata.name());
        arguments.put("K8S_POD_INFRA_CONTAINER_ID", pod.id().value());
        arguments.put("K8S_POD_UID", metadata.uid());
        return arguments;
    }
}
