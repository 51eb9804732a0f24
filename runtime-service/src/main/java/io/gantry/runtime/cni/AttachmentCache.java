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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What each pod was connected with, on disk, so that it is disconnected by the same plugins with
 * the same configuration, whatever the node's configuration says by then and however often the
 * daemon dies between: a file for each interface. Written before the first plugin runs: an entry
 * without a result is an ADD that may have been half done.
 */
final class AttachmentCache {

    /** ID.json is of the first interface, ID.eth1.json of the second. */
    private static final Pattern FILE = Pattern.compile("([0-9a-f]+)(\\.eth[0-9]+)?\\.json");

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
     * @param result of the last plugin; empty while ADD goes on or has failed
     */
    record Entry(List<ObjectNode> plugins, Attachment attachment, Optional<JsonNode> result) {

        /** Name of the network. */
        String network() {
            return plugins.isEmpty() ? "" : plugins.getFirst().path("name").asText();
        }

        Entry with(JsonNode other) {
            return new Entry(plugins, attachment, Optional.of(other));
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
        AtomicFiles.write(file(entry.attachment()), json.writeValueAsBytes(node), "rw-------");
    }

    /** Those of a pod, in the order of its interfaces. */
    List<Entry> find(String containerId) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String name : names()) {
            Matcher form = FILE.matcher(name);
            if (form.matches() && form.group(1).equals(containerId)) {
                read(directory.resolve(name)).ifPresent(entries::add);
            }
        }
        entries.sort(Comparator.comparingInt(entry -> entry.attachment().number()));
        return entries;
    }

    private Optional<Entry> read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
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

    void remove(Entry entry) throws IOException {
        Files.deleteIfExists(file(entry.attachment()));
    }

    /** Every pod with an entry. */
    Set<String> list() throws IOException {
        return names().stream()
                .map(FILE::matcher)
                .filter(Matcher::matches)
                .map(form -> form.group(1))
                .filter(Ids::isId)
                .collect(Collectors.toSet());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> Objects.requireNonNull(file.getFileName()).toString())
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private Path file(Attachment attachment) {
        return directory.resolve(
                attachment.containerId()
                        + (attachment.isFirst() ? "" : "." + attachment.interfaceName())
                        + ".json");
    }
}
