package io.gantry.image.snapshot;

import io.gantry.image.content.ContentStore;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.linux.spec.SpecMount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Layers by chain id, never changed once committed, and writable snapshots by key on top of them.
 * Thread-safe; nothing is ever mounted here. Which layers belong together its user knows.
 */
public interface Snapshotter {

    /** Makes an empty directory, for a layer to be unpacked into; gone at the next start. */
    Path stage() throws IOException;

    /**
     * Turns a staged directory into the layer {@code chainId}. Another that is there by that name
     * already stays and the staged one goes.
     *
     * @param below the layers under it, lowest first, all committed
     * @param applied what was unpacked
     */
    void commit(Path staged, Digest chainId, List<Digest> below, AppliedLayer applied)
            throws IOException;

    /**
     * Makes a layer of blobs under names, by links where the file system has them. One that is
     * there already stays.
     *
     * @param files by path in the layer, as bytes of UTF-8, without dot, dot-dot and empty elements
     */
    void link(Digest chainId, SortedMap<String, Digest> files, ContentStore content)
            throws IOException;

    /** Removes a staged directory; one that is not there is no error. */
    void discard(Path staged) throws IOException;

    /** A committed layer. */
    Optional<LayerInfo> find(Digest chainId) throws IOException;

    /** All committed layers. */
    Set<Digest> layers() throws IOException;

    /** Removes a layer; one that is not there is no error. No snapshot may be using it. */
    void removeLayer(Digest chainId) throws IOException;

    /**
     * Makes a writable snapshot.
     *
     * @param key letters, digits, underscore, dot and hyphen
     * @param stack the layers, lowest first, all committed; may be empty
     * @return what to mount at {@code /}
     * @throws io.gantry.base.error.AlreadyExistsException when there is one of that key
     */
    List<SpecMount> prepare(String key, List<Digest> stack) throws IOException;

    /**
     * What to mount at {@code /} to see layers: an overlay that nobody can write to, whatever its
     * mount is changed to.
     */
    SpecMount view(List<Digest> stack) throws IOException;

    /**
     * Makes a directory beside a writable snapshot that goes with it, with a copy of what layers
     * have at a path; symbolic links on the way there are followed inside them only.
     *
     * @param stack lowest first, all committed
     * @param path absolute; where there is nothing the directory is empty
     * @throws io.gantry.base.error.FailedPreconditionException when it is no directory
     */
    Path volume(String key, List<Digest> stack, String path) throws IOException;

    /**
     * Removes a writable snapshot with its volumes; one that is not there is no error. None of it
     * may be mounted.
     */
    void remove(String key) throws IOException;

    /** The keys of all writable snapshots. */
    Set<String> keys() throws IOException;

    /** What was written to a snapshot; empty when it is not there. */
    Optional<Usage> usage(String key) throws IOException;

    /** What each volume of a writable snapshot takes up; none when it is not there. */
    List<Usage> volumes(String key) throws IOException;

    /** The file tree that layers make together. */
    LayerStack stack(List<Digest> stack) throws IOException;

    /**
     * The file tree that a writable snapshot shows, itself as the topmost layer; it may change
     * while it is read. Empty when there is no such snapshot.
     *
     * @param stack the layers that it was prepared on
     */
    Optional<LayerStack> merged(String key, List<Digest> stack) throws IOException;

    /**
     * The file tree that a staged directory shows on top of layers; it may change while it is read.
     */
    LayerStack staged(Path staged, List<Digest> stack) throws IOException;

    /** Where what is written to a snapshot ends up, in overlayfs' form. */
    Path upper(String key);

    /** The files of a committed layer, in overlayfs' form; nobody may change them. */
    Path files(Digest layer);

    /**
     * Turns what was written to a snapshot into a layer; the snapshot is gone then. It must not be
     * mounted.
     *
     * @param below the layers that it was prepared on, lowest first
     */
    void commitActive(String key, Digest layer, List<Digest> below, AppliedLayer applied)
            throws IOException;

    /**
     * Gives a layer that was made under a name of its own its chain id, too, now that this is
     * known. Where there is a layer of that chain id already, nothing happens. Removing one name
     * leaves the other; who removes {@code layer} removes its chain id before.
     */
    void alias(Digest chainId, Digest layer) throws IOException;

    /** The layers that chain ids given by {@link #alias} stand for. */
    Map<Digest, Digest> aliases() throws IOException;

    /**
     * Makes every layer durable that was committed before the call, by whomever. Called by whoever
     * is about to write a row that names a layer, made by itself or found; does nothing when all
     * are durable already.
     */
    void sync() throws IOException;
}
