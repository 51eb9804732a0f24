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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;

/** Connects pods by the plugins that the node's network configuration names. */
public final class CniPodNetwork implements PodNetwork {

    private final ObjectMapper json = new ObjectMapper();
    private final Optional<DefaultNetwork> defaultNetwork;
    private final CniNetworks networks;
    private final CniPlugins plugins;
    private final AttachmentCache cache;
    private final NodeVerbs node;

    /** Read: pods are connected and disconnected. Write: the rest is looked through. */
    private final ReentrantReadWriteLock guard = new ReentrantReadWriteLock();

    /** Pods of one node, which no other object connects. */
    public CniPodNetwork(CniSettings settings, Clock clock) {
        this(settings, ProcFs.SYSTEM, clock);
    }

    CniPodNetwork(CniSettings settings, ProcFs procfs, Clock clock) {
        this.defaultNetwork = settings.defaultNetwork();
        this.networks = new CniNetworks(settings, procfs, json);
        this.plugins = new CniPlugins(settings.binaries(), json);
        this.cache = new AttachmentCache(settings.attachments(), json);
        this.node = new NodeVerbs(plugins, clock);
    }

    @Override
    public PodNetworkStatus add(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
        Optional<CniNetwork> network = networks.usable();
        if (network.isEmpty()) {
            return PodNetworkStatus.none();
        }
        try (Held _ = hold(guard.readLock(), deadline)) {
            return add(network.get(), pod, netns, deadline);
        }
    }

    private PodNetworkStatus add(CniNetwork network, PodSandbox pod, Path netns, Deadline deadline)
            throws IOException {
        Attachment attachment = Attachment.of(pod.id().value(), netns, arguments(pod));
        List<ObjectNode> chain = chain(network, PodCapabilities.of(pod.config(), json));
        // Found out before any of them runs: a chain with a missing plugin could not be undone.
        plugins.require(chain);
        cache.write(new AttachmentCache.Entry(chain, attachment, Optional.empty()));
        try {
            JsonNode result = addAll(chain, attachment, deadline);
            PodNetworkStatus status = CniResult.addresses(result);
            if (status.ips().isEmpty()) {
                throw new CniException("network " + network.name() + " gave no address");
            }
            cache.write(new AttachmentCache.Entry(chain, attachment, Optional.of(result)));
            return status;
        } catch (IOException e) {
            undo(pod.id(), e, deadline);
            throw e;
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
     * @throws IOException when a plugin fails; the memory of it stays
     */
    @Override
    public void release(PodSandboxId id, Deadline deadline) throws IOException {
        try (Held _ = hold(guard.readLock(), deadline)) {
            Optional<AttachmentCache.Entry> entry = cache.find(id.value());
            if (entry.isPresent()) {
                deleteAll(entry.get(), deadline);
                cache.remove(id.value());
                return;
            }
            for (LeaseDirectory.Lease lease : leases()) {
                if (lease.containerId().equals(id.value())) {
                    deleteAll(forgotten(lease), deadline);
                }
            }
        }
    }

    private List<LeaseDirectory.Lease> leases() throws IOException {
        return defaultNetwork.isPresent() ? defaultNetwork.get().leased().list() : List.of();
    }

    /** What would be remembered of an address of the default network. */
    private AttachmentCache.Entry forgotten(LeaseDirectory.Lease lease) {
        CniNetwork network = defaultNetwork.orElseThrow().network(json);
        ObjectNode result = json.createObjectNode().put("cniVersion", network.version());
        result.putArray("interfaces");
        result.putArray("ips").addObject().put("address", lease.cidr());
        return new AttachmentCache.Entry(
                network.chain(),
                new Attachment(lease.containerId(), "", lease.interfaceName(), ""),
                Optional.of(result));
    }

    @Override
    public void collect(Deadline deadline) throws IOException {
        Optional<CniNetwork> network = networks.find();
        if (network.isEmpty()) {
            return;
        }
        // A pod that is being connected must not be what belongs to nobody.
        try (Held _ = hold(guard.writeLock(), deadline)) {
            node.collect(network.get(), attachedTo(network.get().name()), deadline);
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

    private Set<String> attachedTo(String network) throws IOException {
        Set<String> ids = new HashSet<>();
        for (String remembered : cache.list()) {
            if (cache.find(remembered).filter(entry -> entry.isOf(network)).isPresent()) {
                ids.add(remembered);
            }
        }
        return ids;
    }

    @Override
    public Optional<Inspection> inspect(PodSandbox pod, Deadline deadline) throws IOException {
        Optional<AttachmentCache.Entry> entry = cache.find(pod.id().value());
        if (entry.isEmpty() || entry.get().result().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new Inspection(
                        entry.get().result().get().toString(), problem(entry.get(), deadline)));
    }

    /** What CHECK has to say; empty: nothing, or it is not to be asked. */
    private String problem(AttachmentCache.Entry entry, Deadline deadline) throws IOException {
        if (networks.find().filter(CniNetwork::withoutCheck).isPresent()) {
            return "";
        }
        try {
            for (ObjectNode plugin : entry.plugins()) {
                // Plugins know the verb from version 0.4 on.
                if (CniNetwork.isAtLeast(plugin.path("cniVersion").asText(), 0, 4)) {
                    ObjectNode input = plugin.deepCopy();
                    entry.result().ifPresent(result -> input.set("prevResult", result));
                    plugins.run("CHECK", input, entry.attachment(), deadline);
                }
            }
            return "";
        } catch (CniException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Override
    public Readiness status() {
        try {
            Optional<CniNetwork> network = networks.usable();
            return network.isPresent()
                    ? node.status(network.get())
                    : new Readiness(false, networks.noneBecause());
        } catch (IOException e) {
            return new Readiness(false, String.valueOf(e.getMessage()));
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

    private static List<ObjectNode> chain(CniNetwork network, PodCapabilities capabilities) {
        List<ObjectNode> chain = new ArrayList<>();
        for (ObjectNode plugin : network.plugins()) {
            ObjectNode complete = plugin.deepCopy();
            complete.put("name", network.name());
            complete.put("cniVersion", network.version());
            capabilities.addTo(complete);
            chain.add(complete);
        }
        return chain;
    }

    private JsonNode addAll(List<ObjectNode> chain, Attachment attachment, Deadline deadline)
            throws IOException {
        JsonNode result = json.createObjectNode();
        for (ObjectNode plugin : chain) {
            ObjectNode input = plugin.deepCopy();
            if (!result.isEmpty()) {
                input.set("prevResult", result);
            }
            result = plugins.run("ADD", input, attachment, deadline);
        }
        return result;
    }

    /** DEL in reverse; the first failure is told after every plugin has had its turn. */
    private void deleteAll(AttachmentCache.Entry entry, Deadline deadline) throws IOException {
        Attachment attachment = entry.attachment();
        // Plugins free addresses without a namespace too, and fail on a path that leads nowhere.
        Attachment now =
                Files.exists(Path.of(attachment.netns())) ? attachment : attachment.withoutNetns();
        IOException failure = null;
        for (ObjectNode plugin : entry.plugins().reversed()) {
            ObjectNode input = plugin.deepCopy();
            entry.result().ifPresent(result -> input.set("prevResult", result));
            try {
                plugins.run("DEL", input, now, deadline);
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

    private void undo(PodSandboxId id, IOException reason, Deadline deadline) {
        try {
            release(id, deadline);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }
}
