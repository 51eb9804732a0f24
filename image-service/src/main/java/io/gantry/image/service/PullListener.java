package io.gantry.image.service;

import io.gantry.image.content.Descriptor;
import java.util.List;

/** Told how a pull goes, from several threads at once; must not block. */
public interface PullListener {

    /** Tells nobody. */
    PullListener NONE = new PullListener() {};

    /** Where a layer is on its way. */
    enum Phase {
        /** Known, not begun. */
        WAITING,
        /** Being received and unpacked, which is one. */
        RECEIVING,
        /** Received before; being unpacked. */
        UNPACKING,
        /** Unpacked; as a first phase: it was here already. */
        DONE
    }

    /** What the reference names is known: an index or a manifest. */
    default void resolved(Descriptor root) {}

    /** The layers are known, lowest first; before anything is told of one. */
    default void planned(List<Descriptor> layers) {}

    /** A layer enters a phase. */
    default void phase(Descriptor layer, Phase phase) {}

    /**
     * Bytes of a layer arrived.
     *
     * @param received in all so far, of {@code layer.size()}
     */
    default void received(Descriptor layer, long received) {}
}
