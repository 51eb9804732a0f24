package io.gantry.image.build.engine;

import io.gantry.image.build.export.TimeClamp;
import io.gantry.image.build.tree.LayerDraft;
import io.gantry.image.content.Digest;
import io.gantry.image.layer.AppliedLayer;
import io.gantry.image.snapshot.DiskUsage;
import io.gantry.image.snapshot.Snapshotter;
import io.gantry.image.snapshot.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Writes a layer without executing anything. */
final class FileStep {

    private final BuildRun run;

    FileStep(BuildRun run) {
        this.run = run;
    }

    /** Writes files. */
    @FunctionalInterface
    interface Writer {
        void write(LayerDraft draft) throws IOException;
    }

    /**
     * Makes a layer.
     *
     * @param below what it goes on top of
     */
    void make(Digest layer, List<Digest> below, Writer writer) throws IOException {
        Snapshotter snapshotter = run.tools().snapshotter();
        Path staged = snapshotter.stage();
        boolean committed = false;
        try (Permit _ = Permit.take(run, "copying")) {
            try (LayerDraft draft =
                    new LayerDraft(
                            run.tools().kernel(), staged, snapshotter.staged(staged, below))) {
                writer.write(draft);
                draft.finish();
            }
            if (!run.clamp().isEmpty()) {
                TimeClamp.apply(run.tools().kernel(), staged, run.time());
            }
            snapshotter.commit(staged, layer, below, applied(staged, layer));
            committed = true;
        } finally {
            if (!committed) {
                snapshotter.discard(staged);
            }
        }
    }

    private AppliedLayer applied(Path staged, Digest layer) throws IOException {
        Usage usage = DiskUsage.of(run.tools().kernel(), staged);
        // Its diff id is not known before it is exported, if it ever is.
        return new AppliedLayer(layer, usage.bytes(), usage.inodes(), false, List.of(""));
    }
}
