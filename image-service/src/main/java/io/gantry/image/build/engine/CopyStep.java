package io.gantry.image.build.engine;

import io.gantry.image.build.dockerfile.FileModes;
import io.gantry.image.build.dockerfile.Transfer;
import io.gantry.image.build.engine.Sources.Place;
import io.gantry.image.build.engine.StepStore.Outcome;
import io.gantry.image.build.engine.StepStore.Wanted;
import io.gantry.image.build.ignore.IgnoreRules;
import io.gantry.image.build.tree.Accounts;
import io.gantry.image.build.tree.Handover;
import io.gantry.image.build.tree.LayerDraft;
import io.gantry.image.build.tree.Making;
import io.gantry.image.build.tree.Paths;
import io.gantry.image.build.tree.Picked;
import io.gantry.image.build.tree.Selector;
import io.gantry.image.build.tree.SourceTree;
import io.gantry.image.build.tree.TreeCopy;
import io.gantry.image.build.tree.TreeCopy.Changes;
import io.gantry.image.build.tree.TreeHash;
import io.gantry.image.content.Digest;
import io.gantry.image.snapshot.StackWalk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Executes COPY and ADD of what is on this node. Used by one thread, once. */
final class CopyStep {

    private final BuildRun run;
    private final Sources sources;
    private final Order order;
    private final List<Handover> handovers = new ArrayList<>();

    /**
     * A copy.
     *
     * @param keyword COPY or ADD
     * @param parts the sources
     * @param workdir that the destination is relative to
     */
    record Order(
            String keyword,
            Transfer transfer,
            List<Part> parts,
            boolean parents,
            String workdir,
            Stack below,
            boolean cached) {}

    /**
     * Sources that are in one place.
     *
     * @param unpacks whether archives among them become what they hold
     */
    record Part(Place from, List<String> sources, boolean unpacks) {
        Part {
            sources = List.copyOf(sources);
        }
    }

    CopyStep(BuildRun run, Sources sources, Order order) {
        this.run = run;
        this.sources = sources;
        this.order = order;
    }

    /** Finds or makes the layer. */
    Outcome execute() throws IOException {
        Transfer transfer = order.transfer;
        Optional<Changes.Owner> owner =
                transfer.chown().isEmpty() ? Optional.empty() : Optional.of(owner(transfer));
        // A link's parents are nobody's, so that with a mode of their own it is none.
        boolean link = transfer.link() && transfer.chmod().isEmpty();
        for (int occurrence = 0; ; occurrence++) {
            Outcome outcome = execute(link, occurrence, owner);
            if (!order.below.layers().contains(outcome.layer())) {
                return outcome;
            }
        }
    }

    private String description() {
        return "%s %s %s"
                .formatted(
                        order.keyword,
                        String.join(" ", order.transfer.sources()),
                        order.transfer.destination());
    }

    private Outcome execute(boolean link, int occurrence, Optional<Changes.Owner> owner)
            throws IOException {
        List<Digest> below = link ? List.of() : order.below.layers();
        String dating = makesUndated(below) ? run.dating() : "";
        StepKey definition = key(link, occurrence, owner).add(dating);
        for (Part part : order.parts) {
            Sources.identity(part.from)
                    .ifPresentOrElse(
                            it -> definition.add("from").add(it), () -> definition.add(run.id()));
        }
        Wanted wanted =
                new Wanted(
                        definition.done(),
                        () -> content(key(link, occurrence, owner).add(dating)),
                        description(),
                        order.cached);
        return run.steps().get(wanted, layer -> make(layer, below, owner), run.deadline());
    }

    private void make(Digest layer, List<Digest> below, Optional<Changes.Owner> owner)
            throws IOException {
        handovers.clear();
        new FileStep(run).make(layer, below, draft -> write(draft, owner));
        for (Handover each : handovers) {
            each.done(layer);
        }
    }

    /** Whether files are made for which no source has a time. */
    private boolean makesUndated(List<Digest> below) throws IOException {
        if (run.dating().isEmpty() || !order.transfer.documents().isEmpty()) {
            return true;
        }
        String destination = destination();
        String directory =
                unpacks() || Paths.isDirectory(destination) || hasDirectory()
                        ? destination
                        : destination.substring(0, destination.lastIndexOf('/') + 1);
        if (below.isEmpty()) {
            return !Paths.clean(directory).isEmpty();
        }
        try (StackWalk walk = run.tools().snapshotter().stack(below).walk()) {
            return walk.resolve(directory, true).isEmpty();
        }
    }

    private boolean unpacks() {
        return order.parts.stream().anyMatch(Part::unpacks);
    }

    private boolean hasDirectory() throws IOException {
        for (Part part : order.parts) {
            try (SourceTree tree = sources.open(part.from)) {
                if (picked(tree, part).stream().anyMatch(it -> it.node().isDirectory())) {
                    return true;
                }
            }
        }
        return false;
    }

    private StepKey key(boolean link, int occurrence, Optional<Changes.Owner> owner) {
        Transfer transfer = order.transfer;
        StepKey key = new StepKey(link ? Stack.EMPTY.identity() : order.below.identity(), "copy");
        order.parts.forEach(part -> key.add(part.unpacks).addAll(part.sources));
        return key.add(link + " " + occurrence)
                .add(destination())
                .add(owner)
                .add(transfer.chmod())
                .add(order.parents)
                .addAll(transfer.excludes())
                .add(run.clamp());
    }

    private Digest content(StepKey key) throws IOException {
        for (Part part : order.parts) {
            try (SourceTree tree = sources.open(part.from)) {
                key.add(TreeHash.of(tree, picked(tree, part), excludes()));
            }
        }
        try (DocumentTree documents = documents()) {
            key.add(TreeHash.of(documents, documents.all(), IgnoreRules.none()));
        }
        return key.done();
    }

    private void write(LayerDraft draft, Optional<Changes.Owner> owner) throws IOException {
        Optional<FileModes> modes = order.transfer.chmod().map(FileModes::parse);
        Making above =
                new Making(
                        modes.map(it -> it.apply(0755, true)).orElse(0755),
                        owner.map(Changes.Owner::uid).orElse(0),
                        owner.map(Changes.Owner::gid).orElse(0),
                        run.time());
        Changes changes = new Changes(owner, modes, excludes(), above);
        for (Part part : order.parts) {
            try (SourceTree tree = sources.open(part.from)) {
                List<Picked> picked = picked(tree, part);
                if (part.unpacks) {
                    picked = new Archives(run, tree, draft, changes).unpack(picked, destination());
                }
                if (!picked.isEmpty()) {
                    new TreeCopy(run.tools().kernel(), tree, draft, changes, handover(part, tree))
                            .run(picked, destination());
                }
            }
        }
        try (DocumentTree documents = documents()) {
            if (!documents.all().isEmpty()) {
                new TreeCopy(run.tools().kernel(), documents, draft, changes)
                        .run(documents.all(), destination());
            }
        }
    }

    /** Of a context's files, unless what is copied gets other times than theirs. */
    private Optional<Handover> handover(Part part, SourceTree tree) {
        if (!(part.from instanceof Place.InContext from) || !run.clamp().isEmpty()) {
            return Optional.empty();
        }
        Optional<Handover> handover =
                from.context().moves().map(it -> new Handover(run.tools().kernel(), tree, it));
        handover.ifPresent(handovers::add);
        return handover;
    }

    private DocumentTree documents() {
        return new DocumentTree(run.tools().kernel(), order.transfer.documents(), run.time());
    }

    private List<Picked> picked(SourceTree tree, Part part) throws IOException {
        List<String> paths = part.sources.stream().map(Paths::ofText).toList();
        return new Selector(tree, order.parents).pick(paths);
    }

    private IgnoreRules excludes() {
        return IgnoreRules.of(order.transfer.excludes());
    }

    private Changes.Owner owner(Transfer transfer) throws IOException {
        return Accounts.of(run.tools().snapshotter().stack(order.below.layers()))
                .owner(transfer.chown().orElseThrow());
    }

    private String destination() {
        String destination = order.transfer.destination();
        String absolute =
                destination.startsWith("/") ? destination : order.workdir + "/" + destination;
        return Paths.ofText(
                destination.isEmpty() || destination.equals(".") ? absolute + "/" : absolute);
    }
}
