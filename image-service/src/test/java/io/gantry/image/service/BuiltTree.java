package io.gantry.image.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gantry.image.build.api.BuildResult;
import io.gantry.image.content.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * What an image comes to: the configuration of its containers, and its files with kind, mode,
 * owner, content, target and attributes. Times count for files, for those of directories that
 * builders make are when they made them.
 */
record BuiltTree(JsonNode config, SortedMap<String, String> files) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static BuiltTree ofGantry(Building building, BuildResult result) throws IOException {
        SortedMap<String, String> files = new TreeMap<>();
        JsonNode config = MAPPER.readTree(building.text(result.images().getFirst().id()));
        for (int i = 0; i < config.at("/rootfs/diff_ids").size(); i++) {
            building.entries(
                    result,
                    i,
                    (entry, content) -> {
                        add(files, entry, content);
                        return "";
                    });
        }
        return new BuiltTree(config, files);
    }

    /** An image as {@code dir:} has it. */
    static BuiltTree ofDirectory(Path image) throws IOException {
        JsonNode manifest = MAPPER.readTree(Files.readString(image.resolve("manifest.json")));
        SortedMap<String, String> files = new TreeMap<>();
        for (JsonNode layer : manifest.path("layers")) {
            try (InputStream in = Files.newInputStream(image.resolve(name(layer)));
                    TarArchiveInputStream tar =
                            new TarArchiveInputStream(unpacked(new BufferedInputStream(in)))) {
                for (TarArchiveEntry each = tar.getNextEntry();
                        each != null;
                        each = tar.getNextEntry()) {
                    add(files, each, tar.readAllBytes());
                }
            }
        }
        Path config = image.resolve(name(manifest.path("config")));
        return new BuiltTree(MAPPER.readTree(Files.readString(config)), files);
    }

    private static InputStream unpacked(BufferedInputStream in) throws IOException {
        in.mark(2);
        boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
        in.reset();
        return gzip ? new GZIPInputStream(in) : in;
    }

    private static String name(JsonNode descriptor) {
        return descriptor.path("digest").asText().replaceFirst("^sha256:", "");
    }

    private static void add(
            SortedMap<String, String> files, TarArchiveEntry entry, byte[] content) {
        String path = entry.getName().replaceFirst("/$", "");
        boolean file = entry.isFile() && !entry.isLink() && !entry.isSymbolicLink();
        StringBuilder text = new StringBuilder();
        text.append((char) entry.getLinkFlag())
                .append(" %o ".formatted(entry.getMode() & 07777))
                .append(entry.getLongUserId() + ":" + entry.getLongGroupId());
        if (!entry.getLinkName().isEmpty()) {
            text.append(" -> ").append(entry.getLinkName());
        }
        if (file) {
            text.append(" ").append(Digest.sha256(content).hex(), 0, 12);
            text.append(" @" + entry.getLastModifiedTime().toInstant().getEpochSecond());
        }
        for (Map.Entry<String, String> each : entry.getExtraPaxHeaders().entrySet()) {
            if (each.getKey().startsWith("SCHILY.xattr.")) {
                text.append(' ').append(each.getKey()).append('=').append(each.getValue());
            }
        }
        if (!path.isEmpty() && !path.equals(".")) {
            files.put(path.replaceFirst("^\\./", ""), text.toString());
        }
    }

    /** How this image differs from another: this one's first. */
    List<String> differences(BuiltTree other) {
        List<String> differences = new ArrayList<>();
        TreeSet<String> paths = new TreeSet<>(files.keySet());
        paths.addAll(other.files.keySet());
        for (String path : paths) {
            String ours = files.getOrDefault(path, "nothing");
            String theirs = other.files.getOrDefault(path, "nothing");
            if (!ours.equals(theirs)) {
                differences.add("file " + path + ": " + ours + " <> " + theirs);
            }
        }
        TreeSet<String> fields = new TreeSet<>();
        config.path("config").fieldNames().forEachRemaining(fields::add);
        other.config.path("config").fieldNames().forEachRemaining(fields::add);
        for (String field : fields) {
            String ours = field(config, field);
            String theirs = field(other.config, field);
            if (!ours.equals(theirs)) {
                differences.add("config " + field + ": " + ours + " <> " + theirs);
            }
        }
        for (String field : List.of("architecture", "os", "author")) {
            String ours = config.path(field).asText();
            String theirs = other.config.path(field).asText();
            if (!ours.equals(theirs)) {
                differences.add(field + ": " + ours + " <> " + theirs);
            }
        }
        return differences;
    }

    /** Empty values are none, and buildah's own mark is nobody's label. */
    private static String field(JsonNode config, String field) {
        JsonNode value = config.path("config").path(field);
        if (value instanceof ObjectNode labels && field.equals("Labels")) {
            labels.remove("io.buildah.version");
        }
        boolean none =
                value.isMissingNode()
                        || value.isNull()
                        || (value.isContainerNode() && value.isEmpty())
                        || (value.isTextual() && value.asText().isEmpty())
                        || (value.isBoolean() && !value.asBoolean())
                        // Of the container in which it builds.
                        || field.equals("Hostname");
        return none ? "none" : value.toString();
    }
}
