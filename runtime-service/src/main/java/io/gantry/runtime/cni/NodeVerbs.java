package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.Clock;
import io.gantry.base.Deadline;
import io.gantry.runtime.pod.PodNetwork.Readiness;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * What plugins are asked about a network as a whole: STATUS and GC, which they know from version
 * 1.1 of the specification on. Thread-safe.
 */
final class NodeVerbs {

    /** A kubelet asks every five seconds, and a plugin is a process each time. */
    static final Duration FRESH = Duration.ofSeconds(4);

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final String VALID = "cni.dev/valid-attachments";

    private final CniPlugins plugins;
    private final Clock clock;
    private @Nullable Answer last;

    NodeVerbs(CniPlugins plugins, Clock clock) {
        this.plugins = plugins;
        this.clock = clock;
    }

    private record Answer(List<CniNetwork> networks, Readiness readiness, long atNanos) {}

    /**
     * Whether pods can be connected: every plugin is there and, asked, does not say otherwise.
     * Asked again for the same networks, it is an answer of seconds ago.
     *
     * @throws IOException when nobody could be asked
     */
    synchronized Readiness status(List<CniNetwork> networks) throws IOException {
        Answer known = last;
        if (known != null
                && known.networks().equals(networks)
                && clock.nanoTime() - known.atNanos() < FRESH.toNanos()) {
            return known.readiness();
        }
        Readiness readiness = ask(networks);
        last = new Answer(networks, readiness, clock.nanoTime());
        return readiness;
    }

    private Readiness ask(List<CniNetwork> networks) throws IOException {
        StringJoiner ready = new StringJoiner("; ");
        for (CniNetwork network : networks) {
            Readiness readiness = ask(network);
            if (!readiness.ready()) {
                return readiness;
            }
            ready.add(readiness.message());
        }
        return new Readiness(true, ready.toString());
    }

    private Readiness ask(CniNetwork network) throws IOException {
        List<ObjectNode> chain = network.chain();
        try {
            plugins.require(chain);
            if (network.isAtLeast(1, 1)) {
                Deadline deadline = Deadline.after(PATIENCE, clock);
                for (ObjectNode plugin : chain) {
                    plugins.run("STATUS", plugin, Map.of("CNI_COMMAND", "STATUS"), deadline);
                }
            }
            return new Readiness(true, "network " + network.name());
        } catch (CniException e) {
            return new Readiness(false, "network " + network.name() + ": " + e.getMessage());
        }
    }

    /**
     * Has plugins give back whatever belongs to none of the sandboxes; nothing for networks whose
     * version, or whose administrator, does not want that.
     *
     * @param attached what is connected to the network
     * @throws IOException the first failure, after every plugin has had its turn
     */
    void collect(CniNetwork network, List<Attachment> attached, Deadline deadline)
            throws IOException {
        if (!network.isAtLeast(1, 1) || network.withoutCollection()) {
            return;
        }
        List<ObjectNode> chain = network.chain();
        plugins.require(chain);
        IOException failure = null;
        for (ObjectNode plugin : chain) {
            ArrayNode valid = plugin.putArray(VALID);
            for (Attachment each : attached) {
                valid.addObject()
                        .put("containerID", each.containerId())
                        .put("ifname", each.interfaceName());
            }
            try {
                plugins.run("GC", plugin, Map.of("CNI_COMMAND", "GC"), deadline);
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
