package io.gantry.cri.translate;

import io.gantry.image.content.Digest;
import io.gantry.image.pulls.PullOutcome;
import io.gantry.image.pulls.PullState;
import io.gantry.image.pulls.PullState.LayerState;
import io.gantry.proto.image.LayerPhase;
import io.gantry.proto.image.LayerProgress;
import io.gantry.proto.image.PullPhase;
import io.gantry.proto.image.PullProgress;
import io.gantry.proto.image.Pulled;
import io.gantry.proto.image.RunningPull;
import java.util.List;

/** How pulls go. */
public final class PullProtos {

    private PullProtos() {}

    /**
     * Progress with some of a pull's layers.
     *
     * @param layers that are told
     */
    public static PullProgress toProto(PullState state, List<LayerState> layers) {
        PullProgress.Builder proto =
                PullProgress.newBuilder()
                        .setReference(state.order().reference().canonical())
                        .setPhase(phase(state.phase()));
        Digest digest = state.digest();
        if (digest != null) {
            proto.setDigest(digest.toString());
        }
        layers.forEach(layer -> proto.addLayers(toProto(layer)));
        return proto.build();
    }

    /** A pull that runs. */
    public static RunningPull toProto(PullState state) {
        return RunningPull.newBuilder()
                .setReference(state.order().reference().canonical())
                .setPlatform(state.order().platform().toString())
                .setStartedAt(Fields.nanos(state.started()))
                .setFollowers(state.followers())
                .setProgress(toProto(state, state.layers()))
                .build();
    }

    /** What a pull came to. */
    public static Pulled toProto(PullOutcome outcome) {
        return Pulled.newBuilder()
                .setId(outcome.image().id().toString())
                .setDigest(outcome.digest().toString())
                .setReference(outcome.reference().canonical())
                .setUpToDate(outcome.upToDate())
                .build();
    }

    private static LayerProgress toProto(LayerState layer) {
        return LayerProgress.newBuilder()
                .setId(layer.digest().toString())
                .setPhase(phase(layer.phase()))
                .setBytes(layer.received())
                .setTotal(layer.size())
                .build();
    }

    private static PullPhase phase(PullState.Phase phase) {
        return switch (phase) {
            case RESOLVING -> PullPhase.PULL_PHASE_RESOLVING;
            case LAYERS -> PullPhase.PULL_PHASE_LAYERS;
            case DONE -> PullPhase.PULL_PHASE_DONE;
        };
    }

    private static LayerPhase phase(PullState.LayerPhase phase) {
        return switch (phase) {
            case WAITING -> LayerPhase.LAYER_PHASE_WAITING;
            case DOWNLOADING -> LayerPhase.LAYER_PHASE_DOWNLOADING;
            case VERIFYING -> LayerPhase.LAYER_PHASE_VERIFYING;
            case UNPACKING -> LayerPhase.LAYER_PHASE_UNPACKING;
            case EXISTS -> LayerPhase.LAYER_PHASE_EXISTS;
            case DONE -> LayerPhase.LAYER_PHASE_DONE;
        };
    }
}
