package io.gantry.image.service;

import io.gantry.base.error.InvalidArgumentException;
import io.gantry.image.content.Digest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.reference.ImageReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Images by what they are called, as rows said at one time.
 *
 * @param names ids by name
 * @param ways by name, how its image came by it
 */
record ImageIndex(
        Map<Digest, Image> images, Map<String, Digest> names, Map<String, ManifestRow> ways) {

    static final ImageIndex EMPTY = new ImageIndex(Map.of(), Map.of(), Map.of());

    private static final int MIN_PREFIX = 3;
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{1,128}");

    /** Of images that were made from these rows. */
    static ImageIndex of(Map<Digest, Image> images, ImageTables.Contents contents) {
        return new ImageIndex(images, contents.names(), ways(contents));
    }

    /**
     * The image that a name, an id or a prefix of one means; empty when there is none.
     *
     * @throws InvalidArgumentException when a prefix fits several
     */
    Optional<Digest> lookUp(String nameOrId) {
        Optional<String> name = nameOf(nameOrId);
        if (name.isPresent()) {
            return Optional.ofNullable(names.get(name.get()));
        }
        String hex = nameOrId;
        for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
            String label = algorithm.label() + ":";
            hex = nameOrId.startsWith(label) ? nameOrId.substring(label.length()) : hex;
        }
        if (hex.length() < MIN_PREFIX || !HEX.matcher(hex).matches()) {
            return Optional.empty();
        }
        String prefix = hex;
        List<Digest> fitting =
                images.keySet().stream().filter(id -> id.hex().startsWith(prefix)).toList();
        if (fitting.size() > 1) {
            throw new InvalidArgumentException(
                    "image id prefix " + hex + " fits " + fitting.size() + " images");
        }
        return fitting.stream().findFirst();
    }

    /** The name, in full, that is meant; empty when it is an id, or no image's. */
    Optional<String> nameOf(String text) {
        ImageReference reference;
        try {
            reference = ImageReference.parse(text);
        } catch (InvalidArgumentException e) {
            // No name, then: perhaps an id.
            return Optional.empty();
        }
        Digest digest = reference.digest();
        String name =
                digest != null
                        ? reference.repoDigest(digest)
                        : reference.repoTag().orElse(reference.canonical());
        return names.containsKey(name) ? Optional.of(name) : Optional.empty();
    }

    private static Map<String, ManifestRow> ways(ImageTables.Contents contents) {
        Map<String, ManifestRow> ways = new HashMap<>();
        contents.names()
                .forEach(
                        (name, id) -> {
                            ImageRow image = contents.images().get(id);
                            Digest root = contents.roots().get(name);
                            if (image != null) {
                                image.manifests().stream()
                                        .filter(it -> it.root().equals(root))
                                        .forEach(it -> ways.put(name, it));
                            }
                        });
        return ways;
    }
}
