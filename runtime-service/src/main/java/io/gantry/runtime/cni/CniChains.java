package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs the plugins of a network one after the other, for one interface of a pod. */
final class CniChains {

    private final CniPlugins plugins;
    private final ObjectMapper json;

    CniChains(CniPlugins plugins, ObjectMapper json) {
        this.plugins = plugins;
        this.json = json;
    }

    /** ADD; the result of the last plugin. */
    JsonNode add(List<ObjectNode> chain, Attachment attachment, Deadline deadline)
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
    void delete(AttachmentCache.Entry entry, Deadline deadline) throws IOException {
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

    /** CHECK: what the first plugin that misses something has to say; empty: nothing. */
    String check(AttachmentCache.Entry entry, Deadline deadline) throws IOException {
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
}
