package io.gantry.runtime.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.base.AtomicFiles;
import io.gantry.base.Ids;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What each pod was connected with, on disk, so that it is disconnected by the same plugins with
 * the same configuration, whatever the node's configuration says by then and however often the
 * daemon dies between. Written before the first plugin runs: an entry without a result is an ADD
 * that may have been half done.
 */
final class AttachmentCache {

    private final Path directory;
    private final ObjectMapper json;

    AttachmentCache(Path directory, ObjectMapper json) {
        this.directory = directory;
        this.json = json;
    }

    /**
     * An attachment that was begun.
     *
     * @param plugins complete configurations, in the order of ADD
     * @param result of the last plugin; null while ADD goes on or has failed
     */
    record Entry(List<ObjectNode> plugins, Attachment attachment, Optional<JsonNode> result) {

        /** Whether it is one to a network of that name. */
        boolean isOf(String network) {
            return plugins.stream()
                    .anyMatch(plugin -> plugin.path("name").asText().equals(network));
        }
    }

    void write(Entry entry) throws IOException {
        Files.createDirectories(directory);
        ObjectNode node = json.createObjectNode();
        node.put("containerId", entry.attachment().containerId());
        node.put("netns", entry.attachment().netns());
        node.put("interface", entry.attachment().interfaceName());
        node.put("arguments", entry.attachment().arguments());
        ArrayNode plugins = node.putArray("plugins");
        entry.plugins().forEach(plugins::add);
        entry.result().ifPresent(result -> node.set("result", result));
        AtomicFiles.write(
                file(entry.attachment().containerId()), json.writeValueAsBytes(node), "rw-------");
    }

    Optional<Entry> find(String containerId) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file(containerId));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        JsonNode node = json.readTree(bytes);
        List<ObjectNode> plugins = new ArrayList<>();
        for (JsonNode plugin : node.path("plugins")) {
            plugins.add((ObjectNode) plugin);
        }
        Attachment attachment =
                new Attachment(
                        node.path("containerId").asText(),
                        node.path("netns").asText(),
                        node.path("interface").asText(Attachment.INTERFACE),
                        node.path("arguments").asText());
        return Optional.of(new Entry(plugins, attachment, Optional.ofNullable(node.get("result"))));
    }

    void remove(String containerId) throws IOException {
        Files.deleteIfExists(file(containerId));
    }

    /** Every pod with an entry. */
    Set<String> list() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .filter(Ids::isId)
                    .collect(Collectors.toSet());
        } catch (NoSuchFileException e) {
            return Set.of();
        }
    }

    private Path file(String containerId) {
        return directory.resolve(containerId + ".json");
    }
}
