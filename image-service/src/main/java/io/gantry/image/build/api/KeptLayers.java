package io.gantry.image.build.api;

import io.gantry.image.content.Digest;
import java.util.Set;

/** Layers that nobody removes until it is closed. */
public interface KeptLayers extends AutoCloseable {

    /** Those that were there. */
    Set<Digest> there();

    @Override
    void close();
}
