package io.gantry.image.build.engine;

import io.gantry.image.build.cache.CachedStep;
import io.gantry.image.content.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A cache of another node. Thread-safe. */
interface CacheOrigin {

    /** What it has. */
    List<CachedStep> steps() throws IOException;

    /**
     * Opens a blob; the caller closes the stream, whose end is reached only when size and digest
     * are right.
     */
    InputStream open(Descriptor blob) throws IOException;
}
