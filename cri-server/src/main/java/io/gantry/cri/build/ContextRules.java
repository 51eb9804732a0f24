package io.gantry.cri.build;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ResourceExhaustedException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Checks a listing, so that its paths can be used beneath a directory without a second thought. */
final class ContextRules {

    static final int MAX_ENTRIES = 1_000_000;
    private static final int MAX_PATH_BYTES = 4095;

    private ContextRules() {}

    /**
     * Takes a listing in.
     *
     * @throws InvalidArgumentException naming an entry that cannot be
     * @throws ResourceExhaustedException when there are too many
     */
    static NavigableMap<String, ContextEntry> check(List<ContextEntry> listing) {
        if (listing.size() > MAX_ENTRIES) {
            throw new ResourceExhaustedException(
                    "the context has more than " + MAX_ENTRIES + " entries");
        }
        NavigableMap<String, ContextEntry> entries = new TreeMap<>();
        for (ContextEntry entry : listing) {
            checkPath(entry.path());
            int slash = entry.path().lastIndexOf('/');
            if (slash >= 0) {
                ContextEntry parent = entries.get(entry.path().substring(0, slash));
                if (parent == null || !parent.isDirectory()) {
                    throw invalid(entry.path(), "its directory is not listed before it");
                }
            }
            if (entry.link().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
                throw invalid(entry.path(), "its target is too long");
            }
            if (entry.isLink() == entry.link().isEmpty()) {
                throw invalid(entry.path(), "a link has a target, and nothing else has");
            }
            if (entries.put(entry.path(), entry) != null) {
                throw invalid(entry.path(), "it is listed twice");
            }
        }
        return entries;
    }

    private static void checkPath(String path) {
        if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw invalid(path.substring(0, 64) + "…", "it is too long");
        }
        for (String name : path.split("/", -1)) {
            if (name.isEmpty()
                    || name.equals(".")
                    || name.equals("..")
                    || name.indexOf('\0') >= 0) {
                throw invalid(path, "it is not a clean relative path");
            }
        }
    }

    private static InvalidArgumentException invalid(String path, String why) {
        return new InvalidArgumentException("entry \"" + path + "\" of the context: " + why);
    }
}
