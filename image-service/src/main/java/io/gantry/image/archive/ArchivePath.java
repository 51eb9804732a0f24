package io.gantry.image.archive;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.TarFiles;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Paths within an archive. Nothing here is ever a path of a file system. */
final class ArchivePath {

    private static final String BLOBS = "blobs/";

    private ArchivePath() {}

    /**
     * The name of an entry without dots and doubled slashes; empty for the archive's own root.
     *
     * @param name byte string
     * @throws InvalidArchiveException when it is absolute or goes up
     */
    static String ofEntry(String name) {
        String text = decoded(name);
        if (text.startsWith("/")) {
            throw InvalidArchiveException.ofEntry(shown(text), "its name is absolute");
        }
        List<String> components = new ArrayList<>();
        for (String component : text.split("/", -1)) {
            if (component.equals("..")) {
                throw InvalidArchiveException.ofEntry(shown(text), "its name leads out");
            }
            if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return String.join("/", components);
    }

    /**
     * Where a symbolic link leads.
     *
     * @param from path of the link
     * @param target byte string
     * @throws InvalidArchiveException when that is not in the archive
     */
    static String ofSymlink(String from, String target) {
        String text = decoded(target);
        if (text.startsWith("/")) {
            throw leadsOut(from, text);
        }
        List<String> components = new ArrayList<>(List.of(from.split("/", -1)));
        components.removeLast();
        for (String component : text.split("/", -1)) {
            if (component.equals("..")) {
                if (components.isEmpty()) {
                    throw leadsOut(from, text);
                }
                components.removeLast();
            } else if (!component.isEmpty() && !component.equals(".")) {
                components.add(component);
            }
        }
        return String.join("/", components);
    }

    /**
     * The digest that a path in an OCI image layout promises; empty when it is no blob's.
     *
     * @throws InvalidArchiveException when it is a blob's, and no digest
     */
    static Optional<Digest> digestIn(String path) {
        if (!path.startsWith(BLOBS)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Digest.parse(path.substring(BLOBS.length()).replace('/', ':')));
        } catch (InvalidArgumentException e) {
            throw InvalidArchiveException.ofEntry(shown(path), String.valueOf(e.getMessage()));
        }
    }

    /** Where an OCI image layout has a blob. */
    static String ofBlob(Digest digest) {
        return BLOBS + digest.algorithm().label() + "/" + digest.hex();
    }

    private static InvalidArchiveException leadsOut(String from, String target) {
        return InvalidArchiveException.ofEntry(
                shown(from), "it links to " + shown(target) + ", out of the archive");
    }

    private static String decoded(String bytes) {
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private static String shown(String text) {
        return TarFiles.Entry.display(
                new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
    }
}
