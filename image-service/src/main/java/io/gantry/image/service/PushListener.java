package io.gantry.image.service;

import io.gantry.image.content.Descriptor;

/** Told how a push goes, from several threads at once; must not block. */
public interface PushListener {

    /** Tells nobody. */
    PushListener NONE = new PushListener() {};

    /** Where a blob, manifest or index is on its way. */
    enum Phase {
        /** Known, not begun; each begins so. */
        WAITING,
        /** At its end: the registry had it in the repository. */
        EXISTS,
        /** At its end: the registry took it over from another repository of its own. */
        MOUNTED,
        /** Being sent. */
        UPLOADING,
        /** At its end: sent and accepted. */
        DONE
    }

    /** A blob, manifest or index, as its media type says, enters a phase. */
    default void phase(Descriptor part, Phase phase) {}

    /**
     * Bytes of a blob were sent.
     *
     * @param sent in all so far, of {@code blob.size()}; goes back when bytes got lost on their way
     *     and are sent again
     */
    default void sent(Descriptor blob, long sent) {}

    /** The registry's repository now has the image under this name: a tag's or a digest's. */
    default void named(String name) {}
}
