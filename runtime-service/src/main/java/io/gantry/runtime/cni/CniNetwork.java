package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A network configuration: plugins that are run one after the other.
 *
 * @param name unique on the node
 * @param version of the specification that the plugins are spoken to in
 * @param withoutCheck its administrator wants no CHECK
 * @param withoutCollection its administrator wants no GC, as when others use it, too
 * @param plugins in the order of ADD, each with its own keys
 */
record CniNetwork(
        String name,
        String version,
        boolean withoutCheck,
        boolean withoutCollection,
        List<ObjectNode> plugins) {

    CniNetwork {
        plugins = plugins.stream().map(ObjectNode::deepCopy).toList();
    }

    boolean isAtLeast(int major, int minor) {
        return isAtLeast(version, major, minor);
    }

    /** Whether a version as 1.0.0 is so new; what is no version is not. */
    static boolean isAtLeast(String version, int major, int minor) {
        String[] numbers = version.split("\\.", -1);
        if (numbers.length < 2
                || !numbers[0].matches("[0-9]{1,4}")
                || !numbers[1].matches("[0-9]{1,4}")) {
            return false;
        }
        int first = Integer.parseInt(numbers[0]);
        return first > major || (first == major && Integer.parseInt(numbers[1]) >= minor);
    }

    /** Copies of the plugins' configurations with what the network says, as plugins are given. */
    List<ObjectNode> chain() {
        List<ObjectNode> chain = new ArrayList<>();
        for (ObjectNode plugin : plugins) {
            ObjectNode complete = complete(plugin);
            complete.remove("capabilities");
            chain.add(complete);
        }
        return chain;
    }

    /**
     * The same with what a pod asks for.
     *
     * @throws CniException when it needs what no plugin can do
     */
    List<ObjectNode> chain(PodCapabilities capabilities) throws CniException {
        capabilities.require(this);
        List<ObjectNode> chain = new ArrayList<>();
        for (ObjectNode plugin : plugins) {
            ObjectNode complete = complete(plugin);
            capabilities.addTo(complete);
            chain.add(complete);
        }
        return chain;
    }

    private ObjectNode complete(ObjectNode plugin) {
        ObjectNode complete = plugin.deepCopy();
        complete.put("name", name);
        complete.put("cniVersion", version);
        return complete;
    }
}
