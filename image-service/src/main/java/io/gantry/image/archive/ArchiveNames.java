package io.gantry.image.archive;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.reference.ImageReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Names that archives give their images. */
final class ArchiveNames {

    /** OCI image-spec annotations.md: podman and skopeo put the whole name there, others a tag. */
    static final String REF_NAME = "org.opencontainers.image.ref.name";

    /** Where containerd and Docker put the whole name. */
    static final String CONTAINERD = "io.containerd.image.name";

    private ArchiveNames() {}

    /**
     * The name in the annotations of an index. A word alone is a tag of who knows what, so no name.
     *
     * @throws InvalidArchiveException when it is none
     */
    static Optional<String> of(Map<String, String> annotations) {
        String whole = annotations.get(CONTAINERD);
        if (whole != null && !whole.isEmpty()) {
            return Optional.of(canonical(whole, "index.json"));
        }
        String name = annotations.getOrDefault(REF_NAME, "");
        boolean isName = name.indexOf('/') >= 0 || name.indexOf(':') >= 0;
        return isName ? Optional.of(canonical(name, "index.json")) : Optional.empty();
    }

    /** The names in {@code manifest.json}. */
    static List<String> ofTags(List<String> repoTags) {
        List<String> names = new ArrayList<>();
        for (String tag : repoTags) {
            names.add(canonical(tag, "manifest.json"));
        }
        return names;
    }

    private static String canonical(String name, String by) {
        ImageReference reference;
        try {
            reference = ImageReference.parse(name);
        } catch (InvalidArgumentException e) {
            throw new InvalidArchiveException(by + ": " + e.getMessage(), e);
        }
        return reference
                .repoTag()
                .orElseThrow(
                        () ->
                                new InvalidArchiveException(
                                        by + ": name \"" + name + "\" has no tag"));
    }
}
