package io.gantry.image.build.api;

import io.gantry.image.content.Digest;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * The files of a context that have become files of layers, so that they are not written twice.
 * While a build runs such a file has a name in both; when it is over, that in the context goes.
 * Names are those of {@link BuildContext#entries}. Thread-safe.
 */
public interface ContextMoves {

    /**
     * Where a file is now.
     *
     * @param path in the layer, as a byte string of {@link io.gantry.image.build.tree.Paths}
     */
    record Place(Digest layer, String path) {}

    /** The layer that has a file, which is held as long as the build runs. */
    Optional<Place> find(String name);

    /**
     * Tells that a committed layer has files of the context, before anybody can find that layer.
     *
     * @param places paths in the layer, by names
     */
    void add(Digest layer, Map<String, String> places) throws IOException;

    /** Tells that a file is in the context's directory again, as one of its own. */
    void returned(String name) throws IOException;
}
