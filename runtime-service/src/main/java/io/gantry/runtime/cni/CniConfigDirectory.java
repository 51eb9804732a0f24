package io.gantry.runtime.cni;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of network configurations. The first files by name count, as for every other user
 * of it; they are read anew for each pod, so that an installed network needs no restart.
 */
final class CniConfigDirectory {

    /** Names end up in paths and in plugins' own files (specification §1, "name"). */
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");

    private static final String DEFAULT_VERSION = "0.2.0";

    /** Oldest first. */
    private static final List<String> KNOWN =
            List.of("0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0");

    private final Path directory;
    private final ObjectMapper json;

    CniConfigDirectory(Path directory, ObjectMapper json) {
        this.directory = directory;
        this.json = json;
    }

    Path directory() {
        return directory;
    }

    /**
     * The networks of the node, by the names of their files; none when none is configured.
     *
     * @param most how many at most; 0: all
     * @throws CniException naming the file and what is wrong with it
     */
    List<CniNetwork> load(int most) throws IOException {
        List<Path> files = files();
        Map<String, Path> names = new HashMap<>();
        List<CniNetwork> networks = new ArrayList<>();
        for (Path file : most == 0 ? files : files.subList(0, Math.min(most, files.size()))) {
            CniNetwork network = parse(file, Files.readAllBytes(file));
            Path other = names.putIfAbsent(network.name(), file);
            if (other != null) {
                throw new CniException(
                        "network configuration "
                                + file
                                + ": name "
                                + network.name()
                                + " is that of "
                                + other);
            }
            networks.add(network);
        }
        return networks;
    }

    /** Those that are configurations by their names, in the order of these. */
    List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(CniConfigDirectory::isConfiguration)
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
    }

    private static boolean isConfiguration(Path file) {
        String name = file.toString();
        return name.endsWith(".conflist") || name.endsWith(".conf") || name.endsWith(".json");
    }

    /**
     * Reads a configuration.
     *
     * @param file where it is from, for messages
     */
    CniNetwork parse(Path file, byte[] bytes) throws IOException {
        JsonNode document;
        try {
            document = json.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new CniException(
                    "network configuration " + file + ": " + e.getOriginalMessage(), e);
        }
        String name = document.path("name").asText("");
        if (!NAME.matcher(name).matches()) {
            throw new CniException(
                    "network configuration " + file + ": name is missing or not valid: " + name);
        }
        return new CniNetwork(
                name,
                version(document),
                document.path("disableCheck").asBoolean(false),
                document.path("disableGC").asBoolean(false),
                plugins(file, document));
    }

    /** The newest that this knows, where the file offers several (cniVersions, since 1.1). */
    private static String version(JsonNode document) {
        String version = document.path("cniVersion").asText(DEFAULT_VERSION);
        for (JsonNode offered : document.path("cniVersions")) {
            if (KNOWN.contains(offered.asText())
                    && KNOWN.indexOf(offered.asText()) > KNOWN.indexOf(version)) {
                version = offered.asText();
            }
        }
        return version;
    }

    /** A single-plugin file (before 0.3.0's lists) is a list of one. */
    private static List<ObjectNode> plugins(Path file, JsonNode document) throws CniException {
        List<ObjectNode> plugins = new ArrayList<>();
        if (document.has("plugins")) {
            for (JsonNode plugin : document.get("plugins")) {
                plugins.add(plugin(file, plugin));
            }
        } else {
            plugins.add(plugin(file, document));
        }
        if (plugins.isEmpty()) {
            throw new CniException("network configuration " + file + ": plugins is empty");
        }
        return plugins;
    }

    private static ObjectNode plugin(Path file, JsonNode node) throws CniException {
        String type = node.path("type").asText("");
        // A type is the file name of a program: a slash would lead out of the plugin directories.
        if (!(node instanceof ObjectNode plugin) || type.isEmpty() || type.contains("/")) {
            throw new CniException(
                    "network configuration "
                            + file
                            + ": a plugin needs a type without '/': "
                            + type);
        }
        return plugin;
    }
}
