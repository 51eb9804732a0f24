package io.gantry.image.manifest;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of an artifact: its layers that have a title (image-spec annotations.md). Nothing is
 * unpacked; a layer without a title is part of the artifact but no file.
 */
public final class ArtifactFiles {

    private static final String TITLE = "org.opencontainers.image.title";
    private static final int NAME_MAX = 255;
    private static final int PATH_MAX = 4096;

    private ArtifactFiles() {}

    /**
     * Blobs by their paths, which have no dot, dot-dot or empty element.
     *
     * @throws InvalidImageException when a title is no path of a file, or two are in each other's
     *     way
     */
    public static SortedMap<String, Digest> of(Manifest manifest) {
        SortedMap<String, Digest> files = new TreeMap<>();
        for (Descriptor layer : manifest.layers()) {
            String title = layer.annotations().getOrDefault(TITLE, "");
            if (title.isEmpty()) {
                continue;
            }
            check(layer, title);
            Digest other = files.putIfAbsent(title, layer.digest());
            if (other != null && !other.equals(layer.digest())) {
                throw bad(layer, title, "is also that of " + other);
            }
        }
        for (String title : files.keySet()) {
            for (int end = title.indexOf('/'); end >= 0; end = title.indexOf('/', end + 1)) {
                Digest above = files.get(title.substring(0, end));
                if (above != null) {
                    throw new InvalidImageException(
                            "artifact has a file at " + title.substring(0, end) + " and below it");
                }
            }
        }
        return Collections.unmodifiableSortedMap(files);
    }

    private static void check(Descriptor layer, String title) {
        if (title.startsWith("/")) {
            throw bad(layer, title, "is an absolute path");
        }
        if (title.indexOf('\0') >= 0) {
            throw bad(layer, title.replace("\0", "\\0"), "holds a NUL");
        }
        if (title.getBytes(StandardCharsets.UTF_8).length >= PATH_MAX) {
            throw bad(layer, title.substring(0, NAME_MAX) + "…", "is longer than a path can be");
        }
        for (String element : title.split("/", -1)) {
            if (element.isEmpty() || element.equals(".") || element.equals("..")) {
                throw bad(layer, title, "has the element \"" + element + "\"");
            }
            if (element.getBytes(StandardCharsets.UTF_8).length > NAME_MAX) {
                throw bad(layer, title, "has an element that is longer than a name can be");
            }
        }
    }

    private static InvalidImageException bad(Descriptor layer, String title, String why) {
        return new InvalidImageException(
                "layer "
                        + layer.digest()
                        + " cannot be a file: its title \""
                        + title
                        + "\" "
                        + why);
    }
}
