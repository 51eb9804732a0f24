package io.gantry.image.service;

import io.gantry.base.error.InternalException;
import io.gantry.base.error.NotFoundException;
import io.gantry.base.error.ServiceException;
import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.gc.References;
import io.gantry.image.manifest.Document;
import io.gantry.image.manifest.ImageConfig;
import io.gantry.image.manifest.InvalidImageException;
import io.gantry.image.manifest.Manifest;
import io.gantry.image.metadata.BlobSource;
import io.gantry.image.metadata.ImageArrival;
import io.gantry.image.metadata.ImageRow;
import io.gantry.image.metadata.ImageTables;
import io.gantry.image.metadata.LayerRow;
import io.gantry.image.metadata.ManifestRow;
import io.gantry.image.reference.ImageReference;
import io.gantry.image.service.ImageEvents.Action;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images as rows say, in memory: reading asks neither database nor disk. Thread-safe; rows of
 * images change only through it.
 */
final class Catalog {

    private static final Logger log = LoggerFactory.getLogger(Catalog.class);
    private static final Digest NO_LAYERS = Digest.sha256(new byte[0]);

    private final ImageTables tables;
    private final ContentStore content;
    private final Pinning pinning;
    private final EventLog events;
    private volatile ImageIndex current = ImageIndex.EMPTY;

    Catalog(ImageTables tables, ContentStore content, Pinning pinning, EventLog events) {
        this.tables = tables;
        this.content = content;
        this.pinning = pinning;
        this.events = events;
    }

    /**
     * Why images are pinned.
     *
     * @param pins by those who use them
     * @param names by their names
     */
    record Pinning(ImagePins pins, PinnedNames names) {}

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
        current = ImageIndex.of(images, contents);
    }

    /** Records an image that was pulled and returns it, before anybody can remove it again. */
    synchronized Image put(ImageRow image, List<LayerRow> layers, List<String> names) {
        Map<String, Digest> before = current.names();
        tables.putImage(image, layers, names);
        refresh();
        tellMoved(before, image.id(), names);
        String name = names.isEmpty() ? "" : names.getLast();
        events.publish(Action.PULL, image.id(), name);
        return get(image.id());
    }

    /** Remembers that a repository has the blobs of an image, so that pushes find them there. */
    void seen(ImageReference in, ImageRow image) {
        BlobSource source = new BlobSource(in.registry(), in.repository());
        tables.blobSources().put(source, image.blobs(), image.pulled());
    }

    /**
     * Records the images that came in an archive, all or none. One that is here already stays as it
     * is, for its blobs may be those that its registry knows, and gets the names.
     *
     * @return them, in the same order
     */
    synchronized List<Image> putLoaded(List<ImageArrival> arrivals) {
        Map<String, Digest> before = current.names();
        tables.putNew(arrivals);
        refresh();
        List<Image> loaded = new ArrayList<>();
        for (ImageArrival arrival : arrivals) {
            Digest id = arrival.image().id();
            List<String> names = arrival.names();
            tellMoved(before, id, names);
            events.publish(Action.LOAD, id, names.isEmpty() ? "" : names.getFirst());
            loaded.add(get(id));
        }
        return loaded;
    }

    /**
     * Records an image that was built and gives it names, which others may have had. One for
     * several platforms is known by its index too, as if it had been pulled: a push finds it so.
     *
     * @return the tags in full
     */
    synchronized List<String> putBuilt(
            ImageRow image,
            List<LayerRow> layers,
            List<ImageReference> references,
            Optional<Digest> index) {
        List<String> names = references.stream().map(ImageNameRules::tag).toList();
        Map<String, Digest> before = current.names();
        List<String> all = new ArrayList<>(names);
        index.ifPresent(it -> references.forEach(each -> all.add(each.repoDigest(it))));
        tables.putImage(image, layers, all);
        refresh();
        tellMoved(before, image.id(), names);
        names.forEach(name -> events.publish(Action.TAG, image.id(), name));
        return names;
    }

    /**
     * Gives an image names, which others may have had.
     *
     * @throws NotFoundException when there is no such image
     */
    synchronized Image tag(String nameOrId, List<String> names) {
        Digest id = get(nameOrId).id();
        Digest root = root(nameOrId).orElseGet(() -> currentRoot(id));
        Map<String, Digest> before = current.names();
        tables.putNames(id, root, names);
        refresh();
        tellMoved(before, id, names);
        names.forEach(name -> events.publish(Action.TAG, id, name));
        return get(id);
    }

    /** What a removal by a user's words would take. */
    record Removal(Image image, List<String> names, boolean whole) {}

    /** Decides whether a removal may be, by throwing when it may not. */
    @FunctionalInterface
    interface Check {
        void check(Removal removal);
    }

    /**
     * Takes names off an image, or removes it; see {@link ImageNames#remove}.
     *
     * @throws NotFoundException when there is no such image
     */
    synchronized Removal remove(String nameOrId, Check check) {
        Image image = get(nameOrId);
        Optional<String> name = current.nameOf(nameOrId);
        Removal removal =
                name.isEmpty()
                        ? new Removal(image, namesOf(image), true)
                        : UntagRules.without(image, name.get());
        check.check(removal);
        if (removal.whole) {
            delete(image.id());
        } else {
            tables.deleteNames(removal.names);
            refresh();
            removal.names.forEach(each -> events.publish(Action.UNTAG, image.id(), each));
        }
        return removal;
    }

    /** Removes an image with all its names if that holds of it; false when it does not. */
    synchronized boolean deleteIf(Digest id, Predicate<Image> condition) {
        boolean go = find(id).filter(condition).isPresent();
        if (go) {
            delete(id);
        }
        return go;
    }

    /** Removes an image with all its names; one that is not there is no error. */
    synchronized void delete(Digest id) {
        Image image = current.images().get(id);
        tables.deleteImage(id);
        refresh();
        if (image != null) {
            namesOf(image).forEach(name -> events.publish(Action.UNTAG, id, name));
            events.publish(Action.DELETE, id, "");
        }
    }

    /**
     * As {@link #find(String)}.
     *
     * @throws NotFoundException when there is no such image
     */
    Image get(String nameOrId) {
        return find(nameOrId)
                .orElseThrow(() -> new NotFoundException("image " + nameOrId + " is not here"));
    }

    /** The name, in full, that a user's words are; empty when they are an id. */
    Optional<String> nameOf(String nameOrId) {
        return current.nameOf(nameOrId);
    }

    /** All images, the latest first. */
    List<Image> list() {
        Set<Digest> pinned = pinning.pins.pinned();
        return new ArrayList<>(current.images().values())
                .reversed().stream().map(image -> withPin(image, pinned)).toList();
    }

    /** See {@link ImageManager#find}. */
    Optional<Image> find(String nameOrId) {
        ImageIndex now = current;
        Optional<ManifestRow> way = now.nameOf(nameOrId).map(now.ways()::get);
        return now.lookUp(nameOrId)
                .map(now.images()::get)
                .map(image -> way.map(it -> image.by(it.manifest())).orElse(image))
                .map(image -> withPin(image, pinning.pins.pinned()));
    }

    /** The document that a name stands for: an index or a manifest; empty when it is an id. */
    Optional<Digest> root(String nameOrId) {
        ImageIndex now = current;
        return now.nameOf(nameOrId).map(now.ways()::get).map(ManifestRow::root);
    }

    /**
     * The document by which an image came last.
     *
     * @throws NotFoundException when there is no such image
     */
    Digest currentRoot(Digest id) {
        ImageRow row = tables.load().images().get(id);
        if (row == null) {
            throw new NotFoundException("image " + id + " is not here");
        }
        return row.current().root();
    }

    Optional<Image> find(Digest id) {
        return Optional.ofNullable(current.images().get(id))
                .map(image -> withPin(image, pinning.pins.pinned()));
    }

    private Image get(Digest id) {
        return find(id).orElseThrow(
                        () -> new InternalException("image " + id + " cannot be read back"));
    }

    private void tellMoved(Map<String, Digest> before, Digest to, List<String> names) {
        for (String name : names) {
            Digest owner = before.get(name);
            if (owner != null && !owner.equals(to)) {
                events.publish(Action.UNTAG, owner, name);
            }
        }
    }

    private static List<String> namesOf(Image image) {
        List<String> names = new ArrayList<>(image.repoTags());
        names.addAll(image.repoDigests());
        return names;
    }

    private Image image(ImageRow row, ImageTables.Contents contents) throws IOException {
        Image known = current.images().get(row.id());
        Said said = known != null ? new Said(known.config(), known.artifactType()) : said(row);
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
                said.config,
                row.layers().isEmpty() ? NO_LAYERS : row.layers().getLast(),
                row.layers(),
                pinning.names.pin(tags) || pinning.names.pin(digests),
                row.pulled(),
                said.artifactType);
    }

    /** Digests of the manifests that stand behind an image's names; its own first. */
    Set<Digest> manifests(Image image) {
        ImageIndex now = current;
        Set<Digest> manifests = new LinkedHashSet<>();
        manifests.add(image.manifestDigest());
        namesOf(image).stream()
                .map(now.ways()::get)
                .filter(Objects::nonNull)
                .forEach(way -> manifests.add(way.manifest()));
        return manifests;
    }

    /** What the manifest of an image says. */
    Manifest manifest(Image image) throws IOException {
        return manifest(image.manifestDigest());
    }

    /** What the documents of an image say of it. */
    private record Said(ImageConfig config, String artifactType) {}

    private Said said(ImageRow row) throws IOException {
        Manifest manifest = manifest(row.manifest());
        if (manifest.isArtifact()) {
            return new Said(ImageConfig.ofArtifact(manifest), manifest.kind());
        }
        byte[] config = content.read(row.id(), ImageConfig.MAX_BYTES);
        return new Said(ImageConfig.parse(manifest, config), "");
    }

    private Manifest manifest(Digest digest) throws IOException {
        byte[] bytes = content.read(digest, Document.MAX_BYTES);
        if (Document.parse("manifest " + digest, "", bytes) instanceof Manifest manifest) {
            return manifest;
        }
        throw new InvalidImageException(digest + " is no image manifest");
    }

    private long size(ImageRow row, Map<Digest, LayerRow> layers) throws IOException {
        long size = 0;
        for (Digest blob : References.blobsOf(row)) {
            size += content.diskBytes(blob);
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
