package io.gantry.image.registry;

/** Told as bytes of a blob arrive, by the thread that reads them. */
@FunctionalInterface
public interface BlobProgress {

    /** Tells nobody. */
    BlobProgress NONE = count -> {};

    /**
     * Bytes arrived.
     *
     * @param count bytes since the last call
     */
    void received(long count);
}
