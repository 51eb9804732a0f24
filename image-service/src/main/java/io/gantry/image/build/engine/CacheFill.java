package io.gantry.image.build.engine;

import io.gantry.image.build.dockerfile.RunMount;
import io.gantry.image.build.engine.Sources.Place;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.tree.LayerDraft;
import io.gantry.image.build.tree.Making;
import io.gantry.image.build.tree.Node;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.Picked;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.TreeCopy;
import io.gantry.image.build.tree.TreeCopy.Changes;
import io.gantry.image.snapshot.LayerStack;
import io.gantry.linux.syscall.Syscalls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Gives a cache mount that is new its first content. */
final class CacheFill {

    private final BuildRun run;
    private final Sources sources;

    CacheFill(BuildRun run, Sources sources) {
        this.run = run;
        this.sources = sources;
    }

    void fill(Path directory, Place from, RunMount.Cache cache) throws IOException {
        Syscalls kernel = run.tools().kernel();
        RunMount.Owner owner = cache.owner();
        Making making = new Making(owner.mode(), (int) owner.uid(), (int) owner.gid(), run.time());
        Changes changes =
                new Changes(Optional.empty(), Optional.empty(), IgnoreRules.none(), making);
        try (SourceTree tree = sources.open(from);
                LayerDraft draft =
                        new LayerDraft(kernel, directory, LayerStack.of(kernel, directory))) {
            Optional<Node> found = tree.find(Paths.clean(Paths.ofText(cache.source())), true);
            if (found.isPresent() && found.get().isDirectory()) {
                new TreeCopy(kernel, tree, draft, changes)
                        .run(List.of(new Picked(found.get(), "", "")), "/");
                draft.finish();
            }
        }
    }
}
