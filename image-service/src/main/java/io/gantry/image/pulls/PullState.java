package io.gantry.image.pulls;

import io.gantry.image.content.Digest;
import io.gantry.image.service.PullOrder;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a pull stood at one moment.
 *
 * @param followers how many wait for it
 * @param digest of what the reference names; null until that is resolved
 * @param layers lowest first; each digest once; none until they are known
 */
public record PullState(
        PullOrder order,
        Instant started,
        int followers,
        Phase phase,
        @Nullable Digest digest,
        List<LayerState> layers) {

    public PullState {
        layers = List.copyOf(layers);
    }

    /** Where a pull is on its way. */
    public enum Phase {
        /** The registry is being asked what the reference names. */
        RESOLVING,
        /** The layers are known. */
        LAYERS,
        /** Over, however it ended. */
        DONE
    }

    /** Where a layer is on its way. */
    public enum LayerPhase {
        WAITING,
        /** Being received and unpacked. */
        DOWNLOADING,
        /** All of it was received; being checked, or waiting for those below. */
        VERIFYING,
        /** Received before; being unpacked. */
        UNPACKING,
        /** Was here. */
        EXISTS,
        DONE
    }

    /**
     * How a layer stood.
     *
     * @param digest of the packed blob
     * @param received bytes of it so far
     * @param size of it
     */
    public record LayerState(Digest digest, LayerPhase phase, long received, long size) {}

    /** Whether the two differ in nothing that a pull does. */
    boolean sameProgress(@Nullable PullState other) {
        return other != null && phase == other.phase && layers.equals(other.layers);
    }
}
