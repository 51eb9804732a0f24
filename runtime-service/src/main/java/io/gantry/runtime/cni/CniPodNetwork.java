package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.pod.PodNetwork;
import io.gantry.runtime.pod.PodNetworkStatus;
import io.gantry.runtime.pod.PodSandbox;
import io.gantry.runtime.pod.PodSandboxId;
import io.gantry.runtime.pod.PodSandboxMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Connects pods by the plugins that the node's network configuration names. */
public final class CniPodNetwork implements PodNetwork {

    private final ObjectMapper json = new ObjectMapper();
    private final CniConfigDirectory configuration;
    private final CniPlugins plugins;
    private final AttachmentCache cache;
    private final NodeVerbs node;

    /**
     * @param configurations directory of network configurations; may come to exist later
     * @param binaries directories of plugins, searched in order
     * @param attachments directory of its own for what must be undone
     */
    public CniPodNetwork(Path configurations, List<Path> binaries, Path attachments, Clock clock) {
        this.configuration = new CniConfigDirectory(configurations, json);
        this.plugins = new CniPlugins(binaries, json);
        this.cache = new AttachmentCache(attachments, json);
        this.node = new NodeVerbs(plugins, clock);
    }

    @Override
    public PodNetworkStatus add(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
        Optional<CniNetwork> network = configuration.load();
        if (network.isEmpty()) {
            return PodNetworkStatus.none();
        }
        Attachment attachment = Attachment.of(pod.id().value(), netns, arguments(pod));
        List<ObjectNode> chain = chain(network.get(), PodCapabilities.of(pod.config(), json));
        // Found out before any of them runs: a chain with a missing plugin could not be undone.
        plugins.require(chain);
        cache.write(new AttachmentCache.Entry(chain, attachment, Optional.empty()));
        try {
            JsonNode result = addAll(chain, attachment, deadline);
            PodNetworkStatus status = CniResult.addresses(result);
            if (status.ips().isEmpty()) {
                throw new CniException("network " + network.get().name() + " gave no address");
            }
            cache.write(new AttachmentCache.Entry(chain, attachment, Optional.of(result)));
            return status;
        } catch (IOException e) {
            undo(attachment, e, deadline);
            throw e;
        }
    }

    @Override
    public void remove(PodSandbox pod, Path netns, Deadline deadline) throws IOException {
        remove(pod.id().value(), deadline);
    }

    @Override
    public void sweep(Set<PodSandboxId> known, Deadline deadline) throws IOException {
        Set<String> ids = known.stream().map(PodSandboxId::value).collect(Collectors.toSet());
        for (String remembered : cache.list()) {
            if (!ids.contains(remembered)) {
                remove(remembered, deadline);
            }
        }
        Optional<CniNetwork> network = configuration.load();
        if (network.isPresent()) {
            node.collect(network.get(), attachedTo(network.get().name()), deadline);
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
        if (configuration.load().filter(CniNetwork::withoutCheck).isPresent()) {
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

    /**
     * Disconnects by what is remembered of it alone; for a pod of which no other trace is left.
     *
     * @throws IOException when a plugin fails; the memory of it stays
     */
    public void remove(String sandboxId, Deadline deadline) throws IOException {
        Optional<AttachmentCache.Entry> entry = cache.find(sandboxId);
        if (entry.isPresent()) {
            deleteAll(entry.get(), deadline);
            cache.remove(sandboxId);
        }
    }

    /** Sandboxes that are, or may be, connected. */
    public Set<String> attached() throws IOException {
        return cache.list();
    }

    @Override
    public Readiness status() {
        try {
            Optional<CniNetwork> network = configuration.load();
            return network.isPresent()
                    ? node.status(network.get())
                    : new Readiness(
                            false, "no network configuration in " + configuration.directory());
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

    private void undo(Attachment attachment, IOException reason, Deadline deadline) {
        try {
            remove(attachment.containerId(), deadline);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }
}
