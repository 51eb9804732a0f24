package io.gantry.image.build.api;

import io.gantry.image.content.Digest;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
     * Gives a file of the directory other permissions and another owner, for a layer to have it.
     */
    @FunctionalInterface
    interface Alteration {
        /** False: the file is as it was. */
        boolean run() throws IOException;
    }

    /**
     * Alters a file, whose name in the directory counts for nothing any more then. The directory is
     * not sealed before the end of the alteration.
     *
     * @return whether it was altered; it is not where somebody else has done so, or where the
     *     directory is sealed
     */
    boolean alter(String name, Alteration alteration) throws IOException;

    /**
     * Has no further file altered, for the directory is to be looked at.
     *
     * @return those that were altered and are in no layer that is known yet
     */
    Set<String> seal();

    /**
     * Tells that a committed layer has files of the context, before anybody can find that layer.
     *
     * @param places paths in the layer, by names
     */
    void add(Digest layer, Map<String, String> places) throws IOException;

    /** Tells that a file is in the context's directory again, as one of its own. */
    void returned(String name) throws IOException;
}
