package io.gantry.runtime.bundle;

import java.util.Optional;

/** Finds images that are here already; never pulls. Thread-safe. */
public interface ImageResolver {

    /** The image of that name, digest, id or unique prefix of an id. */
    Optional<ResolvedImage> find(String nameOrId);
}
