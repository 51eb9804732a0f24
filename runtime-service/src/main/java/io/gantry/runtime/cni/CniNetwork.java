package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;

/**
 * A network configuration: plugins that are run one after the other.
 *
 * @param file where it was read from
 * @param name unique on the node
 * @param version of the specification that the plugins are spoken to in
 * @param plugins in the order of ADD, each with its own keys
 */
record CniNetwork(Path file, String name, String version, List<ObjectNode> plugins) {

    CniNetwork {
        plugins = plugins.stream().map(ObjectNode::deepCopy).toList();
    }
}
