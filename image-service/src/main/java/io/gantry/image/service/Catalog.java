package io.gantry.image.service;

import io.gantry.base.error.InternalException;
import io.gantry.base.error.InvalidArgumentException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.reference.ImageReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images as rows say, in memory: reading asks neither database nor disk. Thread-safe; rows of
 * images change only through it.
 */
final class Catalog {

    private static final Logger log = LoggerFactory.getLogger(Catalog.class);
    private static final Digest NO_LAYERS = Digest.sha256(new byte[0]);
    private static final int MIN_PREFIX = 3;
    private static final String SHA256 = "sha256:";

    private final ImageTables tables;
    private final ContentStore content;
    private final ImagePins pins;
    private volatile State state = new State(Map.of(), Map.of());

    Catalog(ImageTables tables, ContentStore content, ImagePins pins) {
        this.tables = tables;
        this.content = content;
        this.pins = pins;
    }

    private record State(Map<Digest, Image> images, Map<String, Digest> names) {}

    /** Takes in what the rows say now. */
    synchronized void refresh() {
        ImageTables.Contents contents = tables.load();
        Map<Digest, Image> images = new LinkedHashMap<>();
        for (ImageRow row : contents.images().values()) {
            try {
                images.put(row.id(), image(row, contents));
            } catch (IOException | ServiceException e) {
                log.atError()
                        .addKeyValue("imageId", row.id())
                        .setCause(e)
                        .log("image is not listed: its documents cannot be read");
            }
        }
        state = new State(images, contents.names());
    }

    /** Records an image and returns it, before anybody can remove it again. */
    synchronized Image put(ImageRow image, List<LayerRow> layers, List<String> names) {
        tables.putImage(image, layers, names);
        refresh();
        return find(image.id())
                .orElseThrow(
                        () ->
                                new InternalException(
                                        "image " + image.id() + " cannot be read back"));
    }

    /** Removes an image with all its names; one that is not there is no error. */
    synchronized void delete(Digest id) {
        tables.deleteImage(id);
        refresh();
    }

    /** All images, the latest first. */
    List<Image> list() {
        Set<Digest> pinned = pins.pinned();
        return new ArrayList<>(state.images.values())
                .reversed().stream().map(image -> withPin(image, pinned)).toList();
    }

    /** See {@link ImageManager#find}. */
    Optional<Image> find(String nameOrId) {
        State now = state;
        return lookUp(now, nameOrId)
                .map(now.images::get)
                .map(image -> withPin(image, pins.pinned()));
    }

    Optional<Image> find(Digest id) {
        return Optional.ofNullable(state.images.get(id))
                .map(image -> withPin(image, pins.pinned()));
    }

    private static Optional<Digest> lookUp(State now, String nameOrId) {
        Optional<Digest> named = byName(now, nameOrId);
        if (named.isPresent()) {
            return named;
        }
        boolean labelled = nameOrId.startsWith(SHA256);
        String hex = labelled ? nameOrId.substring(SHA256.length()) : nameOrId;
        if (hex.length() < MIN_PREFIX || !hex.matches("[0-9a-f]{1,64}")) {
            return Optional.empty();
        }
        List<Digest> fitting =
                now.images.keySet().stream().filter(id -> id.hex().startsWith(hex)).toList();
        if (fitting.size() > 1) {
            throw new InvalidArgumentException(
                    "image id prefix " + hex + " fits " + fitting.size() + " images");
        }
        return fitting.stream().findFirst();
    }

    private static Optional<Digest> byName(State now, String name) {
        ImageReference reference;
        try {
            reference = ImageReference.parse(name);
        } catch (InvalidArgumentException e) {
            // No name, then: perhaps an id.
            return Optional.empty();
        }
        Digest digest = reference.digest();
        String key =
                digest != null
                        ? reference.repoDigest(digest)
                        : reference.repoTag().orElse(reference.canonical());
        return Optional.ofNullable(now.names.get(key));
    }

    private Image image(ImageRow row, ImageTables.Contents contents) throws IOException {
        Image known = state.images.get(row.id());
        List<String> tags = new ArrayList<>();
        List<String> digests = new ArrayList<>();
        contents.names()
                .forEach(
                        (name, id) -> {
                            if (id.equals(row.id())) {
                                (name.indexOf('@') < 0 ? tags : digests).add(name);
                            }
                        });
        return new Image(
                row.id(),
                row.manifest(),
                tags,
                digests,
                size(row, contents.layers()),
                known != null ? known.config() : config(row),
                row.layers().isEmpty() ? NO_LAYERS : row.layers().getLast(),
                row.layers(),
                false,
                row.pulled());
    }

    private ImageConfig config(ImageRow row) throws IOException {
        byte[] bytes = content.read(row.manifest(), Document.MAX_BYTES);
        if (Document.parse("manifest " + row.manifest(), "", bytes) instanceof Manifest manifest) {
            return ImageConfig.parse(manifest, content.read(row.id(), ImageConfig.MAX_BYTES));
        }
        throw new InvalidImageException(row.manifest() + " is no image manifest");
    }

    private long size(ImageRow row, Map<Digest, LayerRow> layers) throws IOException {
        long size = 0;
        for (Digest blob : Set.copyOf(row.blobs())) {
            size += content.find(blob).orElse(0);
        }
        for (Digest layer : Set.copyOf(row.layers())) {
            LayerRow unpacked = layers.get(layer);
            size += unpacked == null ? 0 : unpacked.bytes();
        }
        return size;
    }

    private static Image withPin(Image image, Set<Digest> pinned) {
        return pinned.contains(image.id()) ? image.asPinned() : image;
    }
}
