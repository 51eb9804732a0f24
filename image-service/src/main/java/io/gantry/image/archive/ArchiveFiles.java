package io.gantry.image.archive;

import io.gantry.image.content.Digest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The files of an archive that has been read: which blob each is, or its text. */
final class ArchiveFiles {

    private static final int MAX_LINKS = 8;

    private final Map<String, Stored> blobs = new HashMap<>();
    private final Map<String, byte[]> texts = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    /** A file that is a blob now. */
    record Stored(Digest digest, long size) {}

    void addBlob(String path, Stored blob) {
        take(path);
        blobs.put(path, blob);
    }

    void addText(String path, byte[] text) {
        take(path);
        texts.put(path, text);
    }

    void addLink(String path, String target) {
        take(path);
        links.put(path, target);
    }

    /** A small document at the archive's top. */
    Optional<byte[]> text(String path) {
        return Optional.ofNullable(texts.get(path));
    }

    /**
     * The blob at a path, through links.
     *
     * @param by who asks, for the message
     * @throws InvalidArchiveException when there is none
     */
    Stored blob(String path, String by) {
        String at = path;
        for (int i = 0; i < MAX_LINKS && links.containsKey(at); i++) {
            at = links.get(at);
        }
        Stored blob = blobs.get(at);
        if (blob == null) {
            throw new InvalidArchiveException(
                    by + " names " + path + ", which is missing from the archive");
        }
        return blob;
    }

    /** The digests of all blobs. */
    Set<Digest> digests() {
        Set<Digest> digests = new HashSet<>();
        blobs.values().forEach(blob -> digests.add(blob.digest()));
        return digests;
    }

    private void take(String path) {
        if (!taken.add(path)) {
            throw InvalidArchiveException.ofEntry(path, "it is there twice");
        }
    }
}
