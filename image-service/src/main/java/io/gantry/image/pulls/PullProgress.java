package io.gantry.image.pulls;

import io.gantry.image.content.Descriptor;
import io.gantry.image.content.Digest;
import io.gantry.image.pulls.PullState.LayerPhase;
import io.gantry.image.pulls.PullState.LayerState;
import io.gantry.image.service.PullListener;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The latest that is known of each layer of a pull. Written by its threads without ever waiting,
 * and read by whoever wants to know: what is between two looks is lost, and missed by nobody.
 */
final class PullProgress implements PullListener {

    private volatile Map<Digest, Cell> cells = Map.of();
    private volatile @Nullable Digest root;

    @Override
    public void resolved(Descriptor what) {
        root = what.digest();
    }

    @Override
    public void planned(List<Descriptor> layers) {
        Map<Digest, Cell> planned = new LinkedHashMap<>();
        layers.forEach(layer -> planned.putIfAbsent(layer.digest(), new Cell(layer)));
        cells = planned;
    }

    @Override
    public void phase(Descriptor layer, Phase phase) {
        Cell cell = cells.get(layer.digest());
        if (cell != null) {
            cell.enter(phase);
        }
    }

    @Override
    public void received(Descriptor layer, long received) {
        Cell cell = cells.get(layer.digest());
        if (cell != null) {
            cell.received = received;
        }
    }

    boolean isPlanned() {
        return !cells.isEmpty();
    }

    @Nullable Digest root() {
        return root;
    }

    List<LayerState> layers() {
        return cells.values().stream().map(Cell::state).toList();
    }

    private static final class Cell {

        private final Descriptor layer;
        private volatile LayerPhase phase = LayerPhase.WAITING;
        private volatile long received;

        Cell(Descriptor layer) {
            this.layer = layer;
        }

        void enter(Phase next) {
            phase =
                    switch (next) {
                        case WAITING -> LayerPhase.WAITING;
                        case RECEIVING -> LayerPhase.DOWNLOADING;
                        case UNPACKING -> LayerPhase.UNPACKING;
                        case DONE ->
                                phase == LayerPhase.WAITING ? LayerPhase.EXISTS : LayerPhase.DONE;
                    };
        }

        LayerState state() {
            LayerPhase now = phase;
            long bytes = received;
            boolean whole = now == LayerPhase.DOWNLOADING && bytes == layer.size();
            return new LayerState(
                    layer.digest(), whole ? LayerPhase.VERIFYING : now, bytes, layer.size());
        }
    }
}
